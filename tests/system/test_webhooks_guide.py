"""docs/webhooks.md: its receivers take what is signed, once, and nothing else."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID, uuid4

import httpx2
import pytest

from domain.webhook_addresses import networks_from
from server.embedded.wheel import ROOT
from server.webhook_keys import FileKeys
from server.webhook_sender import WebhookSender
from services.webhook_messages import headers_of
from tests.ports import kept_port
from tests.stack import eventually

GUIDE = (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8")
(PYTHON,) = re.findall(r"```python\n(.*?)```", GUIDE, re.S)
(JAVASCRIPT,) = re.findall(r"```js\n(.*?)```", GUIDE, re.S)
KEYS = FileKeys([bytes(32)])
SECRET, OTHER = KEYS.fresh(), KEYS.fresh()


class Receiver:
    """A program of the guide, on a port of its own."""

    def __init__(self, command: list[str], file: Path) -> None:
        self.port = kept_port()
        self.printed = file.with_suffix(".out")
        environ = os.environ | {"PORT": str(self.port), "WEBHOOK_SECRET": SECRET}
        errors = file.with_suffix(".err")
        with self.printed.open("wb") as out, errors.open("wb") as err:
            self.process = subprocess.Popen([*command, str(file)], env=environ, stdout=out, stderr=err)
        eventually(self._listens, "the receiver listens")

    def _listens(self) -> bool:
        assert self.process.poll() is None, self.printed.with_suffix(".err").read_text()
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        return False

    def post(self, headers: dict[str, str]) -> int:
        """What anybody sends who finds the address."""
        given = [(name.encode(), value.encode()) for name, value in headers.items()]
        return httpx2.post(f"http://127.0.0.1:{self.port}/", headers=given, content=b"{}", trust_env=False).status_code

    async def tell(self, body: bytes, *secrets: str, message: UUID, age_s: int = 0) -> int | None:
        sender = WebhookSender(networks_from("127.0.0.0/8"))
        try:
            headers = headers_of(message, int(time.time()) - age_s, body, secrets)
            return (await sender.send(f"http://127.0.0.1:{self.port}/hooks", headers, body)).status
        finally:
            await sender.close()


@pytest.fixture(params=["python", pytest.param("node", marks=pytest.mark.node)])
def receiver(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Receiver]:
    if request.param == "python":
        file, text, command = tmp_path / "receiver.py", PYTHON, [sys.executable]
    else:
        file, text, command = tmp_path / "receiver.mjs", JAVASCRIPT, [str(request.getfixturevalue("node"))]
    file.write_text(text)
    made = Receiver(command, file)
    yield made
    made.process.kill()
    made.process.wait()


async def test_a_receiver_of_the_guide_takes_what_is_signed_once_and_nothing_else(receiver: Receiver) -> None:
    first, second = uuid4(), uuid4()

    assert await receiver.tell(b'{"n": 1}', SECRET, message=first) == 204
    assert await receiver.tell(b'{"n": 1}', SECRET, message=first) == 204, "taken before: nobody need send it again"
    assert await receiver.tell(b'{"n": 2}', OTHER, SECRET, message=second) == 204
    assert await receiver.tell(b'{"n": 3}', OTHER, message=uuid4()) == 401
    for headers in ({}, {"webhook-id": "x", "webhook-timestamp": "soon", "webhook-signature": "v1,é v1"}):
        assert receiver.post(headers) == 401
    assert await receiver.tell(b'{"n": 4}', SECRET, message=uuid4(), age_s=400) == 401

    assert receiver.printed.read_text().splitlines() == ['{"n": 1}', '{"n": 2}']
