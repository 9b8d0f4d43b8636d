"""The SQLite store's schema: its versions, and the way from each to the next."""

from __future__ import annotations

import sqlite3

from sealegs.errors import StoreError

__all__ = ["VERSION", "migrate"]

_STEPS: tuple[tuple[str, ...], ...] = (
    # 0 -> 1: records, and the keys under which they stand
    (
        """CREATE TABLE record (
            seq INTEGER PRIMARY KEY,       -- the order of saving
            id BLOB NOT NULL UNIQUE,
            session TEXT NOT NULL,
            content BLOB NOT NULL UNIQUE,  -- digest of all but id and time, and of the keys
            saved REAL NOT NULL,           -- seconds since the epoch
            data BLOB NOT NULL             -- the record in MessagePack, fields by name
        )""",
        "CREATE INDEX record_of_session ON record (session)",
        """CREATE TABLE entry (
            key BLOB NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (key, seq)
        ) WITHOUT ROWID""",
        "CREATE INDEX entry_of_record ON entry (seq)",
    ),
    # 1 -> 2: marks of keys from which something was dropped. Version 1 dropped without a mark; a
    # gap in the order of saving shows that it did, and then no key is known to be whole.
    (
        "CREATE TABLE taint (mark INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE)",
        """INSERT INTO taint (key) SELECT DISTINCT key FROM entry
            WHERE (SELECT count(*) FROM record) < (SELECT max(seq) FROM record)""",
    ),
)
VERSION = len(_STEPS)
"""The schema version that this release writes."""


def migrate(db: sqlite3.Connection, path: str) -> None:
    """Bring a file to the current version, in one transaction.

    Raises:
        StoreError: the file comes from a newer release, or is no store of ours.
        sqlite3.Error: SQLite refuses.
    """
    if _checked(db, path) == VERSION:
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        # once more, now that no other process can be at it
        for statements in _STEPS[_checked(db, path) :]:
            for statement in statements:
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {VERSION}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _checked(db: sqlite3.Connection, path: str) -> int:
    """Read a file's version, and refuse what is not for us."""
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise StoreError(
            path,
            f"its schema is version {version}, and this release of sealegs knows versions up to "
            f"{VERSION}. Upgrade sealegs, or name another file for this release",
        )
    tables = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if version < 0 or (version == 0 and tables):
        raise StoreError(path, f"a SQLite database, but no sealegs store (user_version {version})")
    return version
