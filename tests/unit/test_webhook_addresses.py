"""Where a webhook may lie, as it is written and as its name is resolved."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from domain.refusals import RefusalCode
from domain.webhook_addresses import invalid_url, may_be_called, networks_from, without_query

PRIVATE = networks_from("10.20.0.0/16, fd00:1::/64,127.0.0.0/8")

PUBLIC = [
    "https://example.com/hooks",
    "https://example.com",
    "https://hooks.example.com:8443/a/b?tenant=1&x=%20#".rstrip("#"),
    "https://xn--bcher-kva.example/",
    "https://93.184.216.34/x",
    "https://[2606:2800:220:1::1]:443/x",
    "https://local.example.com/",
    "HTTPS://EXAMPLE.COM/",
]
REFUSED = [
    "",
    "example.com",
    "http://example.com/",
    "ftp://example.com/",
    "https:///x",
    "https://user@example.com/",
    "https://user:secret@example.com/",
    "https://@example.com/",
    "https://example.com/#part",
    "https://example.com/#",
    "https://example.com:25/",
    "https://example.com:80/",
    "https://example.com:99999/",
    "https://example.com:x/",
    "https://exa mple.com/",
    "https://example.com\\@evil.example/",
    "https://bücher.example/",
    "https://example.com/\n",
    "https://example.com./",
    "https://-example.com/",
    "https://exa%6dple.com/",
    "https://localhost/",
    "https://api.localhost:8443/",
    "https://printer.local/",
    "https://vault.internal/",
    "https://router.home.arpa/",
    "https://localhost.localdomain/",
    "https://shop.test/",
    "https://shop.invalid/",
    "https://stockcast.onion/",
    "https://168.63.129.16/",
    "https://[2600::1%25lo]/",
    "https://[v1.abc]/",
    "https://[93.184.216.34]/",
    "https://intranet/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://10.20.0.1/",
    "https://169.254.169.254/latest/meta-data",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[fe80::1%25eth0]/",
    "https://[2002:7f00:1::]/",
    f"https://example.com/{'x' * 2_048}",
]


@pytest.mark.parametrize("url", PUBLIC)
def test_a_public_address_over_https_is_taken(url: str) -> None:
    assert invalid_url(url, ()) is None


@pytest.mark.parametrize("url", REFUSED)
def test_what_is_no_public_address_over_https_is_refused_and_its_field_named(url: str) -> None:
    refusal = invalid_url(url, ())

    assert refusal is not None
    assert (refusal.code, refusal.field) == (RefusalCode.INVALID_INPUT, ("url",))
    assert refusal.message.startswith("url ")


@pytest.mark.parametrize(
    "url",
    [
        "http://10.20.0.1/hooks",
        "http://10.20.0.1:80/hooks",
        "https://10.20.255.255:9000/hooks",
        "http://127.0.0.1:5005/hooks",
        "http://[fd00:1::7]:8080/",
        "http://erp:8080/hooks",
        "https://erp.internal/hooks",
        "https://example.com/",
    ],
)
def test_where_a_private_network_is_allowed_its_addresses_are_taken_in_the_clear_too(url: str) -> None:
    assert invalid_url(url, PRIVATE) is None


@pytest.mark.parametrize(
    "url", ["http://10.21.0.1/", "https://10.21.0.1/", "http://93.184.216.34/", "http://erp:25/", "http://erp:443/"]
)
def test_where_one_private_network_is_allowed_others_are_not(url: str) -> None:
    assert invalid_url(url, PRIVATE) is not None


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.216.34", "1.1.1.1", "223.255.255.1", "2606:2800:220:1::1", "2a00:1450:4001::1"]
)
def test_an_address_of_the_internet_may_be_called(address: str) -> None:
    assert may_be_called(ip_address(address), ())


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.9",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::8.8.8.8",
        "::ffff:8.8.8.8",
        "::ffff:127.0.0.1",
        "64:ff9b::808:808",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:808:808::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ],
)
def test_an_address_that_is_not_the_internets_may_not_be_called_unless_it_is_allowed(address: str) -> None:
    assert not may_be_called(ip_address(address), ())
    assert not may_be_called(ip_address(address), networks_from("10.20.0.0/16, fd00:2::/64"))
    assert may_be_called(ip_address(address), networks_from(address))


@pytest.mark.parametrize("network", ["8.8.8.0/24", "0.0.0.0/0", "10.0.0.0/7", "2600::/16", "::/0", "2000::/3"])
def test_a_network_of_the_internet_is_not_one_of_the_private_ones_that_are_allowed(network: str) -> None:
    with pytest.raises(ValueError, match="is not private"):
        networks_from(f"10.0.0.0/8, {network}")


def test_private_networks_are_allowed_of_either_kind() -> None:
    text = "10.1.2.0/24, 127.0.0.1/32, ::1/128, fd00::/8, fe80::/10, 2001:db8:1::/48"
    assert [str(each) for each in networks_from(text)] == text.split(", ")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://example.com/hooks", "https://example.com/hooks"),
        ("https://example.com/hooks?token=secret&a=?", "https://example.com/hooks?…"),
        ("https://example.com/?", "https://example.com/?…"),
    ],
)
def test_a_url_is_shown_without_what_its_query_holds(url: str, shown: str) -> None:
    assert without_query(url) == shown
