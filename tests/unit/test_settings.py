"""Settings: what is malformed is named, with the remedy."""

import json
from pathlib import Path

import pytest

from server.settings import Settings, SettingsError

OWN_SYSTEM = {"DATABASE_URL": "postgresql://a:b@db:5432/shop", "REDIS_URL": "redis://cache:6379/0"}


def test_an_empty_environment_gives_the_documented_defaults() -> None:
    settings = Settings.from_environment({})
    assert (settings.port, settings.host, settings.simulator, settings.kafka) == (5005, "127.0.0.1", True, False)
    assert settings.data_dir == Path.cwd() / ".data"
    assert settings.topic == "fulfillment.inventory.v1.events"
    assert settings.kafka_bootstrap_servers is None
    assert not settings.development


def test_an_empty_variable_counts_as_not_given() -> None:
    assert Settings.from_environment({"PORT": "", "REDIS_URL": " "}) == Settings.from_environment({})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "five"),
        ("PORT", "²"),
        ("EPHEMERAL", "perhaps"),
        ("SIMULATOR", "2"),
        ("DATABASE_URL", "mysql://a:b@db/shop"),
        ("DATABASE_URL", "postgresql:///shop"),
        ("DATABASE_URL", "postgresql://db:port/shop"),
        ("MIGRATION_DATABASE_URL", "shop"),
        ("REDIS_URL", "cache:6379"),
        ("KAFKA_BOOTSTRAP_SERVERS", "broker"),
        ("KAFKA_BOOTSTRAP_SERVERS", "a:9092,b"),
        ("ALLOWED_ORIGINS", "shop.example"),
        ("ALLOWED_ORIGINS", "https://shop.example/path"),
        ("ALLOWED_ORIGINS", "https://shop.example?page"),
        ("ALLOWED_ORIGINS", "https://[shop.example"),
        ("ALLOWED_ORIGINS", "https://user@shop.example"),
        ("ALLOWED_ORIGINS", "https://shop.example:65536"),
        ("ALLOWED_ORIGINS", "https://shop.example:0"),
        ("ALLOWED_ORIGINS", "https://*.shop.example"),
        ("ALLOWED_ORIGINS", "null"),
        ("OPENID_ORIGINS", "https://issuer.test;script-src"),
        ("OPENID_ORIGINS", "https://issuer.test https://other.test"),
        ("LOG_LEVEL", "loud"),
        ("METRICS_PORT", "http"),
        ("SIMULATOR_RATE", "0"),
        ("SIMULATOR_RATE", "nan"),
        ("SIMULATOR_RATE", "1001"),
        ("JWKS_URL", "http://issuer.test/keys"),
        ("JWKS_URL", "http://127.0.0.1.issuer.test/keys"),
        ("JWKS_URL", "https:///keys"),
        ("JWKS_URL", "https://["),
        ("JWKS_URL", "https://issuer.test:port/"),
        ("JWKS_URL", "file:///etc/passwd"),
        ("JWKS_URL", "https://issuer.test;script-src/keys"),
        ("JWKS_SECONDS", "9"),
        ("WEBHOOK_PRIVATE_NETWORKS", "10.0.0.1/8"),
        ("WEBHOOK_PRIVATE_NETWORKS", "10.0.0.0/8 fd00::/8"),
        ("WEBHOOK_DAYS", "0"),
    ],
)
def test_a_malformed_value_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment({name: value})


def test_origins_are_names_or_addresses_with_a_port_or_without() -> None:
    given = "https://shop.example, http://10.0.0.7:8080/,http://[::1]:5005"
    settings = Settings.from_environment({"ALLOWED_ORIGINS": given})
    assert settings.allowed_origins == ("https://shop.example", "http://10.0.0.7:8080", "http://[::1]:5005")


@pytest.mark.parametrize(
    ("name", "value"),
    [("DATABASE_URL", "postgresql://owner:hunter2@:5432/shop"), ("JWKS_URL", "http://owner:hunter2@issuer.test/keys")],
)
def test_a_malformed_url_is_refused_without_repeating_its_password(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        Settings.from_environment({name: value})
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize(
    "url", ["https://issuer.test/keys", "http://127.0.0.1:8080/keys", "http://localhost/keys", "http://[::1]:1/keys"]
)
def test_keys_come_by_https_or_from_this_machine(url: str) -> None:
    assert Settings.from_environment({"JWKS_URL": url}).jwks_url == url


def test_private_networks_are_read_apart_by_commas() -> None:
    settings = Settings.from_environment({"WEBHOOK_PRIVATE_NETWORKS": " 10.20.0.0/16, fd00:1::/64,127.0.0.1"})
    assert [str(each) for each in settings.webhook_private_networks] == ["10.20.0.0/16", "fd00:1::/64", "127.0.0.1/32"]


def test_only_a_demo_is_for_development_unless_told_otherwise() -> None:
    assert Settings.from_environment({}, demo=True).development
    assert not Settings.from_environment({"DEVELOPMENT": "0"}, demo=True).development


def test_what_was_not_given_comes_from_the_demo_that_runs(tmp_path: Path) -> None:
    (tmp_path / "system.json").write_text(json.dumps(OWN_SYSTEM | {"PORT": "5099"}))
    settings = Settings.of_running_system(environ={"DATA_DIR": str(tmp_path)})
    assert (settings.database_url, settings.port) == (OWN_SYSTEM["DATABASE_URL"], 5099)
    assert Settings.of_running_system(environ={"DATA_DIR": str(tmp_path), "PORT": "6000"}).port == 6000


def test_a_database_of_ones_own_is_never_mixed_with_the_demos_redis(tmp_path: Path) -> None:
    (tmp_path / "system.json").write_text(json.dumps(OWN_SYSTEM))
    own = {"DATA_DIR": str(tmp_path), "DATABASE_URL": "postgresql://a:b@other:5432/shop"}
    assert Settings.of_running_system(environ=own).redis_url == ""
    with pytest.raises(SettingsError, match="REDIS_URL is not set"):
        Settings.of_running_system("REDIS_URL", environ=own)


def test_without_a_system_the_missing_address_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL is not set, and no demo"):
        Settings.of_running_system(environ={"DATA_DIR": str(tmp_path)})
