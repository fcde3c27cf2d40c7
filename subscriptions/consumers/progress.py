"""Progress: which messages of a partition are done, whatever their order, and up to where that may be committed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aiokafka import TopicPartition


class Track:
    """One partition, as long as it is ours."""

    def __init__(self) -> None:
        self.ours = True
        self._under_way: dict[int, None] = {}
        self._next: int | None = None
        self._committed: int | None = None

    @property
    def finished(self) -> int | None:
        """All below is done; None where nothing was begun."""
        return next(iter(self._under_way), self._next)

    def begin(self, offset: int) -> None:
        self._under_way[offset] = None
        self._next = offset + 1

    def end(self, offset: int) -> None:
        self._under_way.pop(offset, None)

    @property
    def uncommitted(self) -> int | None:
        """What is to be committed, if that is more than was."""
        finished = self.finished
        return finished if finished is not None and finished > (self._committed or -1) else None

    def committed(self, offset: int) -> None:
        self._committed = offset


class Progress:
    """Of the partitions that are assigned to us."""

    def __init__(self) -> None:
        self._tracks: dict[TopicPartition, Track] = {}

    def of(self, partition: TopicPartition) -> Track:
        return self._tracks.setdefault(partition, Track())

    def lose(self, partitions: Iterable[TopicPartition]) -> None:
        """They are another's now."""
        for partition in partitions:
            if track := self._tracks.pop(partition, None):
                track.ours = False

    def to_commit(self) -> Mapping[TopicPartition, int]:
        """The next offset to be read of each partition that got on."""
        found = {partition: track.uncommitted for partition, track in self._tracks.items()}
        return {partition: offset for partition, offset in found.items() if offset is not None}

    def committed(self, offsets: Mapping[TopicPartition, int]) -> None:
        for partition, offset in offsets.items():
            if track := self._tracks.get(partition):
                track.committed(offset)
