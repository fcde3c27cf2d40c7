"""Files of pages, whatever their address says."""

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from server import static
from server.app import create_app
from server.settings import Settings


@pytest.mark.parametrize("length", [200, 255, 256, 4_096, 60_000])
async def test_a_name_longer_than_any_file_has_is_not_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    monkeypatch.setattr(static, "DIST", tmp_path)
    (tmp_path / "assets").mkdir()
    settings = Settings(development=True, signing_key_file=tmp_path / "key.pem", jwks_file=tmp_path / "jwks.json")
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(create_app(settings)), base_url="http://here") as http:
        assert (await http.get("/assets/" + "a" * length)).status_code == 404


@pytest.mark.parametrize("path", ["/metrics/", "/readyz/", "/demo/tokens/"])
async def test_nothing_leads_to_the_host_that_a_request_named(tmp_path: Path, path: str) -> None:
    settings = Settings(development=True, signing_key_file=tmp_path / "key.pem", jwks_file=tmp_path / "jwks.json")
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(create_app(settings)), base_url="http://evil") as http:
        answer = await http.get(path)
    assert answer.status_code == 404
    assert "location" not in answer.headers


# ---------------------------------------------------------------------- compressed by gzip
SCRIPT, PAGE = b"export const stock = 1;\n" * 100, b"<!doctype html>" + b"<p>stock</p>" * 100
PACKED, PACKED_PAGE = gzip.compress(SCRIPT), gzip.compress(PAGE)


@pytest.fixture
async def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx2.AsyncClient]:
    """Says itself what it takes."""
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    files = {"index.html": PAGE, "graphiql.html": PAGE, "assets/stock.js": SCRIPT, "assets/small.css": b"a{}"}
    packed = {"index.html.gz": PACKED_PAGE, "graphiql.html.gz": PACKED_PAGE, "assets/stock.js.gz": PACKED}
    for name, content in (files | packed).items():
        (dist / name).write_bytes(content)
    monkeypatch.setattr(static, "DIST", dist)
    settings = Settings(development=True, signing_key_file=tmp_path / "key.pem", jwks_file=tmp_path / "jwks.json")
    transport = httpx2.ASGITransport(create_app(settings))
    async with httpx2.AsyncClient(transport=transport, base_url="http://here") as http:
        del http.headers["accept-encoding"]
        yield http


async def raw(http: httpx2.AsyncClient, path: str, **headers: str) -> tuple[httpx2.Response, bytes]:
    """An answer, and its body as it was sent."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with http.stream("GET", path, headers=named) as answer:
        return answer, b"".join([part async for part in answer.aiter_raw()])


@pytest.mark.parametrize(
    "takes",
    ["gzip", "gzip, deflate, br, zstd", "br;q=1, GZIP;q=0.5", "*", "identity;q=0.5, gzip", "deflate, *;q=0.1"],
)
async def test_whoever_takes_gzip_is_sent_it(built: httpx2.AsyncClient, takes: str) -> None:
    answer, body = await raw(built, "/assets/stock.js", accept_encoding=takes)
    assert body == PACKED
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-length"] == str(len(PACKED))
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["vary"] == "accept-encoding"


@pytest.mark.parametrize(
    "takes",
    ["", "br", "gzip;q=0", "gzip;q=0, *", "identity", "gzip;q=0.5, identity", "*;q=0", "gzip;q=x", "gzip," + " " * 600],
)
async def test_whoever_wants_no_gzip_is_sent_the_file_itself(built: httpx2.AsyncClient, takes: str) -> None:
    for headers in ({"accept_encoding": takes}, {}):
        answer, body = await raw(built, "/assets/stock.js", **headers)
        assert body == SCRIPT
        assert "content-encoding" not in answer.headers
        assert answer.headers["content-type"].startswith("text/javascript")
        assert answer.headers["vary"] == "accept-encoding", "the other was not sent, but might have been"


async def test_each_encoding_has_an_etag_and_ranges_of_its_own(built: httpx2.AsyncClient) -> None:
    packed, _ = await raw(built, "/assets/stock.js", accept_encoding="gzip")
    plain, _ = await raw(built, "/assets/stock.js")
    assert packed.headers["etag"] != plain.headers["etag"]
    part, body = await raw(built, "/assets/stock.js", accept_encoding="gzip", range="bytes=10-19")
    assert (part.status_code, body) == (206, PACKED[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(PACKED)}"
    assert part.headers["content-encoding"] == "gzip"
    part, body = await raw(built, "/assets/stock.js", range="bytes=10-19", if_range=plain.headers["etag"])
    assert (part.status_code, body) == (206, SCRIPT[10:20])
    assert "content-encoding" not in part.headers
    whole, body = await raw(
        built, "/assets/stock.js", accept_encoding="gzip", range="bytes=10-19", if_range=plain.headers["etag"]
    )
    assert (whole.status_code, body) == (200, PACKED), "a part of the one is none of the other"


async def test_head_tells_of_what_get_would_send(built: httpx2.AsyncClient) -> None:
    for path in ("/", "/assets/stock.js"):
        for takes in ("gzip", "identity"):
            got, _ = await raw(built, path, accept_encoding=takes)
            told = await built.head(path, headers={"accept-encoding": takes})
            assert told.content == b""
            assert told.headers == got.headers


async def test_pages_are_sent_compressed_too(built: httpx2.AsyncClient) -> None:
    alone = httpx2.AsyncClient(transport=httpx2.ASGITransport(static.graphiql), base_url="http://here")
    for http in (built, alone):
        for takes, content in (("gzip", PACKED_PAGE), ("identity", PAGE)):
            answer, body = await raw(http, "/", accept_encoding=takes)
            assert body == content
            assert answer.headers["content-type"] == "text/html; charset=utf-8"
            assert answer.headers["vary"] == "accept-encoding"
            assert "content-security-policy" in answer.headers
    await alone.aclose()


async def test_what_was_not_compressed_is_sent_as_it_is(built: httpx2.AsyncClient) -> None:
    answer, body = await raw(built, "/assets/small.css", accept_encoding="gzip")
    assert (body, "content-encoding" in answer.headers) == (b"a{}", False)


async def test_what_is_compressed_has_no_address_of_its_own(built: httpx2.AsyncClient) -> None:
    assert (await built.get("/assets/stock.js.gz")).status_code == 404
