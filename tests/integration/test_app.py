"""The API process as a whole: what it says without its database, and what it serves beside GraphQL."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from db.migrations import migrate
from server.app import Api, create_app
from server.authentication import refuse_the_demos_key
from server.embedded.database import Addresses, execute
from server.embedded.process import StartError, free_port
from server.keys import keys_in
from server.serving import serve
from server.settings import Settings, SettingsError
from server.tokens import issue
from tests.fakes.issuer import answer, running_issuer
from tests.fakes.live import eventually

HERE = ("127.0.0.1", 50_000)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of a demo whose database nobody started."""
    return Settings(
        development=True,
        database_url=f"postgresql://nobody:secret-word@127.0.0.1:{free_port()}/nothing",
        signing_key_file=tmp_path / "key.pem",
        jwks_file=tmp_path / "jwks.json",
    )


def client(api: Api, host: str = "localhost", peer: tuple[str, int] = HERE) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(api, client=peer), base_url=f"http://{host}:5005")


@pytest.fixture
async def http(settings: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    async with client(create_app(settings)) as made:
        yield made


async def test_without_a_database_it_lives_and_says_what_is_missing(http: httpx2.AsyncClient) -> None:
    assert (await http.get("/healthz")).status_code == 200
    ready = await http.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["status"] == "unready"
    assert ready.json()["checks"]["database"]["status"] == "down"
    assert "secret-word" not in ready.text


@pytest.mark.parametrize("path", ["/graphql", "/graphql/stream"])
async def test_without_a_database_operations_are_told_to_come_back(http: httpx2.AsyncClient, path: str) -> None:
    response = await http.post(path, json={"query": "{ __typename }"})
    assert response.status_code == 503
    assert response.headers["retry-after"]
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": "UNAVAILABLE", "requestId": response.headers["x-request-id"]}


async def test_it_waits_for_its_database_and_then_answers(settings: Settings, database: Addresses) -> None:
    settings = replace(settings, database_url=database.application_url)
    api = create_app(settings)
    async with api._lifespan(api._rest), client(api) as http:
        while (await http.get("/readyz")).status_code != 200:
            pass
        answer = await http.post("/graphql", json={"query": "{ __typename }"})
        assert answer.status_code == 401
        token = issue(settings, "nowhere", "admin")
        answer = await http.post(
            "/graphql", json={"query": "{ __typename }"}, headers={"authorization": f"Bearer {token}"}
        )
        assert "tenant does not exist" in answer.text
        metrics = (await http.get("/metrics")).text
    for name in ("stockcast_requests_total", "stockcast_outbox_rows", "stockcast_database_connections"):
        assert name in metrics
    assert api.parts is None


async def test_it_waits_for_its_schema_and_says_how_to_get_it(settings: Settings, empty_database: Addresses) -> None:
    api = create_app(replace(settings, database_url=empty_database.application_url))
    async with api._lifespan(api._rest), client(api) as http:
        while (checks := (await http.get("/readyz")).json()["checks"])["database"]["status"] != "up":
            pass
        assert checks["schema"]["status"] == "down"
        assert "server migrate" in checks["schema"]["message"]
        assert (await http.post("/graphql", json={"query": "{ __typename }"})).status_code == 503
        migrate(empty_database.owner_url, empty_database.application_url)
        while (await http.get("/readyz")).status_code != 200:
            pass


async def test_a_schema_that_a_newer_version_made_is_worked_with(settings: Settings, database: Addresses) -> None:
    api = create_app(replace(settings, database_url=database.application_url))
    async with api._lifespan(api._rest), client(api) as http:
        while (await http.get("/readyz")).status_code != 200:
            pass
        await asyncio.to_thread(execute, database.owner_url, "UPDATE alembic_version SET version_num = '9999'")
        assert (await http.get("/readyz")).status_code == 200
        await asyncio.to_thread(execute, database.owner_url, "UPDATE alembic_version SET version_num = '0001'")
        ready = await http.get("/readyz")
        assert (ready.status_code, ready.json()["checks"]["schema"]["status"]) == (503, "down")


@pytest.mark.parametrize(
    "path",
    ["/assets/none.js", "/assets/../app.py", "/assets/%2e%2e/graphiql.html", "/assets/", "/x", "/metrics%0a", "/%0a"],
)
async def test_a_file_that_is_not_there_is_never_a_page(http: httpx2.AsyncClient, path: str) -> None:
    response = await http.get(path)
    assert response.status_code == 404
    assert "html" not in response.headers["content-type"]


async def test_pages_bring_nothing_from_elsewhere(http: httpx2.AsyncClient) -> None:
    page = await http.get("/")
    assert page.status_code == 200
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "require-trusted-types-for 'script'; trusted-types 'none'" in policy
    assert policy.endswith("connect-src 'self'")
    assert (page.headers["referrer-policy"], page.headers["x-content-type-options"]) == ("no-referrer", "nosniff")
    assert "://" not in page.text


async def test_a_page_on_which_one_signs_in_may_ask_the_issuer_and_its_other_parts(settings: Settings) -> None:
    signing_in = replace(
        settings,
        issuer="https://issuer.test/realm",
        openid_client_id="dashboard",
        openid_origins=("https://tokens.test", "https://issuer.test"),
    )
    async with client(create_app(signing_in)) as http:
        page = await http.get("/")
    assert page.headers["content-security-policy"].endswith(
        "connect-src 'self' https://issuer.test https://tokens.test"
    )


async def test_the_demos_tokens_are_for_this_machine_alone(settings: Settings) -> None:
    api = create_app(settings)
    async with client(api) as http:
        offered = await http.get("/demo/tokens")
        assert set(offered.json()["tokens"]) == {"admin", "manager", "approver", "analyst", "vendor", "system"}
        cross_site = await http.get("/demo/tokens", headers={"sec-fetch-site": "cross-site"})
        assert cross_site.status_code == 404
    async with client(api, peer=("192.0.2.7", 50_000)) as elsewhere:
        assert (await elsewhere.get("/demo/tokens")).status_code == 404
    async with client(api, host="rebound.example") as rebound:
        assert (await rebound.get("/demo/tokens")).status_code == 404
    production = Api(replace(api._tools, settings=replace(settings, development=False)))
    async with client(production) as http:
        assert (await http.get("/demo/tokens")).status_code == 404


def test_production_refuses_the_demos_key_and_wants_one_of_its_own(settings: Settings) -> None:
    create_app(settings)
    with pytest.raises(SettingsError, match="demo's key"):
        create_app(replace(settings, development=False))
    with pytest.raises(SettingsError, match="cannot be read"):
        create_app(replace(settings, development=False, jwks_file=settings.jwks_file.with_name("none.json")))


def test_production_refuses_an_issuer_that_tells_the_demos_key(settings: Settings) -> None:
    with running_issuer(one="ES256") as issuer:
        production = replace(settings, development=False, jwks_url=issuer.url)
        refuse_the_demos_key(production)
        issuer.add("development-abc")
        with pytest.raises(SettingsError, match=r"JWKS_URL http://127\.0\.0\.1.*demo's key.*DEVELOPMENT=1"):
            refuse_the_demos_key(production)
        refuse_the_demos_key(replace(production, development=True))
    refuse_the_demos_key(production)


async def test_without_its_issuer_it_is_not_ready_and_then_is(settings: Settings, database: Addresses) -> None:
    """And the demo's key, which lies in its file, counts for nothing."""
    with running_issuer(one="ES256") as issuer:
        create_app(settings)
        issuer.answering = answer(b"", 503)
        told = replace(settings, development=False, jwks_url=issuer.url, database_url=database.application_url)
        api = create_app(replace(told, issuer=issuer.name, audience=issuer.audience))
        async with api._lifespan(api._rest), client(api) as http:
            await eventually(lambda: api.parts is not None)
            ready = await http.get("/readyz")
            assert (ready.status_code, ready.json()["checks"]["keys"]["status"]) == (503, "down")
            assert "JWKS_URL" in ready.json()["checks"]["keys"]["message"]
            api._tools.keys.replace(keys_in(json.dumps(issuer.document()).encode()))
            assert (await http.get("/readyz")).status_code == 200
            query = {"query": "{ viewer { subject } }"}
            answers = [
                await http.post("/graphql", json=query, headers={"authorization": f"Bearer {token}"})
                for token in (issue(settings, "meridian", "admin"), issuer.token("one", tenant="nowhere"))
            ]
            told_of = [each.json()["errors"][0]["message"] for each in answers]
            assert ["not trusted" in told_of[0], "tenant does not exist" in told_of[1]] == [True, True]


def test_a_busy_port_is_told_in_a_sentence(settings: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(StartError, match="is in use by another program"):
            serve(settings, "127.0.0.1", taken.getsockname()[1], 1)


def test_a_process_that_would_share_with_nobody_does_not_start(settings: Settings) -> None:
    with pytest.raises(SettingsError, match="REDIS_URL"):
        serve(settings, "127.0.0.1", free_port(), 2)
    with pytest.raises(SettingsError, match="REDIS_URL"):
        create_app(replace(settings, kafka_bootstrap_servers="127.0.0.1:9092"))
