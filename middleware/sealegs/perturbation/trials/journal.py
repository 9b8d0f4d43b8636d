"""The run's own journal: one line of JSON for each event, kept whatever happens after it."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from types import TracebackType

from sealegs.errors import ProfileError
from sealegs.jsons import Json, is_object, parse

__all__ = ["Journal", "read_journal"]


class Journal:
    """Writes lines to a file that only its owner may read. Safe to use from several threads.

    A line leaves with one write, so a process that dies loses at most the line it was at. Several
    processes have a file each: see `own`.

    Args:
        path: the file; lines are put behind what it holds.
        content: whether edits are written down as they are. Else of prompts and results there are
            digests alone.
    """

    def __init__(self, path: Path, *, content: bool = False) -> None:
        self.path, self.content = path, content
        self._lock = Lock()
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    @classmethod
    def own(cls, folder: Path, name: str = "journal", *, content: bool = False) -> Journal:
        """Open a file of this process's own, below a folder."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for number in itertools.count():
            path = folder / f"{name}-{os.getpid()}-{number}.jsonl"
            try:
                path.touch(0o600, exist_ok=False)
            except FileExistsError:
                continue
            return cls(path, content=content)
        raise AssertionError  # counting does not end

    def write(self, event: str, facts: Json) -> None:
        """Write one line; nothing once it is closed."""
        raw = (json.dumps({"event": event, **facts}, separators=(",", ":")) + "\n").encode()
        with self._lock:
            if self._file >= 0:
                os.write(self._file, raw)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._file >= 0:
                os.close(self._file)
            self._file = -1

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def read_journal(path: Path) -> Iterator[dict[str, Json]]:
    """Read the events of a journal; a last line that was cut off is left out.

    Raises:
        ProfileError: it is no journal.
    """
    lines = path.read_bytes().split(b"\n")
    for number, raw in enumerate(lines[:-1], 1):  # behind the last end of a line is what was cut
        try:
            value = parse(raw)
        except ValueError as error:
            raise ProfileError(str(path), f"line {number}", f"is no JSON: {error}") from error
        if not is_object(value) or "event" not in value:
            raise ProfileError(str(path), f"line {number}", "is no event")
        yield value
