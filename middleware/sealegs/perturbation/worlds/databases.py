"""SQLite files in a world: changed by statements, restored to the very bytes.

The statements run on a copy, made through SQLite's own backup, and what came of them goes into the
file as one transaction, so that a connection which is open on it sees a commit like any other.
"""

from __future__ import annotations

import sqlite3
import stat
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from sealegs.jsons import Json
from sealegs.perturbation.drawing import digest
from sealegs.perturbation.worlds.confining import Confined, RefusedError

__all__ = ["change", "is_database", "prepared", "undo"]

_MAGIC = b"SQLite format 3\0"
_PATIENCE = 2.0
_BESIDE = ("-wal", "-shm", "-journal")


def is_database(root: Confined, path: str) -> bool:
    """Say whether a file is an SQLite database."""
    try:
        return root.read(path)[:16] == _MAGIC
    except RefusedError:
        return False


def prepared(
    root: Confined, path: str, statements: Sequence[Json]
) -> tuple[dict[str, Json], bytes]:
    """Try statements on a copy, and give what must be known to undo them: facts, and the bytes.

    Raises:
        RefusedError: somebody is writing to it, or a statement fails.
    """
    file = _path(root, path)
    main, log = root.read(path), _log(root, path)  # before SQLite looks at it, and tidies up
    facts = {"main": len(main), "log": log is not None}
    with _said(path), closing(_changed(file, statements)) as copy:
        return {**facts, "is": _dumped(copy)}, main + (log or b"")


def change(root: Confined, path: str, statements: Sequence[Json]) -> None:
    """Run statements on a copy, and put the copy's content into the file.

    Raises:
        RefusedError: somebody is writing to it, or a statement fails.
    """
    file = _path(root, path)
    with _said(path), closing(_changed(file, statements)) as copy, closing(_opened(file)) as live:
        _backup(copy, live)
        live.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def undo(
    root: Confined, path: str, facts: Mapping[str, Json], backup: bytes, *, whole: bool
) -> Iterator[tuple[bytes | None, str]]:
    """Put the very file back; give what the agent made of it, and what there is to tell.

    Args:
        root: what it is in.
        path: the file.
        facts: as `prepared` gave them.
        backup: likewise.
        whole: whether the change was finished.
    """
    main, log = backup[: facts["main"]], backup[facts["main"] :]
    if root.stat(path) is None:
        yield None, "the agent deleted it"
        root.create(path, main, 0o600, sure=True)
    else:
        file = _path(root, path)
        if whole and _content(file) != facts["is"]:
            yield root.read(path), "the agent changed it"
        try:
            with _alone(file):
                root.write(path, main, sure=True)
        except sqlite3.OperationalError:
            with _said(path):
                _through_sqlite(main, log, file)
            yield None, "somebody still has it open: its content is restored, not its very bytes"
            return
        except sqlite3.DatabaseError:  # it is no database any more
            root.write(path, main, sure=True)
    for suffix in _BESIDE:
        with suppress(RefusedError):
            root.remove(path + suffix)
    if facts["log"]:
        root.create(path + "-wal", log, 0o600, sure=True)


def _log(root: Confined, path: str) -> bytes | None:
    return root.read(path + "-wal") if root.stat(path + "-wal") is not None else None


def _changed(file: Path, statements: Sequence[Json]) -> sqlite3.Connection:
    """Give a copy in memory on which statements have run."""
    copy = sqlite3.connect(":memory:")
    try:
        with closing(_opened(file)) as live:
            _backup(live, copy)
        for statement in statements:
            text, values = (statement, ()) if isinstance(statement, str) else statement
            copy.execute(text, values)
        copy.commit()
    except BaseException:
        copy.close()
        raise
    return copy


def _content(file: Path) -> str:
    """Name what a database holds; empty where it cannot be read."""
    try:
        with closing(_opened(file)) as live:
            return _dumped(live)
    except sqlite3.Error:
        return ""


def _dumped(connection: sqlite3.Connection) -> str:
    connection.text_factory = _text
    return digest("\n".join(connection.iterdump()))


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _through_sqlite(main: bytes, log: bytes, file: Path) -> None:
    with TemporaryDirectory() as folder:
        kept = Path(folder) / "kept"
        kept.write_bytes(main)
        if log:
            kept.with_name("kept-wal").write_bytes(log)
        with closing(_opened(kept)) as old, closing(_opened(file)) as live:
            _backup(old, live)


def _backup(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """Copy a database; Python's own would wait for a lock for ever."""
    until = time.monotonic() + _PATIENCE

    def look(status: int, remaining: int, total: int) -> None:
        if status in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED} and time.monotonic() > until:
            raise sqlite3.OperationalError("database is locked")

    source.backup(target, progress=look, sleep=0.05)


def _path(root: Confined, path: str) -> Path:
    """Give the path of a file for SQLite, which takes nothing else."""
    found = root.stat(path)
    if found is None or not stat.S_ISREG(found.st_mode):
        raise RefusedError(f"{path} is no regular file")
    if found.st_nlink > 1:
        raise RefusedError(f"{path} has a second name, which may be outside of the root")
    return root.root / path


def _opened(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(file, timeout=_PATIENCE)


@contextmanager
def _alone(file: Path) -> Generator[None]:
    """Keep everybody else from the file; a log beside it is taken into it first."""
    with closing(_opened(file)) as live:
        live.isolation_level = None
        live.execute("PRAGMA locking_mode=EXCLUSIVE")
        if live.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
            live.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        live.execute("BEGIN EXCLUSIVE")
        try:
            yield
        finally:
            live.execute("ROLLBACK")


@contextmanager
def _said(path: str) -> Generator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise RefusedError(f"{path}: {error}") from None
