"""Accept: in which media type a client wants its answer, and whether it takes that compressed."""

from functools import lru_cache

ACCEPT_LENGTH_MAX = 512
JSON = "application/json"
GRAPHQL = "application/graphql-response+json"


def media_type_for(accept: str | None) -> str:
    """What the client likes best of our two media types; JSON where it likes both alike, or names neither."""
    return JSON if accept is None or len(accept) > ACCEPT_LENGTH_MAX else _media_type_for(accept.lower())


@lru_cache(maxsize=256)
def _media_type_for(accept: str) -> str:
    wanted = {JSON: 0.0, GRAPHQL: 0.0}
    exact: set[str] = set()
    for part in accept.split(","):
        name, *parameters = part.split(";")
        name, quality = name.strip(), _quality(parameters)
        if name in wanted:
            wanted[name] = quality
            exact.add(name)
        elif name in ("*/*", "application/*"):
            wanted |= {known: quality for known in wanted if known not in exact}
    # Of two named alike the first named is meant: clients list the newer type first.
    if exact == set(wanted) and wanted[GRAPHQL] == wanted[JSON]:
        return GRAPHQL if accept.index(GRAPHQL) < accept.index(JSON) else JSON
    return GRAPHQL if wanted[GRAPHQL] > wanted[JSON] else JSON


def _quality(parameters: list[str]) -> float:
    for name, _, value in (parameter.partition("=") for parameter in parameters):
        if name.strip().lower() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0


def takes_gzip(accept_encoding: str) -> bool:
    """Whether the client takes what is compressed by gzip, and likes it no less than what is not."""
    if len(accept_encoding) > ACCEPT_LENGTH_MAX:
        return False
    liked: dict[str, float] = {}
    for part in accept_encoding.lower().split(","):
        name, *parameters = part.split(";")
        liked[name.strip()] = _quality(parameters)
    gzip = liked.get("gzip", liked.get("*", 0.0))
    return gzip > 0 and gzip >= liked.get("identity", 0.0)


def prefers_html(accept: str | None) -> bool:
    """Whether a browser asks for a page."""
    return "text/html" in (accept or "").lower()
