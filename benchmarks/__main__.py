"""`python -m benchmarks [NAME …]`: run the named benchmarks, or all; each is a module here that runs by itself."""

import pkgutil
import runpy
import sys

import benchmarks


def main(names: list[str]) -> int:
    """Run them one after another: they share the machine's cores, and each measures against its peer beside it."""
    known = sorted(module.name for module in pkgutil.iter_modules(benchmarks.__path__) if module.name[0] != "_")
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.stderr.write(f"stockcast: no benchmark {', '.join(unknown)}; there are: {', '.join(known) or 'none'}.\n")
        return 2
    sys.argv = sys.argv[:1]  # a benchmark reads its own defaults
    for name in names or known:
        runpy.run_module(f"benchmarks.{name}", run_name="__main__")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
