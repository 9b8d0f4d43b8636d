"""Records in memory: bounded, and honest about what had to go."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import TypeAlias

import msgspec

from sealegs.errors import SettingsError
from sealegs.records import Found, Record
from sealegs.stores.fading import FadedMarks

__all__ = ["MemoryStore"]

_Content: TypeAlias = tuple[object, ...]
_FIELDS: Callable[[Record], tuple[object, ...]] = attrgetter(
    *(name for name in Record.__struct_fields__ if name not in {"id", "created", "payloads"})
)

# What CPython takes beside the record itself, rounded up (measured with tracemalloc on 3.11).
_ENTRY_BYTES = 1100
_KEY_BYTES = 350
_MARK_BYTES = 200
_MOST_MARKS = 262_144
_FADED_BYTES = 1024 * 1024
_TAINTED = Found(tainted=True)


class _Entry(msgspec.Struct, eq=False):
    """A record, where it stands, and what it costs."""

    record: Record
    keys: list[bytes]
    content: _Content
    saved: float
    bare: int  # its cost without the keys

    @property
    def cost(self) -> int:
        return self.bare + _KEY_BYTES * len(self.keys)


class _Bucket(msgspec.Struct, eq=False):
    """What stands under one key, in the order of saving, and whether something is gone from it."""

    entries: list[_Entry] = msgspec.field(default_factory=list[_Entry])
    tainted: bool = False
    answer: Found | None = None  # as asked for last; a conversation asks the same again and again

    def add(self, entry: _Entry) -> None:
        self.entries.append(entry)
        self.answer = None

    def remove(self, entry: _Entry) -> None:
        self.entries.remove(entry)
        self.answer = None

    def taint(self) -> None:
        self.tainted, self.answer = True, None

    def found(self) -> Found:
        if self.answer is None:
            self.answer = Found(tuple([entry.record for entry in self.entries]), self.tainted)
        return self.answer


class MemoryStore:
    """Keep records in this process's memory.

    A key of which a record was dropped, for room or for age, is *tainted* from then on: `load` says
    so, because what is left under it cannot be told from what is gone. While records stand under
    such a key the taint stands with them; once none does, a mark of the key stays behind. Marks
    take a quarter of the room at most; beyond that those longest neither made nor asked for fade:
    they are still known, and now and then a key is taken for one of them, which costs a match.

    A record that would take more than half of the room is not kept: it counts as dropped at once.
    Not for use from finalizers or signal handlers: the lock does not open twice.

    Args:
        max_bytes: the room for records, keys and marks together, as estimated.
        max_per_key: how many records may stand under one key. One more takes the oldest from under
            that key (which is tainted); it stays under its other keys, and goes with the last.
        ttl_seconds: how long a record lives after it was saved; ``None``: until room is needed.
        clock: gives the time in seconds.

    Raises:
        SettingsError: a limit is not above zero.
    """

    blocks = False

    def __init__(
        self,
        max_bytes: int = 64 * 1024 * 1024,
        max_per_key: int = 64,
        ttl_seconds: float | None = 7 * 24 * 3600.0,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        limits = {"max_bytes": max_bytes, "max_per_key": max_per_key, "ttl_seconds": ttl_seconds}
        for name, limit in limits.items():
            if limit is not None and limit <= 0:
                raise SettingsError("MemoryStore", name, f"{limit} is not above zero")
        self._max_bytes, self._max_per_key, self._ttl = max_bytes, max_per_key, ttl_seconds
        self._most_marks = min(_MOST_MARKS, max_bytes // 4 // _MARK_BYTES)
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: OrderedDict[bytes, _Entry] = OrderedDict()  # least recently used first
        self._ages: OrderedDict[bytes, _Entry] = OrderedDict()  # saved first, first
        self._buckets: dict[bytes, _Bucket] = {}
        self._contents: dict[_Content, bytes] = {}
        self._sessions: dict[str, set[bytes]] = {}
        self._marks: OrderedDict[bytes, None] = OrderedDict()  # of keys without a bucket
        self._faded = FadedMarks(min(_FADED_BYTES, max_bytes // 16))
        self._entry_bytes = 0

    @property
    def used_bytes(self) -> int:
        """The room that records, keys and marks take, as estimated."""
        return self._entry_bytes + _MARK_BYTES * len(self._marks)

    def load(self, keys: Sequence[bytes]) -> Mapping[bytes, Found]:
        """Look up keys; what is unknown is absent from the answer."""
        found: dict[bytes, Found] = {}
        used: dict[bytes, None] = {}  # most records stand under several of the keys
        with self._lock:
            self._expire(self._clock())
            for key in keys:
                bucket = self._buckets.get(key)
                if bucket is not None:
                    found[key] = answer = bucket.answer or bucket.found()
                    for record in answer.records:
                        used[record.id] = None
                elif key in self._marks:
                    self._marks.move_to_end(key)
                    found[key] = _TAINTED
                elif key in self._faded:
                    found[key] = _TAINTED
            for identity in used:
                self._entries.move_to_end(identity)
        return found

    def save(self, record: Record, keys: Iterable[bytes]) -> None:
        """Keep a record under each of its keys.

        A record of the same id, or of equal content under equal keys, makes way for it.
        """
        unique = list(dict.fromkeys(keys))
        content = _content(record, unique)
        with self._lock:
            now = self._clock()
            self._expire(now)
            for old in {record.id, self._contents.get(content, record.id)}:
                if old in self._entries:
                    self._remove(self._entries[old])
            entry = _Entry(record, unique, content, now, record.size + _ENTRY_BYTES)
            if entry.cost > self._max_bytes // 2:
                self._taint(unique)
            else:
                self._insert(entry)
            self._make_room()

    def forget(self, session: str) -> int:
        """Drop every record of a session, and say how many there were.

        No mark stays behind of a key that was theirs alone. A key under which other records stand
        is tainted, so that these are not taken for what was forgotten.
        """
        with self._lock:
            self._expire(self._clock())
            gone = [self._entries[identity] for identity in self._sessions.get(session, ())]
            for entry in gone:
                self._remove(entry)
            for key in {key for entry in gone for key in entry.keys}:
                if key in self._buckets:
                    self._buckets[key].taint()
            return len(gone)

    def close(self) -> None:
        """Do nothing: memory holds nothing open, and another client may share the store."""

    def _insert(self, entry: _Entry) -> None:
        identity = entry.record.id
        self._entries[identity] = self._ages[identity] = entry
        self._contents[entry.content] = identity
        self._sessions.setdefault(entry.record.session, set()).add(identity)
        self._entry_bytes += entry.cost
        for key in tuple(entry.keys):
            bucket = self._buckets.get(key)
            if bucket is None:
                bucket = self._buckets[key] = _Bucket(
                    tainted=key in self._marks or key in self._faded
                )
                self._marks.pop(key, None)
            bucket.add(entry)
            if len(bucket.entries) > self._max_per_key:
                self._detach(bucket.entries[0], key, bucket)

    def _detach(self, entry: _Entry, key: bytes, bucket: _Bucket) -> None:
        """Take a record from under one key; it goes with its last key."""
        bucket.taint()
        bucket.remove(entry)
        entry.keys.remove(key)
        self._entry_bytes -= _KEY_BYTES
        if not entry.keys:
            self._remove(entry)

    def _remove(self, entry: _Entry) -> None:
        """Take a record out; taints stay as they are."""
        record = entry.record
        del self._entries[record.id], self._ages[record.id], self._contents[entry.content]
        self._entry_bytes -= entry.cost
        session = self._sessions[record.session]
        session.remove(record.id)
        if not session:
            del self._sessions[record.session]
        for key in entry.keys:
            bucket = self._buckets[key]
            bucket.remove(entry)
            if not bucket.entries:
                del self._buckets[key]
                if bucket.tainted:
                    self._taint((key,))

    def _drop(self, entry: _Entry) -> None:
        """Take a record out for room or age: what is left under its keys is no longer all."""
        self._remove(entry)
        self._taint(entry.keys)

    def _taint(self, keys: Iterable[bytes]) -> None:
        for key in keys:
            if key in self._buckets:
                self._buckets[key].taint()
                continue
            self._marks[key] = None
            self._marks.move_to_end(key)
            if len(self._marks) > self._most_marks:
                self._faded.add(self._marks.popitem(last=False)[0])

    def _expire(self, now: float) -> None:
        if self._ttl is None:
            return
        while self._ages:
            oldest = next(iter(self._ages.values()))
            if oldest.saved + self._ttl > now:
                return
            self._drop(oldest)

    def _make_room(self) -> None:
        while self._entries and self.used_bytes > self._max_bytes:
            self._drop(next(iter(self._entries.values())))


def _content(record: Record, keys: Iterable[bytes]) -> _Content:
    """Give what makes two records one: all but the id and the time, and the keys."""
    return (_FIELDS(record), frozenset(record.payloads.items()), frozenset(keys))
