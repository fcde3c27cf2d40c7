"""Fanout: each event once for all, whole frames for each, and whoever does not keep up on its own."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from services.live import StreamEvent, StreamEventType
from services.reads import Snapshot
from subscriptions.hub.outlet import Lane, Parked, Passing
from subscriptions.hub.watch import Watch, Wish
from subscriptions.hub.watch_group import GroupKey, WatchGroup
from subscriptions.hub.watch_queue import WatchQueue
from subscriptions.log.broadcast_log import Position
from subscriptions.wire.fanout import AT_ONCE, PEERS_A_TURN, ROUNDS_TO_HERE, PipeOutlet
from subscriptions.wire.pipes import ChunkPipe, FramePipe
from subscriptions.wire.rendered import Rendered, named
from subscriptions.wire.rendering import Rendering
from tests.fakes.live import EVERYTHING, SCOPE, eventually

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def passing(number: int, tx: int | None = 1) -> Passing:
    """The event at this place in the log."""
    return Passing(StreamEvent(StreamEventType.CHANGE, f"cursor-{number}", NOON), number - 1, number, tx)


class Kitchen:
    """Executes events: at once or, where they are not plain, once the gate is open. `executed` are their cursors."""

    def __init__(self) -> None:
        self.plain = False
        self.executed: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.fault: Exception | None = None
        self.rendering = Rendering()
        self.fanout = self.rendering.fanout
        self.lane = Lane()

    def push(self, passing: Passing, *lanes: Lane) -> None:
        for lane in lanes or (self.lane,):
            self.fanout.push(passing, lane)

    def show(self, event: object) -> Mapping[str, Any] | None:
        if not self.plain:
            return None
        assert isinstance(event, StreamEvent)
        self.executed.append(event.cursor)
        if self.fault is not None:
            raise self.fault
        return {"data": event.cursor}

    async def execute(self, event: object) -> Mapping[str, Any]:
        assert isinstance(event, StreamEvent)
        self.executed.append(event.cursor)
        await self.gate.wait()
        if self.fault is not None:
            raise self.fault
        return {"data": event.cursor}


class Peer:
    """A stream that is parked from a place in the log on, with its socket and that socket's connection."""

    def __init__(
        self,
        kitchen: Kitchen,
        id_: str = "1",
        since: int = 0,
        seen: Snapshot[Any] | None = None,
        lane: Lane | None = None,
    ) -> None:
        self.writes: list[bytes] = []
        self.unsent: list[Passing] | None = None
        self.closed, self.keeps_up = False, True
        pipe = FramePipe(self, cast(Any, self), named(id_).encode())
        outlet = PipeOutlet(kitchen.fanout, pipe, kitchen)
        self.parked = Parked(self, outlet, since, seen)
        self._lane = lane or kitchen.lane
        self._lane.peers[self.parked] = outlet

    def abort(self) -> None:
        self.closed = True

    def write_now(self, data: bytes) -> None:
        assert self.keeps_up
        assert not self.closed
        self.writes.append(data)

    def fall_back(self, unsent: Iterable[Passing]) -> None:
        self.unsent = list(unsent)
        self.leave()

    def leave(self) -> None:
        self._lane.peers.pop(self.parked, None)

    @property
    def texts(self) -> list[str]:
        return [text for data in self.writes for text in messages(data)]

    @property
    def cursors(self) -> list[str]:
        return [text.partition('"data":"')[2].rstrip('"}') for text in self.texts]


def messages(data: bytes) -> list[str]:
    """The texts of whole frames, as a client's library reads them."""
    reader, texts = StreamReader(), list[str]()
    reader.feed_data(data)
    while reader.buffer:
        parsing = Frame.parse(reader.read_exact, mask=False, max_size=None)
        try:
            next(parsing)
        except StopIteration as end:
            frame = end.value
        else:
            raise AssertionError("a frame was cut off")
        assert frame.opcode is Opcode.TEXT
        assert frame.fin
        texts.append(bytes(frame.data).decode())
    return texts


@pytest.fixture
async def kitchen() -> Kitchen:
    return Kitchen()


