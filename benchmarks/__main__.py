"""`python -m benchmarks [NAME …]`: run the named benchmarks, or all; each is a module here with a `main`.

Names may stand in one argument with commas between.
"""

import importlib
import pkgutil
import sys

import benchmarks


def main(names: list[str]) -> int:
    """Run them one after another: they share the machine's cores, and each measures against its peer beside it.

    The worst exit status is returned; a missed target ends none of those that follow. Names are the modules', in any
    case.
    """
    known = sorted(module.name for module in pkgutil.iter_modules(benchmarks.__path__) if module.name[0] != "_")
    wanted = [part.lower() for name in names for part in name.split(",") if part]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        sys.stderr.write(f"stockcast: no benchmark {', '.join(unknown)}; there are: {', '.join(known) or 'none'}.\n")
        return 2
    return max(importlib.import_module(f"benchmarks.{name}").main() for name in wanted or known)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
