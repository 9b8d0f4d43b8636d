"""Connections to one SQLite file: one for each thread, none carried across a fork."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Generator
from pathlib import Path

from sealegs.errors import StoreError
from sealegs_plugins.stores.schema import migrate

__all__ = ["Connections", "private"]

_PRAGMAS = (
    # A commit is in the log when it returns, whatever becomes of the process. The log is not
    # forced to the disk each time: a power cut may take the last commits, never the file's order.
    "PRAGMA synchronous = NORMAL",
    # what is deleted is overwritten with zeros
    "PRAGMA secure_delete = ON",
    # give the log's room back when it has grown beyond this
    "PRAGMA journal_size_limit = 4194304",
)
_ERRNO = {
    sqlite3.SQLITE_BUSY: errno.ETIMEDOUT,
    sqlite3.SQLITE_LOCKED: errno.ETIMEDOUT,
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_READONLY: errno.EROFS,
    sqlite3.SQLITE_CANTOPEN: errno.ENOENT,
}


class _Slot:
    """One thread's connection, or the place for one. The lock is taken while it is in use."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.pid = os.getpid()
        self.db: sqlite3.Connection | None = None

    def close(self) -> None:
        db, self.db = self.db, None
        if db is not None and self.pid == os.getpid():
            with contextlib.suppress(sqlite3.Error):
                db.close()

    def __del__(self) -> None:
        self.close()  # the thread has ended


class _Local(threading.local):
    slot: _Slot | None = None


class Connections:
    """Opens, hands out and closes connections to a file.

    SQLite forbids to carry a connection across a fork, even to close it there. So all are closed
    before a fork, once no thread is using them, and opened again after it where they are needed.

    Args:
        path: the file; made with mode 0600 where it is absent, its directory with 0700.
        timeout_seconds: how long to wait for another's write.

    Raises:
        StoreError: the file cannot serve as a store.
        OSError: the file cannot be made or opened.
    """

    def __init__(self, path: Path, timeout_seconds: float) -> None:
        self._path, self._timeout = path, timeout_seconds
        self._local = _Local()
        self._gate = threading.RLock()
        self._slots: weakref.WeakSet[_Slot] = weakref.WeakSet()
        self._carried: list[_Slot] = []  # by a fork that did not ask us; never closed
        self._held: list[_Slot] = []
        self._closed = False
        private(path)
        _at_fork(self)
        try:
            with self.use():
                pass
        except BaseException:
            self.close()
            raise

    @contextlib.contextmanager
    def use(self) -> Generator[sqlite3.Connection]:
        """Lend this thread's connection; SQLite's errors become `OSError` with the path in it."""
        slot = self._slot()
        with slot.lock:
            try:
                if slot.db is None:
                    slot.db = self._opened()
                yield slot.db
            except sqlite3.Error as error:
                code = _ERRNO.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, errno.EIO)
                raise OSError(code, f"SQLite: {error}", str(self._path)) from error

    def close(self) -> None:
        """Close every connection; one that is in use is waited for, as long as for a write."""
        self._closed = True
        with self._gate:
            for slot in list(self._slots):
                if slot.lock.acquire(timeout=self._timeout):
                    slot.close()
                    slot.lock.release()

    def before_fork(self) -> None:
        """Wait until no connection is in use, close them all, and let none be opened."""
        self._gate.acquire()
        self._held = list(self._slots)
        for slot in self._held:
            slot.lock.acquire()
            slot.close()

    def after_fork(self) -> None:
        """Go on, in the parent and in the child."""
        held, self._held = self._held, []
        for slot in held:
            slot.pid = os.getpid()
            slot.lock.release()
        self._gate.release()

    def _slot(self) -> _Slot:
        if self._closed:
            raise OSError(errno.EBADF, "the store is closed", str(self._path))
        slot = self._local.slot
        if slot is not None and slot.pid != os.getpid():
            self._carried.append(slot)
            slot = None
        if slot is None:
            with self._gate:
                slot = self._local.slot = _Slot()
                self._slots.add(slot)
        return slot

    def _opened(self) -> sqlite3.Connection:
        path = str(self._path)
        db = sqlite3.connect(
            path, timeout=self._timeout, isolation_level=None, check_same_thread=False
        )
        try:
            self._set_wal(db)
            for pragma in _PRAGMAS:
                db.execute(pragma)
            migrate(db, path)
        except sqlite3.DatabaseError as error:
            db.close()
            if error.sqlite_errorcode == sqlite3.SQLITE_NOTADB:
                raise StoreError(path, "not a SQLite database") from error
            raise
        except BaseException:
            db.close()
            raise
        return db

    def _set_wal(self, db: sqlite3.Connection) -> None:
        """Turn the write-ahead log on. SQLite does not wait for others here, so we do."""
        deadline = time.monotonic() + self._timeout
        while True:
            try:
                mode: str = db.execute("PRAGMA journal_mode = WAL").fetchone()[0]
                break
            except sqlite3.OperationalError as error:
                busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
                if not busy or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
        if mode != "wal":
            raise StoreError(
                str(self._path), "no write-ahead log can be kept here; put it on a local disk"
            )


def private(path: Path) -> None:
    """Make a file that its owner alone can read, or make it so.

    SQLite gives its log and its index the mode of the file. A file that is there already is never
    opened here: to close it again would take away the locks which SQLite holds on it.
    """
    absent = [parent for parent in path.parents if not parent.exists()]
    for parent in reversed(absent):
        parent.mkdir(mode=0o700, exist_ok=True)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        for file in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
            with contextlib.suppress(FileNotFoundError):
                if file.stat().st_mode & 0o077:
                    file.chmod(0o600)


def _at_fork(connections: Connections) -> None:
    """Call the hooks as long as the connections are there."""
    if not hasattr(os, "register_at_fork"):
        return
    before = weakref.WeakMethod(connections.before_fork)
    after = weakref.WeakMethod(connections.after_fork)

    def call(method: weakref.WeakMethod[Callable[[], None]]) -> Callable[[], None]:
        def hook() -> None:
            found = method()
            if found is not None:
                found()

        return hook

    os.register_at_fork(
        before=call(before), after_in_parent=call(after), after_in_child=call(after)
    )
