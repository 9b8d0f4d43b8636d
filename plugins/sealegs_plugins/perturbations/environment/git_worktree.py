"""E2: somebody else works in the same git work tree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.drawing import digest
from sealegs.perturbation.operators import About, Sheet
from sealegs.perturbation.world import Change, World
from sealegs_plugins.perturbations.environment.choosing import chosen, text_of

__all__ = ["GitWorktree"]

_SHEET: Final = Sheet(
    name="git-worktree",
    code="E2",
    surface="environment",
    label="recoverable",
    summary="a work tree has somebody's edits, another branch, a detached HEAD, or a conflict",
    parameters=(
        {"files": ["*"], "count": 1, "does": ["edit"]},
        {"files": ["*"], "count": 1, "does": ["edit", "branch"]},
        {"files": ["*"], "count": 1, "does": ["detach", "conflict"]},
    ),
    finds="a git work tree below the root, with files in it",
    source="catalogue E2 and E12, races with others; choice own",
    needs=frozenset({"world"}),
    checked="that nothing of what the others did is lost, or committed as the agent's own",
)


@dataclass(frozen=True, slots=True)
class GitWorktree:
    """Leaves a work tree as somebody else might: all of it is taken back.

    Parameters: ``files``, globs of tracked texts; ``count``; ``does``: ``edit`` (a line is added
    and not committed), ``branch`` (a new one, at the same commit), ``detach``, ``conflict``.

    >>> from sealegs_plugins.perturbations.environment.sample import SAMPLE
    >>> from sealegs_plugins.perturbations.trying import about
    >>> tree = GitWorktree()
    >>> told = about(tree, 3, parameters={"files": ["*.md"]})
    >>> [(change.what, change.values.get("does")) for change in tree.changes(SAMPLE, told)]
    [('git', 'detach'), ('git', 'conflict'), ('write', None)]
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def changes(self, world: World, about: About, /) -> Sequence[Change]:
        """Say what somebody did."""
        if not world.worktrees:
            return ()
        tree = about.draw.pick(world.worktrees, "tree")
        does: Sequence[str] = about.parameters["does"]
        found: list[Change] = []
        if "branch" in does:
            name = f"wip-{about.draw.below(0x10000, 'branch'):04x}"
            found.append(Change("git", tree, {"does": "branch", "branch": name}))
        if "detach" in does:
            found.append(Change("git", tree, {"does": "detach"}))
        prefix = "" if tree == "." else f"{tree}/"
        for path in chosen(world, about, lambda path: _fits(world, path, prefix)):
            text = text_of(world, path) or ""
            if "conflict" in does:
                own = {"does": "conflict", "file": path.removeprefix(prefix)}
                found += (Change("git", tree, own), _write(world, path, _marked(text)))
            elif "edit" in does:
                found.append(_write(world, path, _edited(text)))
        return found


def _fits(world: World, path: str, prefix: str) -> bool:
    return path.startswith(prefix) and text_of(world, path) is not None


def _write(world: World, path: str, text: str) -> Change:
    return Change("write", path, {"text": text, "was": digest(world.read(path))})


def _edited(text: str) -> str:
    """Say the last line once more, as somebody does who has not finished."""
    lines = text.rstrip("\n").split("\n")
    return "\n".join([*lines, lines[-1]]) + "\n"


def _marked(text: str) -> str:
    """Put git's marks of a conflict around the last line."""
    *lines, last = text.rstrip("\n").split("\n")
    marks = ["<<<<<<< HEAD", last, "=======", last[::-1], ">>>>>>> theirs"]
    return "\n".join([*lines, *marks]) + "\n"
