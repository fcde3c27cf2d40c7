"""Takes the pictures of the dashboard in `docs/images` from a demo that runs: `make pictures` beside `make run`."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from server import install
from server.embedded import node
from server.embedded.wheel import CACHE, ROOT

HERE = Path(__file__).parent
DEMO = "http://127.0.0.1:5005"


def main(arguments: Sequence[str]) -> int:
    """The first argument is where the demo is, if it is elsewhere; the exit status is that of the script."""
    browser = install.browser()
    if browser is None:
        print(
            "stockcast: no Chromium on PATH: install it, or name it with CHROMIUM=/path/to/chromium.", file=sys.stderr
        )
        return 1
    environ = node.packages(CACHE / "npm.log", lambda _: None, HERE) | {"CHROMIUM": browser}
    url = arguments[0] if arguments else DEMO
    command = ["node", str(HERE / "pictures.mjs"), url, str(ROOT / "docs" / "images")]
    return subprocess.run(command, env=environ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
