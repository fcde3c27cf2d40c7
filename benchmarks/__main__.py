"""`python -m benchmarks [NAME …]`: run the named benchmarks, or all; each is a module here with `figures`.

Names may stand in one argument with commas between.
"""

import importlib
import pkgutil
import sys

import benchmarks
from benchmarks._machine import machine
from benchmarks._report import Report
from benchmarks._rows import say


def main(names: list[str]) -> int:
    """Run them one after another: they share the machine's cores, and each measures against its peer beside it.

    1 where one could not be measured, whatever the others told; names are the modules', in any case.
    """
    there = sorted(module.name for module in pkgutil.iter_modules(benchmarks.__path__) if module.name[0] != "_")
    wanted = [part.lower() for name in names for part in name.split(",") if part]
    unknown = [name for name in wanted if name not in there]
    if unknown:
        say(f"stockcast: no benchmark {', '.join(unknown)}; there are: {', '.join(there)}.")
        return 2
    say(machine())
    report = Report.begin()
    try:
        for name in wanted or there:
            report.take(name, importlib.import_module(f"benchmarks.{name}").figures)
    finally:
        report.print()
    return 1 if report.missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
