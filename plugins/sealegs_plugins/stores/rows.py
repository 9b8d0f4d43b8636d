"""The SQLite store's statements: small steps, each on an open transaction."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Iterable, Sequence
from hashlib import blake2b

import msgspec

from sealegs.records import Record

__all__ = [
    "crowded_out",
    "decoded",
    "digest",
    "drop",
    "encoded",
    "found",
    "insert",
    "mark",
    "oldest",
    "replaced",
    "shared",
    "trim_marks",
    "used_bytes",
]

_encode = msgspec.msgpack.Encoder(order="deterministic").encode
_decode = msgspec.msgpack.Decoder(Record).decode


def encoded(record: Record) -> bytes | None:
    """Write a record; ``None`` where it holds text that is not Unicode."""
    try:
        return _encode(record)
    except UnicodeEncodeError:
        return None


def decoded(data: bytes) -> Record | None:
    """Read a record; ``None`` where that cannot be done."""
    try:
        return _decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def digest(record: Record, keys: Iterable[bytes]) -> bytes:
    """Give what two records of equal content under equal keys have in common."""
    plain = msgspec.structs.replace(record, id=b"", created=0.0)
    return blake2b(_encode((plain, sorted(keys))), digest_size=16).digest()


@functools.cache
def _lookup(size: int) -> str:
    values = ",".join(["(?)"] * size)
    return f"""WITH wanted (key) AS MATERIALIZED (VALUES {values}),
        hit AS MATERIALIZED (SELECT key, seq FROM entry WHERE key IN (SELECT key FROM wanted))
        SELECT key, seq, NULL, NULL FROM hit
        UNION ALL
        SELECT key, NULL, NULL, NULL FROM taint WHERE key IN (SELECT key FROM wanted)
        UNION ALL
        SELECT NULL, seq, saved, data FROM record WHERE seq IN (SELECT seq FROM hit)"""


def found(
    db: sqlite3.Connection, keys: Sequence[bytes]
) -> Iterable[tuple[bytes | None, int | None, float, bytes]]:
    """Look up keys in one query, which sees one state of the file.

    Gives three sorts of rows: (key, seq) where a record stands under a key, (key, no seq) where a
    key is tainted, and (no key, seq, saved, data) once for each record. Sizes are rounded up to a
    power of two, so that SQLite meets few different statements.
    """
    size = 1 << (len(keys) - 1).bit_length()
    return db.execute(_lookup(size), [*keys, *[keys[0]] * (size - len(keys))])


def replaced(db: sqlite3.Connection, identity: bytes, content: bytes) -> list[int]:
    """Find the records for which a new one stands in: of its id, or of its content."""
    rows = db.execute("SELECT seq FROM record WHERE id = ? OR content = ?", (identity, content))
    return [row[0] for row in rows]


def insert(
    db: sqlite3.Connection, record: Record, content: bytes, saved: float, data: bytes
) -> int:
    """Add a record, and give its place in the order of saving."""
    seq = db.execute(
        "INSERT INTO record (id, session, content, saved, data) VALUES (?, ?, ?, ?, ?)",
        (record.id, record.session, content, saved, data),
    ).lastrowid
    assert seq is not None  # an INSERT gives one
    return seq


def crowded_out(db: sqlite3.Connection, key: bytes, most: int) -> list[int]:
    """Give the oldest records under a key that has more than so many."""
    rows = db.execute("SELECT seq FROM entry WHERE key = ? ORDER BY seq", (key,)).fetchall()
    return [row[0] for row in rows[: max(0, len(rows) - most)]]


def oldest(db: sqlite3.Connection) -> tuple[int, float] | None:
    """Give the place and the time of the record that was saved first."""
    query = "SELECT seq, saved FROM record ORDER BY seq LIMIT 1"
    row: tuple[int, float] | None = db.execute(query).fetchone()
    return row


def drop(db: sqlite3.Connection, seq: int) -> list[bytes]:
    """Delete a record, and give the keys under which it stood."""
    keys = [row[0] for row in db.execute("SELECT key FROM entry WHERE seq = ?", (seq,))]
    db.executemany("DELETE FROM entry WHERE key = ? AND seq = ?", [(key, seq) for key in keys])
    db.execute("DELETE FROM record WHERE seq = ?", (seq,))
    return keys


def shared(db: sqlite3.Connection, keys: Iterable[bytes]) -> list[bytes]:
    """Give those keys under which records stand."""
    query = "SELECT 1 FROM entry WHERE key = ? LIMIT 1"
    return [key for key in keys if db.execute(query, (key,)).fetchone()]


def mark(db: sqlite3.Connection, keys: Iterable[bytes]) -> None:
    """Taint keys; one that was tainted before counts as tainted now."""
    db.executemany("REPLACE INTO taint (key) VALUES (?)", [(key,) for key in keys])


def trim_marks(db: sqlite3.Connection, most: int, work: int) -> None:
    """Hold the number of marks: the oldest go, but never one of a key that is in use.

    What is counted is the span between the oldest and the newest, which is the number or a little
    more. A mark of a key in use becomes the newest, so that a step's work is bounded.
    """
    # one subquery each: SQLite looks at all rows for a minimum and a maximum asked for together
    span = "SELECT (SELECT max(mark) FROM taint) - (SELECT min(mark) FROM taint) + 1"
    excess = (db.execute(span).fetchone()[0] or 0) - most
    if excess <= 0:
        return
    query = "SELECT mark, key FROM taint ORDER BY mark LIMIT ?"
    rows: list[tuple[int, bytes]] = db.execute(query, (min(excess, work),)).fetchall()
    db.executemany("DELETE FROM taint WHERE mark = ?", [row[:1] for row in rows])
    mark(db, shared(db, [row[1] for row in rows]))


def used_bytes(db: sqlite3.Connection) -> int:
    """Give how many bytes of the file are in use, this transaction's included."""
    names = ("page_count", "freelist_count", "page_size")
    pages, free, size = (db.execute(f"PRAGMA {name}").fetchone()[0] for name in names)
    return int((pages - free) * size)
