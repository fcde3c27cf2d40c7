"""Written: Python that is put together at run time, with the things that its names stand for."""

from collections.abc import Iterable
from itertools import count
from typing import Any


class Written:
    """Functions of one module that no file holds. No text of a client's becomes code: what comes from outside is kept
    under a name (`keep`), or stands in quotes.
    """

    def __init__(self) -> None:
        self._functions: list[str] = []
        self._known: dict[str, Any] = {}
        self._numbers = count(1)

    def name(self, kind: str) -> str:
        """One that nothing else has."""
        return f"{kind}_{next(self._numbers)}"

    def keep(self, kind: str, value: object) -> str:
        """The name by which the code calls a value."""
        name = self.name(kind)
        self._known[name] = value
        return name

    def share(self, name: str, value: object) -> str:
        """As `keep`, of what is the same wherever it is called by this name."""
        self._known[name] = value
        return name

    def function(self, head: str, lines: Iterable[str]) -> None:
        """`head`: name and parameters, `shown(value, context)`."""
        self._functions.append("\n    ".join([f"def {head}:", *lines]))

    def made(self, name: str) -> Any:
        """The function of that name, when all is written.

        What it calls it holds by itself, not by a module that would hold it too: what nobody needs any more is gone at
        once, where a circle waits for the collector, for hours in a process that has little garbage.
        """
        functions = "\n".join([*self._functions, f"return {name}"]).replace("\n", "\n    ")
        written: dict[str, Any] = {}
        exec(compile(f"def made({', '.join(self._known)}):\n    {functions}", "<completion>", "exec"), written)  # noqa: S102 - see the class
        return written.pop("made")(**self._known)
