"""Making changes to a world, each written into the journal before it is made."""

from __future__ import annotations

import base64
import os
import shutil
import stat
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sealegs.jsons import Json
from sealegs.perturbation.drawing import digest
from sealegs.perturbation.world import Change
from sealegs.perturbation.worlds import databases, worktrees
from sealegs.perturbation.worlds.confining import Confined, RefusedError
from sealegs.perturbation.worlds.undo_log import Journal, Step

__all__ = ["Touch", "apply", "content_of"]

_MOST_KEPT = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Touch:
    """Something by which one can tell that a change was met.

    Attributes:
        path: a file or folder below the root; ``.`` is the root itself.
        kind: the file was read or written (``file``), the folder was listed (``folder``), or a
            refusal is only seen in what tools say (``refusal``).
        name: the name that a tool's result would hold.
    """

    path: str
    kind: str
    name: str = ""


def apply(root: Confined, journal: Journal, change: Change) -> list[Touch]:
    """Make one change.

    Raises:
        RefusedError: it cannot be made here; nothing was changed.
        GuardError: it leads out of the root.
    """
    return _KINDS[change.what](root, journal, change)


def content_of(values: Mapping[str, Json]) -> bytes:
    """Give the content that a change puts into a file: ``text``, or ``base64``."""
    if "base64" in values:
        return base64.b64decode(values["base64"])
    text: str = values["text"]
    return text.encode("utf-8", "surrogatepass")


def folder_of(path: str) -> str:
    """Name the folder that a path is in."""
    return path.rpartition("/")[0] or "."


# ------------------------------------------------------------------ files and folders


def _write(root: Confined, journal: Journal, change: Change) -> list[Touch]:
    new, old = content_of(change.values), root.read(change.path)
    found = _there(root, change)
    _expected(change, old)
    if found.st_nlink > 1:
        raise RefusedError(f"{change.path} has a second name, which may be outside of the root")
    if new == old:
        raise RefusedError(f"{change.path} is as it should become already")
    facts = {"old": _facts(found), "was": digest(old), "is": digest(new)}
    with _journaled(root, journal, "write", change.path, facts, old):
        root.write(change.path, new)
    _dated(root, change)
    return [Touch(change.path, "file", change.values.get("shows", ""))]


def _create(root: Confined, journal: Journal, change: Change) -> list[Touch]:
    data = content_of(change.values)
    root.parts(change.path)
    touches = [Touch(folder_of(change.path), "folder"), _file(change)]
    if root.stat(change.path) is not None:
        raise RefusedError(f"{change.path} is there already")
    _folders(root, journal, change.path)
    facts: dict[str, Json] = {"is": digest(data)}
    with _journaled(root, journal, "create", change.path, facts):
        root.create(change.path, data, int(change.values.get("mode", 0o644)))
    _dated(root, change)
    return touches


def _file(change: Change) -> Touch:
    return Touch(change.path, "file", change.values.get("shows") or change.path.split("/")[-1])


def _rename(root: Confined, journal: Journal, change: Change) -> list[Touch]:
    to: str = change.values["to"]
    found = _there(root, change)
    root.parts(to)
    if root.stat(to) is not None or to.startswith(change.path + "/"):
        raise RefusedError(f"{to} is there already")
    is_folder = stat.S_ISDIR(found.st_mode)
    if not is_folder and not stat.S_ISREG(found.st_mode):
        raise RefusedError(f"{change.path} is neither a file nor a folder")
    facts = {"old": _facts(found), "to": to}
    _folders(root, journal, to)
    with _journaled(
        root, journal, "rename", change.path, facts, None if is_folder else root.read(change.path)
    ) as step:
        if is_folder:
            _keep_tree(root, journal, step)
        root.rename(change.path, to)
    kind = "folder" if is_folder else "file"
    old_name, new_name = change.path.split("/")[-1], to.rsplit("/", maxsplit=1)[-1]
    return [
        Touch(to, kind, new_name if new_name != old_name else to),
        Touch(folder_of(change.path), "folder", old_name),
        Touch(folder_of(to), "folder"),
    ]


def _keep_tree(root: Confined, journal: Journal, step: Step) -> None:
    """Keep a copy of a folder, in case that somebody deletes it under its new name."""
    prefix = step.path + "/"
    sizes = [root.stat(path) for path in root.files() if path.startswith(prefix)]
    if sum(size.st_size for size in sizes if size is not None) > _MOST_KEPT:
        raise RefusedError(f"{step.path} holds more than is kept for restoring")
    shutil.copytree(root.root / step.path, journal.tree(step), symlinks=True)


