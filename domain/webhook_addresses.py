"""Where a webhook may lie: an address of the public internet, or of a private network that the operator allows.

An address is judged twice: as it is written, and as its name is resolved, for each connection anew. What a name leads
to may change between the two; the second judgement is the one that guards.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from domain.refusals import Refusal, RefusalCode

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

URL_LENGTH_MAX = 2_048
UNLESS_ALLOWED = "unless whoever runs the system allows its network"
PORTS = {"https": 443, "http": 80}
#: Below it lie services that no webhook is (mail, shells, directories), but for the two ports of HTTP.
FREE_PORTS_FROM = 1_024

#: Networks that are not the public internet's, by IANA's registries of special-purpose addresses: `is_global` lets some
#: of them pass, and tells others in each version of Python.
_SPECIAL_4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "168.63.129.16/32",  # of no registry: what Azure's machines talk to their host by
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "192.175.48.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/3",
        ),
    )
)
#: Of IPv6 the internet has this much. Beyond lie local addresses, multicast, and those that wrap one of IPv4 (mapped,
#: NAT64); some of what is left wraps one as well (Teredo, 6to4).
_INTERNET_6 = IPv6Network("2000::/3")
_SPECIAL_6 = tuple(
    map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3ffe::/16", "3fff::/20"))
)

#: What a URL is made of, by RFC 3986; whoever takes more guesses what is meant, and each guesses otherwise.
_WRITTEN = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%#]+")
_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*", re.IGNORECASE)
#: What some resolvers read as an address of IPv4: 2130706433, 0x7f.1, 127.1.
_NUMBER = re.compile(r"([0-9]+|0x[0-9a-f]*)", re.IGNORECASE)
#: Names that mean this machine or this network, or nobody, by RFC 6761, 6762, 7686, 8375, 9476 and custom.
_INTERNAL = (
    *("localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "private", "home.arpa"),
    *("test", "invalid", "onion", "alt"),
)


def may_be_called(address: Address, networks: Sequence[Network]) -> bool:
    """Whether a message may be sent there: an address of the internet, or one of these networks."""
    return on_the_internet(address) or among(address, networks)


def among(address: Address, networks: Sequence[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


def on_the_internet(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _SPECIAL_4)
    return address in _INTERNET_6 and not any(address in network for network in _SPECIAL_6)


def invalid_url(url: str, networks: Sequence[Network]) -> Refusal | None:
    """Why nothing may be sent to a URL, as far as it shows. `networks`: those of private addresses that are allowed."""
    if len(url) > URL_LENGTH_MAX:
        return _refuse(f"url has {len(url)} characters: give at most {URL_LENGTH_MAX}.", URL_LENGTH_MAX)
    if not _WRITTEN.fullmatch(url):
        return _refuse("url is no URL: give one of ASCII characters, such as https://example.com/hooks.")
    if "#" in url:
        return _refuse("url holds a fragment (#…), which no server ever sees: leave it out.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return _refuse("url is no URL: its host or its port cannot be read.")
    return _invalid_parts(parts, bool(networks)) or _invalid_port(parts, port) or _invalid_host(parts, networks)


def without_query(url: str) -> str:
    """A URL as it is shown to who need not know what its query holds, often a secret."""
    path, mark, _ = url.partition("?")
    return f"{path}?…" if mark else path


def host_address(host: str) -> Address | None:
    """The address, where a host is written as one."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def networks_from(text: str) -> tuple[Network, ...]:
    """Private networks in the notation of CIDR, apart by commas. Raises ValueError, also for one of the internet."""
    networks = tuple(ip_network(each.strip()) for each in text.split(",") if each.strip())
    for network in networks:
        if not _private(network):
            raise ValueError(f"{network} is not private: messages go to the internet anyway, by https")
    return networks


def _private(network: Network) -> bool:
    """Whether none of its addresses is the internet's."""
    if isinstance(network, IPv4Network):
        return any(network.subnet_of(each) for each in _SPECIAL_4)
    return not network.overlaps(_INTERNET_6) or any(network.subnet_of(each) for each in _SPECIAL_6)


def _invalid_parts(parts: SplitResult, private: bool) -> Refusal | None:
    if parts.scheme not in (PORTS if private else ("https",)):
        return _refuse(f"url does not begin with https://: messages travel encrypted, {UNLESS_ALLOWED}.")
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        return _refuse("url holds a user or a password: leave them out, messages are signed instead.")
    return None if parts.hostname else _refuse("url names no host.")


def _invalid_port(parts: SplitResult, port: int | None) -> Refusal | None:
    if port is None or port == PORTS[parts.scheme] or port >= FREE_PORTS_FROM:
        return None
    return _refuse(f"url names port {port}: give {PORTS[parts.scheme]}, or one from {FREE_PORTS_FROM} on.")


def _invalid_host(parts: SplitResult, networks: Sequence[Network]) -> Refusal | None:
    host = parts.hostname or ""
    address = host_address(host)
    if "[" in parts.netloc and (not isinstance(address, IPv6Address) or address.scope_id):
        return _refuse(f"url names the host '[{host}]', which is no address of IPv6 without a zone.")
    if address is not None:
        return _invalid_address(address, parts.scheme, networks)
    if len(host) > 253 or not _NAME.fullmatch(host) or _NUMBER.fullmatch(host.rpartition(".")[2]):
        return _refuse(f"url names the host '{host}', which is neither a name nor an address.")
    internal = "." not in host or any(f".{host}".endswith(f".{each}") for each in _INTERNAL)
    if internal and not networks:
        return _refuse(f"url names the host '{host}' of a private network: nothing is sent there, {UNLESS_ALLOWED}.")
    return None


def _invalid_address(address: Address, scheme: str, networks: Sequence[Network]) -> Refusal | None:
    if among(address, networks) or (scheme == "https" and on_the_internet(address)):
        return None
    if on_the_internet(address):
        return _refuse("url does not begin with https://: messages travel encrypted.")
    return _refuse(f"url names the address {address} of a private network: nothing is sent there, {UNLESS_ALLOWED}.")


def _refuse(message: str, limit: int | None = None) -> Refusal:
    return Refusal(RefusalCode.INVALID_INPUT, message, ("url",), limit=limit)
