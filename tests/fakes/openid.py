"""An OpenID provider on this machine that lets everybody in: authorization code with PKCE, for public clients, and a
refresh token with each token, good for one other."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.fakes.issuer import Issuer, answer, running_issuer

KEY = "signing"
CORS = {"access-control-allow-origin": "*", "content-type": "application/json"}


@dataclass
class OpenIdProvider:
    """Codes it gave, each with what was asked; `refused` tells why it gave no token. The next `denials` who come are
    sent back without a code. `renewals` counts the tokens that a refresh token was given for."""

    issuer: Issuer
    denials: int = 0
    given: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    refused: list[str] = field(default_factory=list[str])
    renewals: int = 0
    #: Refresh tokens that nobody came with yet.
    unused: set[str] = field(default_factory=set[str])

    def answering(self, request: BaseHTTPRequestHandler) -> None:
        path = urlsplit(request.path)
        if path.path == "/authorize":
            self._back(request, _fields(path.query))
        elif path.path == "/token":
            length = int(request.headers["content-length"])
            sent = _fields(request.rfile.read(length).decode())
            (self._renew if sent["grant_type"] == "refresh_token" else self._exchange)(request, sent)
        else:
            told = self._discovery() if path.path.startswith("/.well-known/") else self.issuer.document()
            _tell(request, told)

    def _discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer.name,
            "authorization_endpoint": f"{self.issuer.name}/authorize",
            "token_endpoint": f"{self.issuer.name}/token",
            "jwks_uri": self.issuer.url,
        }

    def _back(self, request: BaseHTTPRequestHandler, asked: dict[str, str]) -> None:
        told = {"error": "access_denied"} if self.denials else {"code": secrets.token_urlsafe()}
        if self.denials:
            self.denials -= 1
        else:
            self.given[told["code"]] = asked
        back = f"{asked['redirect_uri']}?{urlencode({**told, 'state': asked['state']})}"
        answer(b"", 302, {"location": back})(request)

    def _exchange(self, request: BaseHTTPRequestHandler, sent: dict[str, str]) -> None:
        asked = self.given.pop(sent.get("code", ""), None)
        if asked is None or asked["code_challenge"] != _challenge(sent.get("code_verifier", "")):
            self._refuse(request, "no such code, or not whoever asked for it")
            return
        identity = self.issuer.token(KEY, aud=asked["client_id"], nonce=asked.get("nonce"))
        _tell(request, self._tokens() | {"id_token": identity})

    def _renew(self, request: BaseHTTPRequestHandler, sent: dict[str, str]) -> None:
        if sent["refresh_token"] not in self.unused:
            self._refuse(request, "no such refresh token, or used before")
            return
        self.unused.remove(sent["refresh_token"])
        self.renewals += 1
        _tell(request, self._tokens())

    def _tokens(self) -> dict[str, Any]:
        refresh = secrets.token_urlsafe()
        self.unused.add(refresh)
        token = self.issuer.token(KEY, jti=secrets.token_urlsafe())
        return {"access_token": token, "refresh_token": refresh, "token_type": "Bearer", "expires_in": 3600}

    def _refuse(self, request: BaseHTTPRequestHandler, why: str) -> None:
        self.refused.append(why)
        _tell(request, {"error": "invalid_grant"}, 400)


@contextmanager
def running_provider(denials: int = 0) -> Iterator[OpenIdProvider]:
    with running_issuer(**{KEY: "RS256"}) as issuer:
        issuer.name = f"http://127.0.0.1:{issuer.port}"
        provider = OpenIdProvider(issuer, denials)
        issuer.answering = provider.answering
        yield provider


def _tell(request: BaseHTTPRequestHandler, told: dict[str, Any], status: int = 200) -> None:
    answer(json.dumps(told).encode(), status, CORS)(request)


def _fields(text: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(text).items()}


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
