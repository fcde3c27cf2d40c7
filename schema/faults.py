"""Faults and refusals of whole operations, as the caller is told them: never an inner text."""

import re
from collections.abc import Callable
from typing import Any, Self

from graphql import GraphQLError

from schema.errors import ApiError, ErrorCode
from services.ports import OVERLOADED, TOO_LONG, UNAVAILABLE, Overloaded, TookTooLong, Unavailable
from services.rates import RATE_LIMITED

_QUOTED_VALUE = re.compile(r"(?: value|ound): ")
#: A text in quotes, or one of Python's words outside of them.
_WORD = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|\b(?:None|True|False)\b""")
_JSON = {"None": "null", "True": "true", "False": "false"}

Told = dict[str, Any]
ReportFault = Callable[[Exception], None]


class Refused(Exception):
    """The operation is not run at all; `errors` are ready to be sent. `kind` as `Prepared.kind`, once it is known."""

    def __init__(self, errors: list[Told]) -> None:
        super().__init__(errors[0]["message"])
        self.errors = errors
        self.kind: str | None = None

    @classmethod
    def of(cls, code: ErrorCode, message: str) -> Self:
        return cls([told(GraphQLError(message), code)])


def told(error: GraphQLError, code: ErrorCode, **extensions: str | int) -> Told:
    """An error as it is sent, in the order the specification shows it."""
    # A message may quote what was sent: half a surrogate pair in it could not be encoded.
    formatted: Told = {"message": _in_json(error.message).encode("utf-8", "replace").decode()}
    if error.locations:
        formatted["locations"] = [location.formatted for location in error.locations]
    if error.path is not None:
        formatted["path"] = error.path
    formatted["extensions"] = {"code": code.value, **extensions}
    return formatted


def rate_limited(retry_after_ms: int, request_id: str) -> Told:
    """In place of an operation whose caller has asked for too much."""
    error = GraphQLError(RATE_LIMITED)
    return told(error, ErrorCode.RATE_LIMITED, requestId=request_id, retryAfterMs=retry_after_ms)


def _in_json(message: str) -> str:
    """The engine quotes values as Python writes them; callers know null, true and false."""
    quoted = _QUOTED_VALUE.search(message)
    if quoted is None:
        return message.replace(" not to be None.", " not to be null.")
    return message[: quoted.end()] + _WORD.sub(lambda word: _JSON.get(word[0], word[0]), message[quoted.end() :])


class Telling:
    """Tells the errors of one execution, and reports each fault among them once."""

    def __init__(self, request_id: str, report: ReportFault) -> None:
        self._request_id = request_id
        self._report = report
        self._reported: set[int] = set()

    def all(self, errors: list[GraphQLError]) -> list[Told]:
        return [self._one(error) for error in errors]

    def fault(self, cause: Exception) -> Told:
        """A fault outside any field."""
        return self._hidden(GraphQLError(""), cause)

    def _one(self, error: GraphQLError) -> Told:
        cause = _root_of(error)
        if isinstance(cause, ApiError):
            return told(error, cause.code, **cause.extensions, requestId=self._request_id)
        if _about_input(cause):
            return told(error, ErrorCode.BAD_USER_INPUT, requestId=self._request_id)
        return self._hidden(error, cause)

    def _hidden(self, error: GraphQLError, cause: Exception) -> Told:
        self._report_once(error, cause)
        if isinstance(cause, TookTooLong):
            much = GraphQLError(TOO_LONG, error.nodes, path=error.path)
            return told(much, ErrorCode.LIMIT_EXCEEDED, requestId=self._request_id)
        if isinstance(cause, Overloaded):
            busy = GraphQLError(OVERLOADED, error.nodes, path=error.path)
            retry = cause.retry_after_ms
            return told(busy, ErrorCode.OVERLOADED, requestId=self._request_id, retryAfterMs=retry)
        code, message = ErrorCode.INTERNAL, "Something went wrong on our side."
        if isinstance(cause, Unavailable):
            code, message = ErrorCode.UNAVAILABLE, UNAVAILABLE
        text = f"{message} Quote this id to whoever runs the system: {self._request_id}"
        return told(GraphQLError(text, error.nodes, path=error.path), code, requestId=self._request_id)

    def _report_once(self, error: GraphQLError, cause: Exception) -> None:
        if id(cause) not in self._reported:
            self._reported.add(id(cause))
            # The log and the caller must be able to speak of the same fault.
            cause.add_note(f"request {self._request_id}, at {error.path}")
            self._report(cause)


def _root_of(error: GraphQLError) -> Exception:
    cause: Exception = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def _about_input(cause: Exception) -> bool:
    """Whether the engine found an argument wrong: it names the place in the document, a value of ours has none."""
    return isinstance(cause, GraphQLError) and bool(cause.nodes)
