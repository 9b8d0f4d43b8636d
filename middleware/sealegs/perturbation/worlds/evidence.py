"""Whether somebody met what was changed: by the times of reading that the file system keeps.

A time of reading is set below the time of writing, and then the next read moves it, also where the
file system keeps these times only now and then (``relatime``). Whether it keeps them at all is
tried on the very file.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from sealegs.perturbation.worlds.confining import Confined, RefusedError

__all__ = ["Mark", "Watching"]

_BELOW = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Mark:
    """How a file or folder was left.

    Attributes:
        path: below the root; ``.`` is the root itself.
        read_at: the time of reading that was set.
        written_at: when it was written last, by us or before.
        keeps: whether the file system keeps times of reading here.
    """

    path: str
    read_at: int
    written_at: int
    keeps: bool = True


class Watching:
    """Sets marks and looks at them."""

    def __init__(self, root: Confined) -> None:
        self._root = root

    def mark(self, path: str) -> Mark | None:
        """Set a mark; ``None`` where nothing is, or it is not ours to mark."""
        set_ = self._set(path)
        if set_ is None:
            return None
        with suppress(OSError):
            self._touch(path)
        if self._stat(path).st_atime_ns == set_.read_at:
            return replace(set_, keeps=False)
        return self._set(path)

    def met(self, mark: Mark) -> str:
        """Say what shows that it was met; empty: nothing does."""
        found = self._stat_or_none(mark.path)
        if found is None:
            return f"somebody moved or deleted {mark.path}"
        if found.st_mtime_ns != mark.written_at and not stat.S_ISDIR(found.st_mode):
            return f"somebody wrote {mark.path}"
        if mark.keeps and found.st_atime_ns != mark.read_at:
            return f"somebody read {mark.path}"
        return ""

    def _set(self, path: str) -> Mark | None:
        found = self._stat_or_none(path)
        if found is None:
            return None
        read_at = found.st_mtime_ns - _BELOW
        try:
            if _own(path):
                os.utime(self._root.root / path, ns=(read_at, found.st_mtime_ns))
            else:
                self._root.set_times(path, read_at, found.st_mtime_ns)
        except (OSError, RefusedError):
            return None
        now = self._stat(path)
        return Mark(path, now.st_atime_ns, now.st_mtime_ns)

    def _touch(self, path: str) -> None:
        """Read it as anybody would, to see whether that leaves a trace."""
        whole = self._root.root / path
        if whole.is_dir():
            list(whole.iterdir())
        else:
            with whole.open("rb") as file:
                file.read(1)

    def _stat_or_none(self, path: str) -> os.stat_result | None:
        try:
            return self._stat(path)
        except OSError:
            return None

    def _stat(self, path: str) -> os.stat_result:
        if _own(path):
            return Path(self._root.root / path).lstat()
        found = self._root.stat(path)
        if found is None:
            raise FileNotFoundError(path)
        return found


def _own(path: str) -> bool:
    """Whether it is one of git's own files, which a `Confined` does not touch."""
    return ".git" in path.split("/")