async def test_an_event_is_executed_once_and_framed_for_each_with_its_own_id(kitchen: Kitchen) -> None:
    peers = [Peer(kitchen, id_) for id_ in ("a", "b", 'an "id" of another length', "ü")]
    kitchen.push(passing(1))
    await eventually(lambda: all(peer.writes for peer in peers))
    assert kitchen.executed == ["cursor-1"]
    assert peers[1].texts == ['{"id":"b","type":"next","payload":{"data":"cursor-1"}}']
    assert peers[2].texts == ['{"id":"an \\"id\\" of another length","type":"next","payload":{"data":"cursor-1"}}']
    assert peers[3].texts == ['{"id":"ü","type":"next","payload":{"data":"cursor-1"}}']
    assert [peer.parked.sent for peer in peers] == ["cursor-1"] * 4


@pytest.mark.parametrize("length", [0, 80, 124, 125, 126, 127, 200, 65_534, 65_535, 65_536, 70_000])
def test_a_frame_of_any_length_is_whole(length: int) -> None:
    before = named("1").encode()
    text = "x" * max(0, length - len(before) - 1)
    assert messages(Rendered(text).framed(before)) == [f"{before.decode()}{text}}}"]


async def test_what_comes_while_an_event_is_executed_goes_in_one_write(kitchen: Kitchen) -> None:
    peer = Peer(kitchen)
    kitchen.gate.clear()
    kitchen.push(passing(1))
    await eventually(lambda: kitchen.executed == ["cursor-1"])
    for number in range(2, AT_ONCE + 3):
        kitchen.push(passing(number))
    kitchen.gate.set()
    await eventually(lambda: len(peer.cursors) == AT_ONCE + 2)
    assert peer.cursors == [f"cursor-{number}" for number in range(1, AT_ONCE + 3)]
    assert [len(messages(data)) for data in peer.writes] == [1, AT_ONCE, 1]


async def test_what_comes_together_and_is_plain_is_written_in_the_loops_next_turn(kitchen: Kitchen) -> None:
    peers = [Peer(kitchen), Peer(kitchen)]
    kitchen.plain = True
    for number in (1, 2, 3):
        kitchen.push(passing(number))
    await asyncio.sleep(0)
    assert [peer.cursors for peer in peers] == [["cursor-1", "cursor-2", "cursor-3"]] * 2
    assert [len(peer.writes) for peer in peers] == [1, 1]
    assert kitchen.executed == ["cursor-1", "cursor-2", "cursor-3"]
    kitchen.push(passing(4))
    await asyncio.sleep(0)
    assert peers[0].cursors[-1] == "cursor-4"


async def test_what_is_not_plain_among_what_comes_together_holds_the_rest_to_its_order(kitchen: Kitchen) -> None:
    peer = Peer(kitchen)
    kitchen.plain = True
    kitchen.push(passing(1))
    await asyncio.sleep(0)
    kitchen.plain = False
    kitchen.gate.clear()
    kitchen.push(passing(2))
    await eventually(lambda: kitchen.executed[-1] == "cursor-2")
    kitchen.plain = True
    kitchen.push(passing(3))
    await asyncio.sleep(0)
    assert peer.cursors == ["cursor-1"]
    kitchen.gate.set()
    await eventually(lambda: peer.cursors == ["cursor-1", "cursor-2", "cursor-3"])


async def test_a_peer_that_does_not_keep_up_falls_back_with_all_that_was_not_sent_to_it(kitchen: Kitchen) -> None:
    slow, quick = Peer(kitchen), Peer(kitchen)
    kitchen.push(passing(1))
    await eventually(lambda: slow.cursors == ["cursor-1"])
    slow.keeps_up = False
    kitchen.gate.clear()
    kitchen.push(passing(2))
    await eventually(lambda: kitchen.executed[-1] == "cursor-2")
    kitchen.push(passing(3))
    kitchen.gate.set()
    await eventually(lambda: quick.cursors == ["cursor-1", "cursor-2", "cursor-3"])
    assert (slow.unsent, slow.parked.sent) == ([passing(2), passing(3)], "cursor-1")
    assert slow.cursors == ["cursor-1"]


@pytest.mark.parametrize("plain", [False, True])
async def test_a_connection_that_breaks_while_it_is_written_to_keeps_nothing_from_the_others(
    kitchen: Kitchen, plain: bool
) -> None:
    broken, healthy = Peer(kitchen), Peer(kitchen)
    kitchen.plain = plain

    def write_now(data: bytes) -> None:
        raise RuntimeError("unable to perform operation on <TCPTransport closed=True>; the handler is closed")

    broken.write_now = write_now  # pyright: ignore[reportAttributeAccessIssue]
    for number in (1, 2):
        kitchen.push(passing(number))
        await eventually(lambda: healthy.cursors[-1:] == [f"cursor-{number}"])  # noqa: B023
    assert broken.unsent == [passing(1)]
    assert healthy.cursors == ["cursor-1", "cursor-2"]


