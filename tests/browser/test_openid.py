"""The dashboard of an installation: its people sign in at their issuer, and its service runs no documents but the
contract's."""

from pathlib import Path

import pytest

from tests import servers
from tests.browser.conftest import talking
from tests.fakes.openid import running_provider
from tests.stack import TENANT, running_stack


@pytest.mark.node
@pytest.mark.slow
def test_people_sign_in_at_their_issuer_come_back_to_where_they_were_and_stay_when_a_token_ends(
    postgres: servers.Postgres, pages: Path, environ: dict[str, str], tmp_path: Path
) -> None:
    with (
        running_provider(denials=1) as provider,
        postgres.clone() as addresses,
        servers.running(servers.redis_server) as redis,
        running_stack(
            addresses,
            redis.url,
            tenants=(TENANT,),
            environ={
                "DEVELOPMENT": "0",
                "ONLY_PERSISTED": "1",
                "ISSUER": provider.issuer.name,
                "AUDIENCE": provider.issuer.audience,
                "JWKS_URL": provider.issuer.url,
                "OPENID_CLIENT_ID": "dashboard",
            },
        ) as stack,
        talking("openid.mjs", stack, tmp_path, environ, provider.issuer.name) as page,
    ):
        seen = page.hears()
    assert seen["strange"] == {"href": f"{stack.url}/#/stock?status=LOW", "alerts": []}
    assert seen["denied"] == {
        "href": f"{stack.url}/#/stock?status=LOW",
        "alerts": ["Your issuer did not sign you in. Try again."],
    }
    assert seen["href"] == f"{stack.url}/#/stock?status=LOW"
    assert "eyJ" not in seen["kept"]  # what every JWT begins with
    assert seen["inaccessible"] == []
    assert seen["tokens"] == 2  # the one that ended, and the one that took its place
    assert provider.renewals == 1
    assert provider.refused == []
