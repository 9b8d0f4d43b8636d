"""What was changed in a world, written down before it is changed, so that a crash loses nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sealegs.errors import GuardError
from sealegs.jsons import Json, dump, is_object, parse
from sealegs.perturbation.drawing import digest

__all__ = ["Journal", "Step", "default_place", "exclusive", "process_start"]


def default_place() -> Path:
    """Where journals are kept: in the user's own state, where an agent does not look."""
    return Path.home() / ".local" / "state" / "sealegs" / "worlds"


@dataclass(frozen=True, slots=True)
class Step:
    """One change of one thing, as it must be known to undo it.

    Attributes:
        number: from 1; also names its backup.
        kind: what was done; `sealegs.perturbation.worlds.restoring` knows how to undo it.
        path: below the root.
        facts: how it was before, and what is put there.
        after: how the folders were right after; ``None``: it was not finished.
    """

    number: int
    kind: str
    path: str
    facts: Mapping[str, Json]
    after: Mapping[str, Json] | None = field(default=None)


class Journal:
    """The journal of one root. A line is in the file before what it tells is done.

    Args:
        place: the directory that all journals are in.
        root: what is changed.
    """

    def __init__(self, place: Path, root: Path) -> None:
        if place.resolve().is_relative_to(root):
            raise GuardError(
                "root",
                f"the journal at {place} would lie within the root {root}",
                "Give another journal, outside of what the agent sees.",
            )
        self.root, self._base = root, place
        self.place = place / digest(str(root))
        self._next = 1

    # ------------------------------------------------------------------ whose it is

    def claim(self) -> None:
        """Make the journal; the caller holds `exclusive` and has restored what was left over."""
        self.place.mkdir(mode=0o700)
        owner = {"root": str(self.root), "pid": os.getpid(), "start": process_start(os.getpid())}
        self._put("owner", dump(owner))
        self._put("journal", b"")

    @property
    def exists(self) -> bool:
        """Whether there is one, of a running process or left over."""
        return self.place.is_dir()

    @property
    def in_use(self) -> int:
        """The running process that it belongs to; 0: it is left over."""
        return _owner(self.place)[0]

    def others(self) -> list[str]:
        """Name roots above or below this one that a running process disturbs now."""
        found: list[str] = []
        for place in sorted(self._base.iterdir()):
            pid, root = _owner(place)
            path = Path(root)
            if pid and place != self.place and _overlap(path, self.root):
                found.append(root)
        return found

    # ------------------------------------------------------------------ what it says

    def begin(
        self, kind: str, path: str, facts: Mapping[str, Json], backup: bytes | None = None
    ) -> Step:
        """Write down what is about to be done, its backup first."""
        step = Step(self._next, kind, path, facts)
        self._next += 1
        if backup is not None:
            self._put(str(step.number), backup, sure=True)
        said = {"begun": step.number, "kind": kind, "path": path, "facts": dict(facts)}
        self._say(said, sure=backup is not None)
        return step

    def done(self, step: Step, after: Mapping[str, Json]) -> None:
        """Write down that it is done."""
        self._say({"done": step.number, "after": dict(after)})

    def undone(self, step: Step) -> None:
        """Write down that it is undone."""
        self._say({"undone": step.number})

    def steps(self) -> list[Step]:
        """Give what is to be undone, the newest first."""
        found: dict[int, Step] = {}
        for said in self._lines():
            if "begun" in said:
                number = said["begun"]
                found[number] = Step(number, said["kind"], said["path"], said["facts"])
            elif "done" in said:
                old = found[said["done"]]
                found[old.number] = Step(old.number, old.kind, old.path, old.facts, said["after"])
            else:
                found.pop(said["undone"], None)
        return [found[number] for number in sorted(found, reverse=True)]

    def backup(self, step: Step) -> bytes:
        """Read what was kept of a step."""
        return (self.place / str(step.number)).read_bytes()

    def tree(self, step: Step) -> Path:
        """Give where a folder is kept."""
        return self.place / f"{step.number}-tree"

    def keep(self, path: str) -> Path:
        """Give a place for what the agent made of a file, which outlives the journal."""
        kept = self._base / "kept" / self.place.name
        number = 1
        while (found := kept / str(number) / path).exists() or found.is_symlink():
            number += 1
        found.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return found

    def close(self) -> None:
        """Take the journal away; everything is undone."""
        gone = self.place.with_name(self.place.name + ".gone")
        shutil.rmtree(gone, ignore_errors=True)
        self.place.rename(gone)  # at once, so that no half of it is ever taken for a whole one
        shutil.rmtree(gone)

    def _lines(self) -> Iterator[dict[str, Json]]:
        file = self.place / "journal"
        for line in file.read_bytes().split(b"\n") if file.exists() else ():
            try:
                said = parse(line) if line else None
            except ValueError:
                continue  # the process died while it wrote, so nothing was done yet
            if is_object(said):
                yield said

    def _say(self, said: Json, *, sure: bool = False) -> None:
        file = os.open(self.place / "journal", os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        try:
            os.write(file, b"\n" + dump(said) + b"\n")
            if sure:
                os.fsync(file)
        finally:
            os.close(file)

    def _put(self, name: str, data: bytes, *, sure: bool = False) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with os.fdopen(os.open(self.place / name, flags, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            if sure:
                os.fsync(file.fileno())


@contextmanager
def exclusive(place: Path) -> Generator[None]:
    """Keep other processes from making or restoring journals meanwhile."""
    import fcntl

    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = os.open(place / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def process_start(pid: int) -> str:
    """Say when a process began, so that another of the same number is not taken for it.

    Empty where the process is not there, or the system does not tell.
    """
    try:
        raw = Path(f"/proc/{pid}/stat").read_text()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
    state, *rest = raw.rpartition(")")[2].split()
    return "" if state == "Z" else f"{boot}/{rest[18]}"


def _owner(place: Path) -> tuple[int, str]:
    """Give the running process that a journal belongs to, or 0, and its root."""
    try:
        owner = parse((place / "owner").read_bytes())
    except (OSError, ValueError):
        return 0, ""
    pid = int(owner["pid"])
    if owner["start"] != process_start(pid):
        return 0, str(owner["root"])
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return 0, str(owner["root"])
    except PermissionError:
        pass  # it runs, for somebody else
    return pid, str(owner["root"])


def _overlap(one: Path, other: Path) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)
