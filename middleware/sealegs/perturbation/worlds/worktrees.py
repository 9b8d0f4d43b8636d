"""Git work trees in a world: a branch that somebody switched, a detached HEAD, a conflict.

Changes are such as leave every file of the work tree as it is; edits of files are ordinary writes.
"""

from __future__ import annotations

import shutil
import stat
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from sealegs.jsons import Json
from sealegs.perturbation.worlds.confining import Confined, RefusedError

__all__ = ["change", "found", "prepared", "undo"]

_PATIENCE = 30.0
_KEPT = "refs/sealegs/kept/"


def found(root: Confined, files: Sequence[str]) -> list[str]:
    """List the work trees, sorted: folders with a ``.git`` folder of their own in them.

    Those whose ``.git`` is a file that points elsewhere are left out.
    """
    folders = {"."}
    for path in files:
        parts = path.split("/")[:-1]
        folders.update("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))
    return sorted(folder for folder in folders if _is_own(root, folder))


def prepared(root: Confined, path: str, values: Mapping[str, Json]) -> dict[str, Json]:
    """Give what must be known to make a change and to undo it.

    Args:
        root: what it is in.
        path: the work tree; ``.`` is the root itself.
        values: ``does`` is ``branch`` (to a new one, ``branch``, at the same commit), ``detach``,
            or ``conflict`` (``file`` is marked as unmerged).

    Raises:
        RefusedError: there is no git, no such work tree, or it is not in order for that.
    """
    tree = _tree(root, path)
    head = _git(tree, "rev-parse", "--verify", "--quiet", "HEAD^{commit}").strip()
    branch = _git(tree, "symbolic-ref", "--quiet", "HEAD", fails="detached").strip()
    facts: dict[str, Json] = {"does": values["does"], "commit": head, "branch": branch}
    match values["does"]:
        case "branch":
            name = f"refs/heads/{values['branch']}"
            _git(tree, "check-ref-format", name)
            if _git(tree, "rev-parse", "--verify", "--quiet", name, fails=""):
                raise RefusedError(f"{path}: the branch {values['branch']} is there already")
            facts["new"] = name
        case "detach":
            if branch == "detached":
                raise RefusedError(f"{path}: its HEAD is detached already")
        case "conflict":
            said = _git(tree, "ls-files", "--stage", "-z", "--", values["file"]).rstrip("\0")
            entry, _, file = said.partition("\t")
            if not entry.endswith(" 0") or file != values["file"]:
                raise RefusedError(f"{path}: {values['file']} is not tracked, or unmerged already")
            facts |= {"file": file, "entry": entry.rpartition(" ")[0]}
        case other:
            raise RefusedError(f"{path}: nobody knows how to {other}")
    return facts


def change(root: Confined, path: str, facts: Mapping[str, Json]) -> None:
    """Make a change that was prepared."""
    tree = _tree(root, path)
    match facts["does"]:
        case "branch":
            _git(tree, "update-ref", facts["new"], facts["commit"])
            _git(tree, "symbolic-ref", "HEAD", facts["new"])
        case "detach":
            _git(tree, "update-ref", "--no-deref", "HEAD", facts["commit"])
        case _:
            _git(tree, "update-index", "--index-info", said=_unmerged(facts))


def undo(root: Confined, path: str, facts: Mapping[str, Json]) -> Iterator[str]:
    """Undo it, and tell what the agent had done there."""
    tree = _tree(root, path)
    if facts["does"] == "conflict":
        if _git(tree, "ls-files", "--unmerged", "--", facts["file"]):
            merged = f"0 {'0' * 40}\t{facts['file']}\n{facts['entry']} 0\t{facts['file']}\n"
            _git(tree, "update-index", "--index-info", said=merged)
        else:
            yield f"the agent resolved the conflict in {facts['file']}, and that stays"
        return
    at = _git(tree, "symbolic-ref", "--quiet", "HEAD", fails="detached").strip()
    ours = facts.get("new", "detached")
    now = _git(tree, "rev-parse", "--verify", "--quiet", facts.get("new", "HEAD"), fails="").strip()
    if at != ours and at != facts["branch"]:
        yield f"the agent went on to {at}, and it stays there"
    elif at == ours:
        if facts["branch"] == "detached":
            _git(tree, "update-ref", "--no-deref", "HEAD", facts["commit"])
        else:
            _git(tree, "symbolic-ref", "HEAD", facts["branch"])
    if now and now != facts["commit"] and at == ours:
        kept = f"{_KEPT}{now[:12]}"
        _git(tree, "update-ref", kept, now)
        yield f"the agent committed there; its commits are kept as {kept}"
    if "new" in facts and now and at in {ours, facts["branch"]}:
        _git(tree, "update-ref", "-d", facts["new"])


def _unmerged(facts: Mapping[str, Json]) -> str:
    """Say an index entry as three stages of a merge; all the same, so that nothing is stored."""
    stages = "".join(f"{facts['entry']} {stage}\t{facts['file']}\n" for stage in (1, 2, 3))
    return f"0 {'0' * 40}\t{facts['file']}\n{stages}"


def _is_own(root: Confined, folder: str) -> bool:
    place = root.root if folder == "." else root.root / folder
    try:
        return stat.S_ISDIR((place / ".git").lstat().st_mode) and (place / ".git/HEAD").is_file()
    except OSError:
        return False


def _tree(root: Confined, path: str) -> Path:
    if path != ".":
        root.parts(path)
        there = root.stat(path)
        if there is None or not stat.S_ISDIR(there.st_mode):
            raise RefusedError(f"{path} is no folder")
    if not _is_own(root, path):
        raise RefusedError(f"{path} is no git work tree with a .git folder of its own")
    return root.root if path == "." else root.root / path


def _git(tree: Path, *words: str, said: str = "", fails: str | None = None) -> str:
    """Run git on one repository and no other, with neither hooks nor helpers.

    Raises:
        RefusedError: there is no git, or it failed and ``fails`` gives no answer for that.
    """
    program = shutil.which("git")
    if program is None:
        raise RefusedError("there is no git here")
    where = (f"--git-dir={tree / '.git'}", f"--work-tree={tree}")
    options = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
    try:
        ran = subprocess.run(
            [program, *where, *options, *words],
            cwd=tree,
            input=said.encode("utf-8", "surrogateescape"),
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise RefusedError(f"git {words[0]} did not end within {_PATIENCE:g} s") from None
    if ran.returncode == 0:
        return ran.stdout.decode("utf-8", "surrogateescape")
    if fails is not None:
        return fails
    raise RefusedError(f"git {words[0]}: {ran.stderr.decode('utf-8', 'replace').strip()}")