async def test_nothing_is_written_to_a_socket_that_is_closed(kitchen: Kitchen) -> None:
    closed = Peer(kitchen)
    closed.closed = True
    kitchen.push(passing(1))
    await eventually(lambda: closed.unsent == [passing(1)])
    assert closed.writes == []


async def test_event_streams_get_whole_chunks_with_cursors_until_they_are_over(kitchen: Kitchen) -> None:
    peer, over = Peer(kitchen), asyncio.get_running_loop().create_future()
    pipe = ChunkPipe(peer, over)
    pipe.write([Rendered('{"data":1}', "c-1"), Rendered('{"data":2}')])
    first, second = b'id: c-1\nevent: next\ndata: {"data":1}\n\n', b'event: next\ndata: {"data":2}\n\n'
    assert peer.writes == [b"%x\r\n%b\r\n%x\r\n%b\r\n" % (len(first), first, len(second), second)]
    assert pipe.open
    over.set_result(None)
    assert not pipe.open


async def test_who_parks_while_events_are_under_way_is_told_only_what_comes_later(kitchen: Kitchen) -> None:
    first = Peer(kitchen)
    kitchen.gate.clear()
    kitchen.push(passing(1))
    await eventually(lambda: kitchen.executed == ["cursor-1"])
    kitchen.push(passing(2))
    late = Peer(kitchen, since=2)
    kitchen.push(passing(3))
    kitchen.gate.set()
    await eventually(lambda: len(first.cursors) == 3)
    assert late.cursors == ["cursor-3"]


@pytest.mark.parametrize("plain", [False, True])
async def test_an_event_is_executed_once_for_all_groups_that_it_concerns(kitchen: Kitchen, plain: bool) -> None:
    kitchen.plain = plain
    tents, lamps, ropes = Lane(), Lane(), Lane()
    in_tents, in_lamps, in_ropes = (Peer(kitchen, lane=lane) for lane in (tents, lamps, ropes))
    kitchen.push(passing(1), tents, lamps)
    kitchen.push(passing(2), ropes)
    await eventually(lambda: bool(in_ropes.writes))
    assert kitchen.executed == ["cursor-1", "cursor-2"]
    assert (in_tents.cursors, in_lamps.cursors, in_ropes.cursors) == (["cursor-1"], ["cursor-1"], ["cursor-2"])


@pytest.mark.parametrize("plain", [False, True])
async def test_of_what_comes_together_each_group_is_told_what_concerns_it_in_order_and_in_one_write(
    kitchen: Kitchen, plain: bool
) -> None:
    kitchen.plain = plain
    tents, lamps, gone = Lane(), Lane(), Lane()
    in_tents, in_lamps = Peer(kitchen, lane=tents), Peer(kitchen, lane=lamps, since=1)
    kitchen.push(passing(1), tents, lamps)
    kitchen.push(passing(2), lamps)
    kitchen.push(passing(3), gone)
    kitchen.push(passing(4), gone, tents, lamps)
    await eventually(lambda: len(in_lamps.cursors) == 2 and len(in_tents.cursors) == 2)
    assert (in_tents.cursors, in_lamps.cursors) == (["cursor-1", "cursor-4"], ["cursor-2", "cursor-4"])
    assert [len(peer.writes) for peer in (in_tents, in_lamps)] == [1, 1]
    assert "cursor-3" not in kitchen.executed
    assert (in_tents.parked.sent, in_lamps.parked.sent) == ("cursor-4", "cursor-4")


async def test_a_peer_falls_back_with_what_concerns_its_own_group(kitchen: Kitchen) -> None:
    tents, lamps = Lane(), Lane()
    slow, quick = Peer(kitchen, lane=tents), Peer(kitchen, lane=lamps)
    slow.keeps_up = False
    kitchen.push(passing(1), tents)
    kitchen.push(passing(2), lamps)
    kitchen.push(passing(3), lamps, tents)
    await eventually(lambda: quick.cursors == ["cursor-2", "cursor-3"])
    assert slow.unsent == [passing(1), passing(3)]


async def test_nobody_is_told_of_a_change_that_its_snapshot_held(kitchen: Kitchen) -> None:
    seen: Snapshot[Any] = Snapshot((), tx_max=10, tx_in_progress=frozenset({7}))
    peer = Peer(kitchen, seen=seen)
    for number, tx in enumerate((6, 7, 9, 10, None), 1):
        kitchen.push(passing(number, tx))
    await eventually(lambda: len(peer.cursors) == 3)
    assert peer.cursors == ["cursor-2", "cursor-4", "cursor-5"]


