"""The undoing of single steps, by what was done."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sealegs.perturbation.drawing import digest
from sealegs.perturbation.worlds import databases, worktrees
from sealegs.perturbation.worlds.confining import Confined, RefusedError
from sealegs.perturbation.worlds.undo_log import Journal, Step

__all__ = ["Conflict", "undo_step"]


@dataclass(frozen=True, slots=True)
class Conflict:
    """What was undone although it was no longer as we had left it.

    Attributes:
        path: below the root.
        reason: what was found there.
        kept: where the agent's version is now; ``None``: there was none, or it is still in place.
    """

    path: str
    reason: str
    kept: Path | None = None


def undo_step(root: Confined, journal: Journal, step: Step) -> list[Conflict]:
    """Undo one step, and tell what was found changed; what cannot be put back is kept."""
    undoing = _Undoing(root, journal, step)
    as_left = undoing.folders_as_left()
    try:
        _KINDS[step.kind](undoing)
    except Exception as error:  # one that fails must not keep the others from being undone
        undoing.failed(error)
    undoing.give_back_times(as_left)
    return undoing.conflicts


class _Undoing:
    """The undoing of one step."""

    def __init__(self, root: Confined, journal: Journal, step: Step) -> None:
        self.root, self.journal, self.step = root, journal, step
        self.path, self.facts = step.path, step.facts
        self.conflicts: list[Conflict] = []

    # ------------------------------------------------------------------ what is there

    def content(self, path: str) -> bytes | None:
        """Read a file; ``None``: there is none, or something else."""
        try:
            return self.root.read(path)
        except RefusedError:
            return None

    def same(self, data: bytes | None, *names: str) -> bool:
        """Whether content is what was there, or what we put there."""
        return data is not None and digest(data) in {self.facts.get(name) for name in names}

    def conflict(self, reason: str, path: str = "", kept: Path | None = None) -> None:
        self.conflicts.append(Conflict(path or self.path, reason, kept))

    def set_aside(self, path: str, reason: str) -> None:
        """Move what the agent made out of the way."""
        kept = self.journal.keep(path)
        with self.root.parent(path) as (_, name):
            shutil.move((self.root.root / path).parent / name, kept)
        self.conflict(reason, path, kept)

    def failed(self, error: Exception) -> None:
        """Keep the original where it cannot be put back."""
        kept: Path | None = None
        with suppress(OSError):
            backup = self.journal.backup(self.step)
            kept = self.journal.keep(f"original/{self.path}")
            kept.write_bytes(backup)
        self.conflict(f"cannot be put back: {error}", kept=kept)

    # ------------------------------------------------------------------ what is put back

    def put_back(self) -> None:
        """Make the original file again from its backup, in place where one is there."""
        data = self.journal.backup(self.step)
        found = self.root.stat(self.path)
        if found is None:
            with self.root.parent(self.path, make=True):
                pass
            self.root.create(self.path, data, 0o600, sure=True)
        elif self.content(self.path) != data:
            self.root.set_mode(self.path, 0o600)
            self.root.write(self.path, data, sure=True)
        self.give_back(self.path)

    def give_back(self, path: str) -> None:
        """Give a file its owner, permissions and times again."""
        old = self.facts["old"]
        found = self.root.stat(path)
        if found is not None and (found.st_uid, found.st_gid) != (old["user"], old["group"]):
            self.root.set_owner(path, old["user"], old["group"])
        self.root.set_mode(path, old["mode"])
        self.root.set_times(path, old["read_at"], old["written_at"])

    def folders_as_left(self) -> Mapping[str, bool]:
        """Say of each folder whether nobody changed its entries since the step."""
        after = self.step.after
        found: dict[str, bool] = {}
        for folder in self.facts.get("folders", {}):
            now = self.root.stat(folder)
            same = now is not None and (after is None or now.st_mtime_ns == after.get(folder))
            found[folder] = same
        return found

    def give_back_times(self, as_left: Mapping[str, bool]) -> None:
        """Give such folders their times again."""
        for folder, (read_at, written_at) in self.facts.get("folders", {}).items():
            if as_left[folder]:
                with suppress(OSError, RefusedError):
                    self.root.set_times(folder, read_at, written_at)


def _write(one: _Undoing) -> None:
    found = one.root.stat(one.path)
    if found is None:
        one.conflict("the agent deleted it")
    elif not stat.S_ISREG(found.st_mode):
        one.set_aside(one.path, "the agent put something else in its place")
    else:
        now = one.content(one.path)
        if one.step.after is not None and not one.same(now, "was", "is"):
            kept = one.journal.keep(one.path)
            kept.write_bytes(now or b"")
            one.conflict("the agent changed it", kept=kept)
        if found.st_nlink > 1:  # its second name may be outside: leave that one as it is
            one.root.remove(one.path)
    one.put_back()


def _create(one: _Undoing) -> None:
    found = one.root.stat(one.path)
    if found is None:
        return
    if one.step.after is None or one.same(one.content(one.path), "is"):
        one.root.remove(one.path)
    else:
        one.set_aside(one.path, "the agent changed it")


def _folder(one: _Undoing) -> None:
    if one.root.stat(one.path) is None:
        return
    try:
        one.root.remove_folder(one.path)
    except RefusedError:
        one.conflict("the agent put files into it, so that it stays")


def _delete(one: _Undoing) -> None:
    if one.root.stat(one.path) is not None:
        now = one.content(one.path)
        if not one.same(now, "was"):
            one.set_aside(one.path, "the agent made it anew")
    one.put_back()


def _mode(one: _Undoing) -> None:
    if one.root.stat(one.path) is None:
        one.conflict("the agent deleted or moved it")
        return
    old = one.facts["old"]
    one.root.set_mode(one.path, old["mode"])


def _rename(one: _Undoing) -> None:
    to, old = one.facts["to"], one.facts["old"]
    moved, found = one.root.stat(to), one.root.stat(one.path)
    if moved is None:
        if found is None:
            one.conflict("the agent deleted or moved it")
            _back_from_backup(one)
        return
    if found is not None:
        one.set_aside(one.path, "the agent made it anew")
    with one.root.parent(one.path, make=True):
        pass
    one.root.rename(to, one.path)
    if moved.st_mtime_ns == old["written_at"]:
        one.give_back(one.path)
    elif not old["folder"]:
        one.conflict("the agent changed it; its content stays")


def _back_from_backup(one: _Undoing) -> None:
    if not one.facts["old"]["folder"]:
        one.put_back()
        return
    with one.root.parent(one.path, make=True):
        shutil.copytree(one.journal.tree(one.step), one.root.root / one.path, symlinks=True)


def _sql(one: _Undoing) -> None:
    backup, whole = one.journal.backup(one.step), one.step.after is not None
    for made, reason in databases.undo(one.root, one.path, one.facts, backup, whole=whole):
        kept: Path | None = None
        if made is not None:
            kept = one.journal.keep(one.path)
            kept.write_bytes(made)
        one.conflict(reason, kept=kept)
    one.give_back(one.path)


def _git(one: _Undoing) -> None:
    for reason in worktrees.undo(one.root, one.path, one.facts):
        one.conflict(reason)


_KINDS: Mapping[str, Callable[[_Undoing], None]] = {
    "write": _write,
    "create": _create,
    "folder": _folder,
    "delete": _delete,
    "mode": _mode,
    "rename": _rename,
    "sql": _sql,
    "git": _git,
}
