"""Records in one SQLite file, which several threads and processes use at once."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from pathlib import Path

from sealegs.errors import SettingsError
from sealegs.records import Found, Record
from sealegs_plugins.stores import rows
from sealegs_plugins.stores.connections import Connections

__all__ = ["SQLiteStore"]

_LEAST_BYTES = 256 * 1024
_MOST_MARKS = 262_144
_MARK_BYTES = 100
_CHUNK = 500
_WORK = 64
"""How many records, and how many marks, one save drops at most."""


class SQLiteStore:
    """Keep records in one file.

    What `save` has acknowledged is there after the process is killed, in the middle of a write
    too. After a power cut the last saves may be missing (the log is not forced to the disk at each
    of them), and the file is whole. The file has mode 0600, and deleted text is overwritten.

    Taints are as in `sealegs.stores.MemoryStore`, and so is what becomes of a full key. Each save
    drops what has expired and, when the file is full, the oldest records: a bounded number, so a
    file that was far above its cap comes down over many saves. The file does not shrink; its free
    pages are used again. It may pass the cap by one record, and the log beside it takes a few MiB.
    A record that would take more than half of the room is not kept: it counts as dropped at once.

    Args:
        path: the file, ``~`` expanded; it and its directory are made where they are absent.
        max_bytes: how many bytes of the file may be in use, marks and indexes included.
        ttl_seconds: how long a record lives after it was saved; ``None``: until room is needed.
        max_per_key: how many records may stand under one key.
        timeout_seconds: how long to wait for another's write before `TimeoutError`.
        clock: gives the seconds since the epoch, the same to all processes.

    Attributes:
        unreadable: how many records `load` had to skip since the store was opened.

    Raises:
        SettingsError: a limit does not fit.
        StoreError: the file comes from a newer release, or is no store.
        OSError: the file cannot be made or opened.
    """

    blocks = True

    def __init__(
        self,
        path: str | Path,
        max_bytes: int = 512 * 1024 * 1024,
        ttl_seconds: float | None = 30 * 24 * 3600.0,
        max_per_key: int = 64,
        *,
        timeout_seconds: float = 5.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        least = {"max_bytes": _LEAST_BYTES, "ttl_seconds": 0, "max_per_key": 1}
        given = {"max_bytes": max_bytes, "ttl_seconds": ttl_seconds, "max_per_key": max_per_key}
        for name, value in given.items():
            if value is not None and value < least[name]:
                raise SettingsError("SQLiteStore", name, f"{value} is below {least[name]}")
        self._max_bytes, self._max_per_key, self._ttl = max_bytes, max_per_key, ttl_seconds
        self._most_marks = min(_MOST_MARKS, max_bytes // 4 // _MARK_BYTES)
        self._clock = clock
        self.path = Path(path).expanduser().absolute()
        self.unreadable = 0
        self._connections = Connections(self.path, timeout_seconds)

    def load(self, keys: Sequence[bytes]) -> Mapping[bytes, Found]:
        """Look up keys; what is unknown is absent from the answer.

        A record that cannot be read is skipped and counted, and its keys are tainted.
        """
        unique = list(dict.fromkeys(keys))
        answer: dict[bytes, Found] = {}
        with self._connections.use() as db:
            for start in range(0, len(unique), _CHUNK):
                answer.update(self._loaded(db, unique[start : start + _CHUNK]))
        return answer

    def save(self, record: Record, keys: Iterable[bytes]) -> None:
        """Keep a record under each of its keys.

        A record of the same id, or of equal content under equal keys, makes way for it.
        """
        unique = list(dict.fromkeys(keys))
        data = rows.encoded(record)
        content = rows.digest(record, unique) if data is not None else b""
        with self._writing() as db:
            now = self._clock()
            self._expire(db, now, _WORK)
            for seq in rows.replaced(db, record.id, content):
                rows.drop(db, seq)
            if data is None or len(data) + 64 * len(unique) > self._max_bytes // 2:
                rows.mark(db, unique)
            else:
                self._attach(db, rows.insert(db, record, content, now, data), unique)
            self._make_room(db)
            rows.trim_marks(db, self._most_marks, _WORK)

    def forget(self, session: str) -> int:
        """Drop every record of a session, and say how many there were.

        Their text is overwritten in the file and, where no other connection is reading, taken out
        of the log. No mark stays behind of a key that was theirs alone; a key under which other
        records stand is tainted, so that these are not taken for what was forgotten.
        """
        with self._writing() as db:
            while self._expire(db, self._clock(), _WORK):
                pass
            query = "SELECT seq FROM record WHERE session = ?"
            gone: list[int] = [row[0] for row in db.execute(query, (session,))]
            keys = {key for seq in gone for key in rows.drop(db, seq)}
            rows.mark(db, rows.shared(db, keys))
        with self._connections.use() as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return len(gone)

    def close(self) -> None:
        """Close the connections of all threads; a closed store raises `OSError` when it is used."""
        self._connections.close()

    @contextlib.contextmanager
    def _writing(self) -> Generator[sqlite3.Connection]:
        """Hold the right to write; all is kept at the end, or nothing where an error comes."""
        with self._connections.use() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    db.execute("ROLLBACK")
                raise

    def _loaded(self, db: sqlite3.Connection, keys: Sequence[bytes]) -> dict[bytes, Found]:
        places: dict[bytes, list[int]] = {}
        tainted: set[bytes] = set()
        records: dict[int, Record] = {}
        for key, seq, saved, data in rows.found(db, keys):
            if key is None and seq is not None:
                record = self._read(saved, data)
                if record is not None:
                    records[seq] = record
            elif key is not None and seq is not None:
                places.setdefault(key, []).append(seq)
            elif key is not None:
                tainted.add(key)
        answer = {key: Found(tainted=True) for key in tainted}
        for key, seqs in places.items():
            there = tuple(records[seq] for seq in sorted(seqs) if seq in records)
            answer[key] = Found(there, tainted=key in tainted or len(there) < len(seqs))
        return answer

    def _read(self, saved: float, data: bytes) -> Record | None:
        if self._ttl is not None and saved + self._ttl <= self._clock():
            return None
        record = rows.decoded(data)
        if record is None:
            self.unreadable += 1
        return record

    def _attach(self, db: sqlite3.Connection, seq: int, keys: Sequence[bytes]) -> None:
        """Put a record under its keys; a full key lets go of its oldest."""
        place = "INSERT INTO entry (key, seq) VALUES (?, ?)"
        db.executemany(place, [(key, seq) for key in keys])
        for key in keys:
            for old in rows.crowded_out(db, key, self._max_per_key):
                db.execute("DELETE FROM entry WHERE key = ? AND seq = ?", (key, old))
                rows.mark(db, (key,))
                if not db.execute("SELECT 1 FROM entry WHERE seq = ? LIMIT 1", (old,)).fetchone():
                    rows.drop(db, old)

    def _expire(self, db: sqlite3.Connection, now: float, work: int) -> int:
        """Drop the oldest records that have expired, so many at most, and give their number."""
        for done in range(work):
            head = rows.oldest(db)
            if self._ttl is None or head is None or head[1] + self._ttl > now:
                return done
            rows.mark(db, rows.drop(db, head[0]))
        return work

    def _make_room(self, db: sqlite3.Connection) -> None:
        for _ in range(_WORK):
            head = rows.oldest(db)
            if head is None or rows.used_bytes(db) <= self._max_bytes:
                return
            rows.mark(db, rows.drop(db, head[0]))
