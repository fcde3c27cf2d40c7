"""docs/live.md names every code that a socket is closed with, every example, and the limits as they are."""

import re
from pathlib import Path

from server import protocols
from server.embedded.wheel import ROOT
from server.settings import Settings
from subscriptions.hub import states
from subscriptions.hub.backlog import BacklogLimits
from subscriptions.hub.hub import HubLimits
from subscriptions.wire.frames import DEPTH_MAX
from subscriptions.wire.transport_ws import SocketLimits

GUIDE = Path(ROOT, "docs", "live.md").read_text()
CODE = re.compile(r"\b(10(?:0[1-9]|1[0-5])|4[0-4]\d\d)\b")
#: Of Strawberry's, which counts the seconds.
TOO_LATE = "4408"


def test_the_guides_close_codes_are_those_of_the_code() -> None:
    wire = Path(ROOT, "subscriptions", "wire")
    sources = [*(wire / f"{name}.py" for name in ("socket", "transport_ws", "websocket")), Path(protocols.__file__)]
    used = {code for file in sources for code in CODE.findall(file.read_text())} | {TOO_LATE}
    # What a page is refused with is told as HTTP 403.
    assert set(re.findall(r"^\| (\d{4}) \|", GUIDE, re.M)) == used - {"1008"}


def test_the_guides_limits_are_those_of_the_code() -> None:
    socket, settings, backlog = SocketLimits(), Settings(), BacklogLimits()
    for line in (
        f"`SOCKETS_A_SUBJECT` ({settings.sockets_a_subject:,})",
        f"`OPERATIONS_A_SUBJECT` ({settings.operations_a_subject:,})",
        f"`GROUPS_A_SUBJECT` ({settings.groups_a_subject:,})",
        f"`OPERATIONS_A_MINUTE` ({settings.operations_a_minute:,})",
        f"| messages before `connection_ack` | {socket.early_messages_max}: 1013 |",
        f"| operations of a socket at once | {socket.operations_max}: `LIMIT_EXCEEDED` |",
        f"| {socket.answers_max}; the others wait",
        f"| a message | {socket.message_bytes_max // 1024} KiB, nested {DEPTH_MAX} deep |",
        f"{protocols.FRAMES_AT_ONCE:,} at once and {protocols.FRAMES_A_SECOND:,} a second",
        f"more than {protocols.FRAGMENTS_MAX:,} fragments",
        f"| events that wait for a slow reader | {HubLimits().queue_max} of a stream; {backlog.events_max:,} of all",
        f"more than {backlog.events_least}, {backlog.bytes_max // 1024} KiB",
        f"takes nothing of its snapshot for {states.IDLE_S:.0f} seconds",
        f"within {socket.init_within_s:.0f} seconds |",
        f"within {socket.pong_within_s:.0f} seconds of a `ping`, which comes every {socket.ping_every_s:.0f} seconds",
        f"every {HubLimits().caught_up_every_s:.0f} seconds while nothing matches",
    ):
        assert line in GUIDE, line


def test_the_guide_names_what_is_there_to_copy() -> None:
    examples = Path(ROOT, "frontend-contract", "examples")
    named = set(re.findall(r"`([a-z-]+\.mjs)`", GUIDE))
    assert named <= {file.name for file in examples.glob("*.mjs")}
    assert {"over-websocket.mjs", "over-sse.mjs", "urql.mjs", "apollo.mjs"} <= named
