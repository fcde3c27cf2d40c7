"""What is wrong with a webhook, and with what is asked of one."""

from tests.contract.requests import BAD_TEXTS, WEBHOOKS, Case, with_

OF_ONE = WEBHOOKS[1:]
DESCRIBING = WEBHOOKS[:2]
#: What no message is sent to, where the private network 127.0.0.0/8 is allowed.
URLS = {
    "no URL": "example.com",
    "another scheme": "ftp://example.com/",
    "plain HTTP on the internet": "http://8.8.8.8/",
    "a user": "https://somebody:secret@example.com/",
    "a fragment": "https://example.com/#here",
    "a port of something else": "https://example.com:22/",
    "no host": "https:///hook",
    "a private address": "https://10.0.0.1/",
    "a private address of IPv6": "https://[fd00::1]/",
    "this machine by IPv6": "https://[::1]/",
    "an address in another": "https://[::ffff:10.0.0.1]/",
    "metadata of a cloud": "http://169.254.169.254/latest/meta-data/",
    "a carrier's address": "https://100.64.0.1/",
    "nowhere": "https://0.0.0.0/",
    "multicast": "https://224.0.0.1/",
    "a number for an address": "https://2130706433/",
    "an address in octal": "https://0177.0.0.1/",
    "a blank": "https://example.com/a b",
    "a line break": "https://example.com/\r\nx: y",
}


def cases() -> list[Case]:
    return [*_texts(), *_addresses(), *_named(), *_versions()]


def _texts() -> list[Case]:
    keys = [
        Case(name, "INVALID_INPUT", "idempotencyKey", with_(idempotencyKey=text), what=what)
        for name in WEBHOOKS
        for what, text in BAD_TEXTS.items()
    ]
    descriptions = [
        Case(name, "INVALID_INPUT", "description", with_(description=BAD_TEXTS[what]), what=what)
        for name in DESCRIBING
        for what in ("NUL", "control", "too long")
    ]
    return keys + descriptions


def _addresses() -> list[Case]:
    urls = [
        Case(name, "INVALID_INPUT", "url", with_(url=url), what=what)
        for name in DESCRIBING
        for what, url in (URLS | BAD_TEXTS | {"a long one": f"https://example.com/{'x' * 2_048}"}).items()
    ]
    return urls + [Case(name, "INVALID_INPUT", "events", with_(events=[])) for name in DESCRIBING]


def _named() -> list[Case]:
    wrong = {"empty": "", "rubbish": "rubbish", "NUL": "a\0b", "long": "x" * 10_000}
    return [
        Case(name, "NOT_FOUND", "webhookId", with_(webhookId=id_), what=what)
        for name in OF_ONE
        for what, id_ in wrong.items()
    ]


def _versions() -> list[Case]:
    return [
        Case(
            "updateWebhook",
            "STALE_VERSION",
            "expectedVersion",
            with_(expectedVersion=version),
            {"currentVersion": 1},
            str(version),
        )
        for version in (0, 2, 2**53 - 1)
    ]
