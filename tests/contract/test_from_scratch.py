"""A front end from nothing, as frontend-contract/examples/from-scratch.sh makes one: typed, built, and live."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories.shop import Shop
from tests.live import CONTRACT, contract_packages

pytestmark = pytest.mark.node

#: What a page has, in Node: the lines of its list are printed as they come to be.
PAGE = """
import WebSocket from "ws";
const [bundle, url, token] = process.argv.slice(2);
const list = { replaceChildren: (...lines) => console.log(lines.map(({ textContent }) => textContent).join(", ")) };
const document = {
  querySelector: (found) => (found === "ul" ? list : null),
  querySelectorAll: () => [],
  createElement: () => ({}),
};
class MutationObserver { observe() {} }
Object.assign(globalThis, { WebSocket, MutationObserver, document, location: { origin: url }, prompt: () => token });
await import(bundle);
"""


@pytest.mark.parametrize(("script", "wanted"), [("from-scratch.sh", "FOLDER"), ("curl.sh", "SKU LOCATION")])
def test_a_script_without_its_arguments_says_what_it_wants(script: str, wanted: str) -> None:
    ran = subprocess.run(["sh", CONTRACT / "examples" / script], capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("usage: ") and wanted in ran.stderr


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scratch") / "front-end"
    script = CONTRACT / "examples" / "from-scratch.sh"
    made = subprocess.run(["sh", script, folder], env=contract_packages(), capture_output=True, text=True)
    assert made.returncode == 0, made.stdout + made.stderr
    assert re.fullmatch(r"(?:[a-z ]+: \d+ s\n){5}", made.stdout)
    print(made.stdout)
    return folder


@pytest.fixture
def told(project: Path, shop: Shop, tmp_path: Path) -> Iterator[Iterator[str]]:
    """The list in the page, each time it changes."""
    (bundle,) = (project / "dist" / "assets").glob("*.js")
    page = tmp_path / "page.mjs"
    page.write_text(PAGE)
    (tmp_path / "node_modules").symlink_to(CONTRACT / "node_modules")
    (tmp_path / "bundle.mjs").write_bytes(bundle.read_bytes())
    running = subprocess.Popen(
        ["node", page, tmp_path / "bundle.mjs", shop.stack.url, shop.analyst.token or ""],
        stdout=subprocess.PIPE,
        text=True,
        env=contract_packages(),
    )
    assert running.stdout is not None
    try:
        yield iter(running.stdout)
    finally:
        running.kill()
        running.wait()
        running.stdout.close()


def test_the_page_shows_what_is_out_of_stock_as_it_happens(shop: Shop, told: Iterator[str]) -> None:
    sku = shop.stocked(1)
    line = f"{sku} at MAIN: 0"
    shop.adjust(sku, -1)
    assert any(line in each.strip().split(", ") for each in told)
    shop.manager.succeed("receiveStock", sku=sku, quantity=5)
    assert any(line not in each.strip().split(", ") for each in told)


def test_the_bundle_holds_the_one_document_that_is_used(project: Path) -> None:
    (bundle,) = (project / "dist" / "assets").glob("*.js")
    text = bundle.read_text()
    assert set(re.findall(r"(?:query|mutation|subscription) ([A-Z]\w+)", text)) == {"StockLevelChanged"}
    assert len(text) < 20_000


def test_what_the_document_does_not_ask_for_is_a_fault_of_types(project: Path) -> None:
    main = project / "src" / "main.ts"
    (project / "src" / "wrong.ts").write_text(main.read_text().replace("location.code", "location.name"))
    checked = subprocess.run(
        ["npx", "tsc", "--pretty", "false"], cwd=project, env=contract_packages(), capture_output=True, text=True
    )
    assert checked.returncode != 0
    assert re.match(r"src/wrong\.ts\(\d+,\d+\): error TS2339: Property 'name'", checked.stdout)
