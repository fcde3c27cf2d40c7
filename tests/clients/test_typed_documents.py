"""The contract as an npm package: what lies in it is of its schema and operations, and each client takes it."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from server import typed_documents
from server.contract import MANIFEST_FILE
from tests.live import CONTRACT, contract_packages

pytestmark = pytest.mark.node

#: As strict as a project of Vite's is, and stricter.
STRICT = {
    "compilerOptions": {
        "noEmit": True,
        "strict": True,
        "exactOptionalPropertyTypes": True,
        "noUncheckedIndexedAccess": True,
        "verbatimModuleSyntax": True,
        "skipLibCheck": True,
        "target": "es2022",
        "module": "esnext",
        "moduleResolution": "bundler",
        "types": [],
    }
}
EXAMPLE = CONTRACT / "examples" / "typed.ts"
#: What the example says -> what would be wrong there, and on which line that is told.
WRONG = {
    "nodes.map(({ sku })": ("nodes.map(({ nothing: sku })", "data?.stockLevels"),
    "first: 50": ('first: "fifty"', "(StockLevelsDocument, empty)"),
    "quantityChange: -1": ("quantity: -1", "mutation: AdjustStockDocument"),
    "adjustStock?.stockLevel": ("adjustStock?.nothing", "data?.adjustStock"),
    "{ snapshot: true }": ("{ snapshot: 1 }", "request(StockLevelChangedDocument"),
    "data.stockLevelChanged)": ("data.reservationChanged)", "picture.apply"),
}
TELL = """
import * as contract from "inventory-contract";
const documents = Object.entries(contract).filter(([name]) => name.endsWith("Document"));
console.log(JSON.stringify(Object.fromEntries(documents)));
"""


def run(*command: str | Path, given: str = "") -> str:
    """What it writes; `given` is what it reads."""
    done = subprocess.run(command, cwd=CONTRACT, env=contract_packages(), input=given, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def faults_of_types(source: str, project: Path) -> list[str]:
    """Of a module in a project that has the package installed, and the clients beside it."""
    installed = project / "node_modules"
    installed.mkdir()
    for package in (CONTRACT / "node_modules").iterdir():
        (installed / package.name).symlink_to(package)
    (installed / "inventory-contract").symlink_to(CONTRACT)
    (project / "tsconfig.json").write_text(json.dumps(STRICT | {"files": ["main.ts"]}))
    (project / "main.ts").write_text(source)
    tsc = typed_documents.TOOLS / "node_modules" / ".bin" / "tsc"
    environ = typed_documents.environment() | contract_packages()
    command = [tsc, "--project", project, "--pretty", "false"]
    told = subprocess.run(command, cwd=project, env=environ, capture_output=True, text=True).stdout
    return [line for line in told.splitlines() if not line.startswith(" ")]


@pytest.fixture(scope="module")
def documents() -> dict[str, Any]:
    return json.loads(run("node", "--input-type=module", "--eval", TELL))


def test_the_package_is_that_of_the_schema_and_its_operations(tmp_path: Path) -> None:
    typed_documents.write(tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(typed_documents.MADE)
    for name in typed_documents.MADE:
        made, kept = (folder / name for folder in (tmp_path, typed_documents.CLIENT))
        assert made.read_bytes() == kept.read_bytes(), "run `make schema` and look at what changed"


def test_every_document_has_the_text_and_the_hash_of_the_manifest(documents: dict[str, Any]) -> None:
    manifest = {each["name"]: each for each in json.loads(MANIFEST_FILE.read_bytes())["operations"]}
    assert set(documents) == {f"{name}Document" for name in manifest}
    for name, operation in manifest.items():
        document = documents[f"{name}Document"]
        assert (document["text"], document["documentId"]) == (operation["body"], f"sha256:{operation['id']}")
        assert document["definitions"][0]["name"]["value"] == name


def test_each_client_takes_a_document_with_its_types(tmp_path: Path) -> None:
    assert faults_of_types(EXAMPLE.read_text(), tmp_path) == []


def test_what_is_not_in_a_document_is_a_fault_of_types(tmp_path: Path) -> None:
    source = EXAMPLE.read_text()
    for right, (wrong, _) in WRONG.items():
        source = source.replace(right, wrong)
    faults = faults_of_types(source, tmp_path)
    told = {source.splitlines()[int(fault.split("(")[1].split(",")[0]) - 1] for fault in faults}
    assert len(told) == len(WRONG), faults
    assert all(any(line in each for each in told) for _, line in WRONG.values()), faults


def test_a_bundle_holds_the_documents_it_imports_and_no_others(node: Path, tmp_path: Path) -> None:
    entry = tmp_path / "entry.js"
    entry.write_text(
        f'import {{ AdjustStockDocument, StockLevelsDocument }} from "{CONTRACT}/client/documents.js";\n'
        "console.log(AdjustStockDocument, StockLevelsDocument);\n"
    )
    run(CONTRACT.parent / "dashboard" / "node_modules" / ".bin" / "rolldown", entry, "--file", tmp_path / "bundle.js")
    bundle = (tmp_path / "bundle.js").read_text()
    assert bundle.count('"kind": "Document"') == 2
    assert len(bundle) < 16_000
