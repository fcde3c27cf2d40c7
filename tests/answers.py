"""What the API answers over HTTP, and questions that tests ask of an answer."""

from dataclasses import dataclass
from typing import Any, Self

import httpx2


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a body; `body` is the text where it is no JSON object."""

    status: int
    body: Any
    headers: httpx2.Headers

    @classmethod
    def of(cls, response: httpx2.Response) -> Self:
        try:
            body = response.json()
        except ValueError:
            body = response.text
        return cls(response.status_code, body, response.headers)

    @property
    def data(self) -> dict[str, Any]:
        """The data of an answer without errors."""
        assert self.status == 200, f"{self.status}: {self.body}"
        assert not self.body.get("errors"), self.body
        return self.body["data"]

    @property
    def errors(self) -> list[dict[str, Any]]:
        """The GraphQL errors; empty when there are none."""
        assert isinstance(self.body, dict), f"{self.status}: {self.body!r}"
        return self.body.get("errors") or []

    @property
    def codes(self) -> list[str | None]:
        """`extensions.code` of each error."""
        return [error.get("extensions", {}).get("code") for error in self.errors]
