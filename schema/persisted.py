"""Persisted documents: operations that a client names by the hash of their text, instead of sending it.

Those of a manifest are known to every process from its start. Beside them a process remembers each text that came
together with its hash and was found valid, the latest as far as there is room: another process, or this one later, may
answer PERSISTED_QUERY_NOT_FOUND, and clients send the text once more. Where `only` the manifest counts, nothing else is
run and nothing is remembered.
"""

import hashlib
import json
import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Self

from graphql import OperationDefinitionNode, parse, print_ast, separate_operations

from schema.errors import ErrorCode
from schema.faults import Refused

FORMAT, VERSION = "apollo-persisted-query-manifest", 1
#: Characters of the texts that are remembered beside the manifest.
ROOM = 2_000_000

_NAMED = re.compile(r"(?:sha256:)?([0-9a-fA-F]{64})")
_NOT_FOUND = "PersistedQueryNotFound"
"""To the letter what Apollo's clients look for before they send the text."""
_SHAPE = (
    'Name the document as `documentId: "sha256:<hash>"`, or as `extensions.persistedQuery: {version: 1, sha256Hash}`.'
)
_TWO = "`documentId` and `extensions.persistedQuery` name two documents: send one of them, or the same hash in both."


class ManifestError(ValueError):
    """The file is no manifest; the text says why."""


class PersistedDocuments:
    """`texts`: those of a manifest, by their hashes."""

    def __init__(self, texts: Mapping[str, str] | None = None, *, only: bool = False, room: int = ROOM) -> None:
        self._texts, self.only, self._room = dict(texts or {}), only, room
        self._remembered: OrderedDict[str, str] = OrderedDict()
        self._held = 0

    @classmethod
    def of_file(cls, file: Path, *, only: bool = False) -> Self:
        """Raises ManifestError."""
        try:
            return cls(_texts_of(json.loads(file.read_text(encoding="utf-8"))), only=only)
        except (OSError, ValueError) as fault:
            raise ManifestError(f"{file} is no manifest of persisted documents: {fault}.") from fault

    def text(self, query: str, named: object) -> str:
        """The text to run, of one that was sent, named, or both. Raises Refused."""
        if named is None:
            return self._listed(query)
        sha256 = _hash_of(named)
        if query.strip():
            if hash_of(query) != sha256:
                raise Refused.of(
                    ErrorCode.BAD_REQUEST, "The hash is not that of the text sent with it: send its SHA-256."
                )
            return self._listed(query)
        text = self._texts.get(sha256) or self._remembered.get(sha256)
        if text is None:
            raise Refused.of(ErrorCode.PERSISTED_QUERY_NOT_FOUND, _NOT_FOUND)
        return text

    def remember(self, text: str) -> None:
        """One that is valid, and was sent with its hash."""
        sha256 = hash_of(text)
        if self.only or sha256 in self._texts or sha256 in self._remembered:
            return
        self._remembered[sha256] = text
        self._held += len(text)
        while self._held > self._room:
            self._held -= len(self._remembered.popitem(last=False)[1])

    def _listed(self, query: str) -> str:
        if self.only and hash_of(query) not in self._texts:
            message = "Only persisted documents are run here: send the hash of one, or its very text."
            raise Refused.of(ErrorCode.PERSISTED_QUERY_REQUIRED, message)
        return query


def hash_of(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def manifest(documents: Iterable[str]) -> dict[str, Any]:
    """Of each operation, by name: it alone with its fragments, as it prints, and its hash."""
    operations: list[dict[str, str]] = []
    for document in documents:
        for name, alone in separate_operations(parse(document)).items():
            kind = next(each for each in alone.definitions if isinstance(each, OperationDefinitionNode)).operation
            body = print_ast(alone)
            operations.append({"id": hash_of(body), "name": name, "type": kind.value, "body": body})
    return {"format": FORMAT, "version": VERSION, "operations": sorted(operations, key=lambda each: each["name"])}


def _texts_of(manifest: Any) -> dict[str, str]:
    if not isinstance(manifest, dict) or (manifest.get("format"), manifest.get("version")) != (FORMAT, VERSION):
        raise ManifestError(f"its `format` must be {FORMAT}, its `version` {VERSION}")
    texts: dict[str, str] = {}
    for operation in manifest.get("operations") or ():
        given = operation if isinstance(operation, dict) else {}
        id_, body = given.get("id"), given.get("body")
        if not isinstance(body, str) or not isinstance(id_, str) or hash_of(body) != id_:
            raise ManifestError(f"the `id` of {given.get('name')!r} must be the SHA-256 of its `body`")
        texts[id_] = body
    return texts


def _hash_of(named: object) -> str:
    """That of a document's id, of Apollo's extension, or of both as a pair. Raises Refused."""
    if isinstance(named, tuple):
        first, second = map(_hash_of, named)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        if first != second:
            raise Refused.of(ErrorCode.BAD_REQUEST, _TWO)
        return first
    if isinstance(named, Mapping):
        named = named.get("sha256Hash") if named.get("version") == VERSION else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    if not isinstance(named, str):
        raise Refused.of(ErrorCode.BAD_REQUEST, _SHAPE)
    found = _NAMED.fullmatch(named)
    if found is None:
        raise Refused.of(ErrorCode.PERSISTED_QUERY_NOT_FOUND, _NOT_FOUND)
    return found[1].lower()
