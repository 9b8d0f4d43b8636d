"""A folder, and nothing outside of it: names are walked from it, and never through a link.

Each name is opened below the one before it, without following links, so that a link which somebody
puts there between two looks leads nowhere. Needs a system whose calls take folders as descriptors.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from sealegs.errors import GuardError

__all__ = ["Confined", "RefusedError"]

_NO_TRACE = getattr(os, "O_NOATIME", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | _NO_LINK
_FILE = getattr(os, "O_NONBLOCK", 0) | _NO_LINK


class RefusedError(Exception):
    """A change that cannot be made here. Nothing was changed; the message says why."""


class Confined:
    """A folder as all that there is.

    Args:
        root: the folder; links on the way to it are resolved once, here.

    Raises:
        GuardError: it is no folder, or the whole file system; or this system cannot keep to it.
    """

    __slots__ = ("root",)

    def __init__(self, root: Path | str) -> None:
        if os.open not in os.supports_dir_fd:
            raise _outside(str(root), "cannot be kept to on this system, which follows links")
        try:
            self.root = Path(root).resolve(strict=True)
        except OSError as error:
            raise _outside(str(root), f"cannot be a world's root: {error.strerror}") from None
        if not self.root.is_dir() or self.root == Path(self.root.anchor):
            raise _outside(str(root), "cannot be a world's root")

    def parts(self, path: str) -> list[str]:
        """Take a path below the root apart.

        Raises:
            GuardError: it leads out of the root, or into git's own files.
        """
        parts = path.split("/")
        if "\0" in path or any(part in {"", ".", ".."} for part in parts):
            raise _outside(path, f"leads out of {self.root}, or is no plain path below it")
        if any(part.casefold() == ".git" for part in parts):
            raise _outside(path, "is one of git's own files")
        return parts

    @contextmanager
    def parent(self, path: str, *, make: bool = False) -> Generator[tuple[int, str]]:
        """Open the folder that a path is in, and give its descriptor and the last name.

        Raises:
            RefusedError: a folder on the way is not there, or is a link.
        """
        *folders, name = self.parts(path)
        here = os.open(self.root, _FOLDER)
        try:
            for folder in folders:
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(folder, dir_fd=here)
                below = _opened(folder, here, path)
                os.close(here)
                here = below
            yield here, name
        finally:
            os.close(here)

    def stat(self, path: str) -> os.stat_result | None:
        """Look at a file, folder or link; ``None`` where nothing is, or a link is on the way."""
        if path == ".":
            return self.root.stat()
        try:
            with self.parent(path) as (folder, name):
                return os.stat(name, dir_fd=folder, follow_symlinks=False)
        except (OSError, RefusedError):
            return None

    def read(self, path: str) -> bytes:
        """Read a file, where possible without a trace in its times.

        Raises:
            RefusedError: it is no regular file, or cannot be read.
        """
        with self._open(path, os.O_RDONLY) as file:
            pieces: list[bytes] = []
            while piece := os.read(file, 1 << 20):
                pieces.append(piece)
            return b"".join(pieces)

    def write(self, path: str, data: bytes, *, sure: bool = False) -> None:
        """Put other content into a file that is there; it stays the same file.

        Args:
            path: the file.
            data: its new content.
            sure: whether it must be on the disk before this returns.

        Raises:
            RefusedError: it is no regular file, it has a second name, which may be outside, or it
                cannot be written.
        """
        with self._open(path, os.O_WRONLY) as file:
            if os.fstat(file).st_nlink > 1:
                raise RefusedError(f"{path} has a second name, which may be outside of the root")
            os.ftruncate(file, 0)
            _fill(file, data, sure=sure)

    def create(self, path: str, data: bytes, mode: int, *, sure: bool = False) -> None:
        """Make a file where nothing is; the folders that it is in must be there.

        Args:
            path: the file.
            data: its content.
            mode: its permissions.
            sure: whether it must be on the disk before this returns.

        Raises:
            RefusedError: something is there.
        """
        with self.parent(path) as (folder, name), _said(path):
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FILE
            file = os.open(name, flags, mode, dir_fd=folder)
            try:
                os.fchmod(file, mode)
                _fill(file, data, sure=sure)
            finally:
                os.close(file)

    def make_folder(self, path: str) -> None:
        """Make a folder where nothing is."""
        with self.parent(path) as (folder, name), _said(path):
            os.mkdir(name, dir_fd=folder)

    def remove(self, path: str) -> None:
        """Take a file or link away."""
        with self.parent(path) as (folder, name), _said(path):
            os.unlink(name, dir_fd=folder)

    def remove_folder(self, path: str) -> None:
        """Take an empty folder away."""
        with self.parent(path) as (folder, name), _said(path):
            os.rmdir(name, dir_fd=folder)

    def rename(self, path: str, to: str) -> None:
        """Move a file or folder to where nothing is."""
        with self.parent(path) as (old, name), self.parent(to) as (new, other), _said(path):
            if self.stat(to) is not None:
                raise RefusedError(f"{to} is there already")
            os.rename(name, other, src_dir_fd=old, dst_dir_fd=new)

    def set_mode(self, path: str, mode: int) -> None:
        """Change permissions."""
        with self.parent(path) as (folder, name), _said(path):
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if stat.S_ISLNK(found.st_mode):
                raise RefusedError(f"{path} is a link")
            os.chmod(name, mode, dir_fd=folder)

    def set_times(self, path: str, read_at: int, written_at: int) -> None:
        """Set the times of reading and writing, in nanoseconds."""
        times = (read_at, written_at)
        if path == ".":
            os.utime(self.root, ns=times)
            return
        with self.parent(path) as (folder, name), _said(path):
            os.utime(name, ns=times, dir_fd=folder, follow_symlinks=False)

    def set_owner(self, path: str, user: int, group: int) -> None:
        """Give a file back to its owner, where this process may."""
        with suppress(OSError), self.parent(path) as (folder, name):
            os.chown(name, user, group, dir_fd=folder, follow_symlinks=False)

    def files(self, largest: int | None = None) -> list[str]:
        """List the regular files, sorted; none of ``.git``, none behind a link.

        Args:
            largest: leave out those of more bytes.
        """
        found: list[str] = []
        waiting = [(self.root, "")]
        while waiting:
            folder, prefix = waiting.pop()
            try:
                entries = list(os.scandir(folder))
            except OSError:
                continue  # nobody may look into it
            for entry in entries:
                if entry.name.casefold() == ".git":
                    continue
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((folder / entry.name, f"{prefix}{entry.name}/"))
                elif entry.is_file(follow_symlinks=False) and _fits(entry, largest):
                    found.append(prefix + entry.name)
        return sorted(found)

    @contextmanager
    def _open(self, path: str, flags: int) -> Generator[int]:
        with self.parent(path) as (folder, name), _said(path):
            try:
                file = os.open(name, flags | _FILE | _NO_TRACE, dir_fd=folder)
            except PermissionError:  # another's file: only its owner leaves no trace
                file = os.open(name, flags | _FILE, dir_fd=folder)
            try:
                if not stat.S_ISREG(os.fstat(file).st_mode):
                    raise RefusedError(f"{path} is no regular file")
                yield file
            finally:
                os.close(file)


def _fits(entry: os.DirEntry[str], largest: int | None) -> bool:
    return largest is None or entry.stat(follow_symlinks=False).st_size <= largest


def _outside(path: str, reason: str) -> GuardError:
    return GuardError("root", f"{path} {reason}", "Name a folder, and plain paths below it.")


def _opened(folder: str, here: int, path: str) -> int:
    try:
        return os.open(folder, _FOLDER, dir_fd=here)
    except OSError as error:
        raise RefusedError(f"{path}: {folder} is no folder here: {error.strerror}") from None


@contextmanager
def _said(path: str) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise RefusedError(f"{path}: {error.strerror}") from None


def _fill(file: int, data: bytes, *, sure: bool) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file, rest) :]
    if sure:
        os.fsync(file)
