"""An issuer of tokens on this machine: it tells its keys over HTTP, well or badly, and signs what it is told to."""

from __future__ import annotations

import base64
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

MAKERS: dict[str, Callable[[], Any]] = {
    "RS256": lambda: rsa.generate_private_key(65537, 2048),
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
}
_JWKS: dict[str, Any] = {"RS256": RSAAlgorithm, "ES256": ECAlgorithm, "EdDSA": OKPAlgorithm}

Answering = Callable[[BaseHTTPRequestHandler], None]


class Issuer:
    """`keys` are told and signed with, by their ids; `answering` replaces the answer, `asked` counts the questions."""

    def __init__(self, name: str = "https://issuer.test", audience: str = "stock") -> None:
        self.name, self.audience = name, audience
        self.keys: dict[str, tuple[str, Any]] = {}
        #: Keys that are told no longer, or not yet.
        self.hidden: set[str] = set()
        self.answering: Answering | None = None
        self.asked = 0
        self._server: ThreadingHTTPServer | None = None
        self.port = 0

    # ------------------------------------------------------------------ keys
    def add(self, kid: str, algorithm: str = "ES256", private: Any = None) -> None:
        self.keys[kid] = (algorithm, private or MAKERS[algorithm]())

    def document(self) -> dict[str, Any]:
        told = {kid: key for kid, key in self.keys.items() if kid not in self.hidden}
        return {"keys": [self.jwk(kid) for kid in told]}

    def jwk(self, kid: str) -> dict[str, Any]:
        algorithm, private = self.keys[kid]
        return _JWKS[algorithm].to_jwk(private.public_key(), as_dict=True) | {"kid": kid, "alg": algorithm}

    # ------------------------------------------------------------------ tokens
    def claims(self, **changed: Any) -> dict[str, Any]:
        """An hour's; what is changed to None is left out."""
        now = int(time.time())
        whole = {
            "iss": self.name,
            "aud": self.audience,
            "sub": "manager@acme",
            "tenant": "acme",
            "roles": ["manager"],
            "iat": now,
            "exp": now + 3600,
        }
        return {name: value for name, value in (whole | changed).items() if value is not None}

    def token(self, kid: str, *, headers: Mapping[str, Any] | None = None, **changed: Any) -> str:
        algorithm, private = self.keys[kid]
        given = {"kid": kid} | dict(headers or {})
        return jwt.encode(self.claims(**changed), private, algorithm=given.get("alg", algorithm), headers=given)

    def unsigned(self, kid: str) -> str:
        return f"{_joined({'alg': 'none', 'kid': kid}, self.claims())}."

    def signed_with_the_public_key(self, kid: str) -> str:
        """What a verifier accepts that takes the algorithm from the token: everybody knows the public key."""
        secret = self.keys[kid][1].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        signed = _joined({"alg": "HS256", "kid": kid}, self.claims())
        return f"{signed}.{_encoded(hmac.digest(secret, signed.encode(), 'sha256'))}"

    def tampered(self, kid: str, **changed: Any) -> str:
        """Of a good token, with other claims under the same signature."""
        head, _, signature = self.token(kid).split(".")
        return f"{head}.{_encoded(json.dumps(self.claims(**changed)).encode())}.{signature}"

    # ------------------------------------------------------------------ the server
    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/jwks.json"

    def start(self) -> None:
        """On the port that it had before, if it had one."""
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked += 1
                (issuer.answering or issuer.tell)(self)

            def do_POST(self) -> None:
                self.do_GET()

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def tell(self, request: BaseHTTPRequestHandler) -> None:
        answer(json.dumps(self.document()).encode())(request)


def answer(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Answering:
    def answering(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in ({"content-length": str(len(body))} | dict(headers or {})).items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(body)

    return answering


@contextmanager
def running_issuer(**keys: str) -> Iterator[Issuer]:
    """With keys of these ids and algorithms."""
    issuer = Issuer()
    for kid, algorithm in keys.items():
        issuer.add(kid, algorithm)
    issuer.start()
    try:
        yield issuer
    finally:
        issuer.stop()


def _joined(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return ".".join(_encoded(json.dumps(part).encode()) for part in (header, claims))


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")
