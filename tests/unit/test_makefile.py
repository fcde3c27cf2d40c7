"""What each target gives the programs that it starts."""

import os
import subprocess

from server.embedded.wheel import ROOT


def test_what_python_compiles_is_kept_for_the_next_process_and_not_beside_the_sources() -> None:
    show = "show: ; @echo [$$PYTHONPYCACHEPREFIX] [$$PYTHONDONTWRITEBYTECODE]"
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPYCACHEPREFIX"}
    told = subprocess.run(
        ["make", "--no-print-directory", "--eval", show, "show"],
        cwd=ROOT,
        env=environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == f"[{ROOT}/.cache/pycache] []\n"
