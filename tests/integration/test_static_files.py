"""Files of pages, whatever their address says."""

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
