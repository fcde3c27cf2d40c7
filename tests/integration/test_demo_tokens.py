"""The demo's tokens: for whoever sits at this machine, and for no page from elsewhere."""

from pathlib import Path

import httpx2
import pytest

from server.app import Api, create_app
from server.settings import Settings

PORT = 50_000


@pytest.fixture
def api(tmp_path: Path) -> Api:
    return create_app(
        Settings(development=True, signing_key_file=tmp_path / "key.pem", jwks_file=tmp_path / "jwks.json")
    )


async def asked(api: Api, *headers: tuple[bytes, bytes], peer: str = "127.0.0.1") -> int:
    """The status of an answer to exactly these headers."""
    transport = httpx2.ASGITransport(api, client=(peer, PORT))
    request = httpx2.Request("GET", "http://replaced/demo/tokens")
    request.headers = httpx2.Headers(list(headers))
    return (await transport.handle_async_request(request)).status_code


@pytest.mark.parametrize("host", [b"localhost", b"LocalHost:5005", b"127.0.0.1:5005", b"127.8.9.1", b"[::1]:5005"])
async def test_this_machine_by_any_of_its_names_is_given_them(api: Api, host: bytes) -> None:
    assert await asked(api, (b"host", host)) == 200
    assert await asked(api, (b"host", host), (b"origin", b"http://" + host), (b"sec-fetch-site", b"same-origin")) == 200


@pytest.mark.parametrize(
    "host",
    [
        b"", b" ", b"evil.com", b"127.0.0.1:5577@evil.com", b"evil.com#127.0.0.1", b"127.0.0.1#evil.com",
        b"127.0.0.1/x", b"127.0.0.1.evil.com", b"localhost.evil.com", b"user@localhost", b"localhost:", b"localhost:x",
        b"::1", b"[::1", b"127.1", b"2130706433", b"0.0.0.0", b"localhost, localhost", b"localhost\xff",
    ],
)  # fmt: skip
async def test_a_host_that_is_not_plainly_this_machine_is_given_nothing(api: Api, host: bytes) -> None:
    assert await asked(api, (b"host", host)) == 404


async def test_no_host_or_two_are_given_nothing(api: Api) -> None:
    assert await asked(api) == 404
    assert await asked(api, (b"host", b"localhost"), (b"host", b"localhost")) == 404
    assert await asked(api, (b"host", b"localhost"), (b"host", b"evil.com")) == 404


@pytest.mark.parametrize("origin", [b"http://evil.com", b"null", b"", b"http://localhost:9999", b"localhost"])
async def test_a_page_from_elsewhere_is_given_nothing(api: Api, origin: bytes) -> None:
    assert await asked(api, (b"host", b"localhost:5005"), (b"origin", origin)) == 404


async def test_another_machine_is_given_nothing(api: Api) -> None:
    assert await asked(api, (b"host", b"localhost"), peer="192.0.2.7") == 404