async def test_caught_up_is_told_to_those_for_whom_nothing_came_since_they_parked(kitchen: Kitchen) -> None:
    here, ahead = Peer(kitchen, since=4), Peer(kitchen, since=5)
    kitchen.push(passing(4, None))
    await eventually(lambda: here.cursors == ["cursor-4"])
    assert ahead.cursors == []


async def test_what_was_under_way_when_all_left_is_lost_and_nothing_that_comes_after(kitchen: Kitchen) -> None:
    gone = Peer(kitchen)
    kitchen.gate.clear()
    kitchen.push(passing(1))
    await eventually(lambda: kitchen.executed == ["cursor-1"])
    gone.leave()
    new = Peer(kitchen, since=1)
    kitchen.push(passing(2))
    kitchen.gate.set()
    await eventually(lambda: new.cursors == ["cursor-2"])
    assert gone.writes == []


@pytest.mark.parametrize("plain", [False, True])
async def test_an_event_that_cannot_be_executed_for_all_is_left_to_each_stream(kitchen: Kitchen, plain: bool) -> None:
    peers = [Peer(kitchen), Peer(kitchen)]
    kitchen.plain = plain
    kitchen.fault = RuntimeError("a fault")
    kitchen.push(passing(1))
    await eventually(lambda: all(peer.unsent for peer in peers))
    assert [peer.unsent for peer in peers] == [[passing(1)]] * 2
    kitchen.fault, later = None, Peer(kitchen, since=1)
    kitchen.push(passing(2))
    await eventually(lambda: later.cursors == ["cursor-2"])


@pytest.mark.parametrize(("epoch", "since"), [("now", 3), ("before", None)])
async def test_a_stream_parks_behind_all_that_the_log_has_told_it_also_where_the_feed_is_not_so_far(
    kitchen: Kitchen, epoch: str, since: int | None
) -> None:
    key = GroupKey(cast(Any, SimpleNamespace(place=lambda *_: None)), SCOPE, EVERYTHING)
    watch: Watch[Any] = Watch(cast(Any, None), Wish(key, False, Position(epoch, 3)), WatchQueue())
    group = WatchGroup(key, 0.0)
    watch._feed, watch._group = cast(Any, SimpleNamespace(position=Position("now", 2))), group
    group.join(watch)
    watch._park(Peer(kitchen).parked.outlet)
    assert (watch._parked and watch._parked.since) == since


@pytest.mark.parametrize("plain", [False, True])
async def test_many_peers_leave_others_their_turn(kitchen: Kitchen, plain: bool) -> None:
    peers = [Peer(kitchen) for _ in range(2 * PEERS_A_TURN)]
    kitchen.plain = plain
    kitchen.push(passing(1))
    while not peers[0].writes:  # noqa: ASYNC110 - turn by turn, to see it in the midst of it
        await asyncio.sleep(0)
    assert not peers[-1].writes
    peers[-2].leave()
    await eventually(lambda: bool(peers[-1].writes))
    assert not peers[-2].writes


async def test_what_comes_in_the_turns_that_others_are_left_goes_together(kitchen: Kitchen) -> None:
    peers = [Peer(kitchen) for _ in range(PEERS_A_TURN + 1)]
    kitchen.plain = True
    for number in range(1, 41):
        kitchen.push(passing(number))
        await asyncio.sleep(0)
    await eventually(lambda: peers[-1].cursors[-1:] == ["cursor-40"])
    assert len(peers[0].writes) <= 22


async def test_what_is_on_its_way_here_when_many_have_been_told_goes_together(kitchen: Kitchen) -> None:
    peers = [Peer(kitchen) for _ in range(PEERS_A_TURN + 1)]
    kitchen.plain = True
    kitchen.push(passing(1))
    while not peers[-1].writes:  # noqa: ASYNC110 - turn by turn, to see the first in which all have been told
        await asyncio.sleep(0)
    kitchen.push(passing(2))
    for _ in range(ROUNDS_TO_HERE - 2):
        await asyncio.sleep(0)
    kitchen.push(passing(3))
    await eventually(lambda: peers[-1].cursors[-1:] == ["cursor-3"])
    assert [len(messages(data)) for data in peers[0].writes] == [1, 2]
