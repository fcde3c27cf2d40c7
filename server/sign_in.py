"""How people sign in to the dashboard of an installation: by the issuer's page (OpenID Connect), where it is set up."""

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from server.settings import Settings


async def sign_in(settings: Settings, request: Request) -> Response:
    """`{"openid": {"authority", "clientId", "scope"}}`; `openid` is null where a token has to be brought along."""
    known = {"authority": settings.issuer, "clientId": settings.openid_client_id, "scope": settings.openid_scope}
    openid = known if settings.openid_client_id else None
    return JSONResponse({"openid": openid}, headers={"cache-control": "no-store"})


def origins_of(settings: Settings) -> tuple[str, ...]:
    """Where a page that signs in may ask besides: the issuer's origin, and those where it has other parts."""
    if not settings.openid_client_id:
        return ()
    parts = urlsplit(settings.issuer)
    return tuple(dict.fromkeys((f"{parts.scheme}://{parts.netloc}", *settings.openid_origins)))
