"""The persisted documents of this process, and how their answers to GET may be kept."""

import hashlib

from schema.persisted import ManifestError, PersistedDocuments
from server.answer import Answer
from server.contract import MANIFEST_FILE
from server.settings import Settings, SettingsError

#: To be kept by the caller alone, and asked about each time: stock changes, and the answer depends on who asks.
_KEPT = {"cache-control": "private, no-cache", "vary": "accept, authorization"}


def persisted_of(settings: Settings) -> PersistedDocuments:
    """Those of PERSISTED_DOCUMENTS, else those of the contract. Raises SettingsError."""
    try:
        return PersistedDocuments.of_file(settings.persisted_documents or MANIFEST_FILE, only=settings.only_persisted)
    except ManifestError as fault:
        raise SettingsError(f"PERSISTED_DOCUMENTS: {fault}") from fault


def revalidated(answer: Answer, if_none_match: str | None) -> Answer:
    """The answer with its ETag; or 304, where the client has it."""
    tag = f'"{hashlib.sha256(answer.body).hexdigest()[:32]}"'
    headers = _KEPT | {"etag": tag}
    known = {each.strip().removeprefix("W/") for each in (if_none_match or "").split(",")}
    if known.isdisjoint({tag, "*"}):
        return answer._replace(headers=headers)
    return answer._replace(headers=headers, status=304, body=b"")