def _delete(root: Confined, journal: Journal, change: Change) -> list[Touch]:
    old = root.read(change.path)
    found = _there(root, change)
    _expected(change, old)
    if found.st_nlink > 1:
        raise RefusedError(f"{change.path} has a second name, which may be outside of the root")
    facts = {"old": _facts(found), "was": digest(old)}
    with _journaled(root, journal, "delete", change.path, facts, old):
        root.remove(change.path)
    return [Touch(folder_of(change.path), "folder", change.path.split("/")[-1])]


def _mode(root: Confined, journal: Journal, change: Change) -> list[Touch]:
    found = _there(root, change)
    mode = int(change.values["mode"])
    if stat.S_ISLNK(found.st_mode):
        raise RefusedError(f"{change.path} is a link")
    if os.geteuid() == 0:
        raise RefusedError("cannot be delivered: this process runs as root, whom no mode binds")
    with _journaled(root, journal, "mode", change.path, {"old": _facts(found)}):
        root.set_mode(change.path, mode)
    return [Touch(change.path, "refusal", change.path.split("/")[-1])]


# ------------------------------------------------------------------ databases and work trees


def _sql(root: Confined, journal: Journal, change: Change) -> list[Touch]:
    found = _there(root, change)
    statements: Sequence[Json] = change.values["statements"]
    facts, backup = databases.prepared(root, change.path, statements)
    facts = {**facts, "old": _facts(found)}
    with _journaled(root, journal, "sql", change.path, facts, backup):
        databases.change(root, change.path, statements)
    return [Touch(change.path, "file", change.values.get("shows", ""))]


def _git(root: Confined, journal: Journal, change: Change) -> list[Touch]:
    facts = worktrees.prepared(root, change.path, change.values)
    with _journaled(root, journal, "git", change.path, facts):
        worktrees.change(root, change.path, facts)
    return [
        Touch(f"{change.path}/.git/{file}" if change.path != "." else f".git/{file}", "git")
        for file in ("HEAD", "index")
    ]


# ------------------------------------------------------------------ what they share


def _there(root: Confined, change: Change) -> os.stat_result:
    root.parts(change.path)
    found = root.stat(change.path)
    if found is None:
        raise RefusedError(f"{change.path} is not there")
    return found


def _expected(change: Change, old: bytes) -> None:
    if change.values.get("was", digest(old)) != digest(old):
        raise RefusedError(f"{change.path} is no longer what it was: somebody changed it")


def _facts(found: os.stat_result) -> dict[str, Json]:
    return {
        "mode": stat.S_IMODE(found.st_mode),
        "user": found.st_uid,
        "group": found.st_gid,
        "read_at": found.st_atime_ns,
        "written_at": found.st_mtime_ns,
        "folder": stat.S_ISDIR(found.st_mode),
    }


def _dated(root: Confined, change: Change) -> None:
    """Make a file older than another: ``by_seconds`` than the one that ``older_than`` names."""
    other = root.stat(change.values["older_than"]) if "older_than" in change.values else None
    if other is not None:
        moment = other.st_mtime_ns - int(change.values["by_seconds"] * 1_000_000_000)
        root.set_times(change.path, moment, moment)


def _folders(root: Confined, journal: Journal, path: str) -> None:
    """Make the folders that a path is in, each a step of its own."""
    parts = root.parts(path)
    for depth in range(1, len(parts)):
        folder = "/".join(parts[:depth])
        found = root.stat(folder)
        if found is None:
            with _journaled(root, journal, "folder", folder, {}):
                root.make_folder(folder)
        elif not stat.S_ISDIR(found.st_mode):
            raise RefusedError(f"{folder} is no folder")


@contextmanager
def _journaled(
    root: Confined,
    journal: Journal,
    kind: str,
    path: str,
    facts: Mapping[str, Json],
    backup: bytes | None = None,
) -> Generator[Step]:
    """Make a change between the two lines that tell of it."""
    folders = {folder_of(path)} if path != "." else set[str]()
    if kind == "rename":
        folders.add(folder_of(facts["to"]))
    times: dict[str, Json] = {}
    for folder in sorted(folders):
        found = root.stat(folder)
        if found is not None:
            times[folder] = [found.st_atime_ns, found.st_mtime_ns]
    step = journal.begin(kind, path, {**facts, "folders": times}, backup)
    yield step
    after: dict[str, Json] = {}
    for folder in times:
        found = root.stat(folder)
        if found is not None:
            after[folder] = found.st_mtime_ns
    journal.done(step, after)


_KINDS: Mapping[str, Callable[[Confined, Journal, Change], list[Touch]]] = {
    "write": _write,
    "create": _create,
    "rename": _rename,
    "delete": _delete,
    "mode": _mode,
    "sql": _sql,
    "git": _git,
}
