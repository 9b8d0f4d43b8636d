"""E5: the same files, elsewhere or under another name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.operators import About, Sheet
from sealegs.perturbation.world import Change, World
from sealegs_plugins.perturbations.environment.choosing import beside, chosen, split

__all__ = ["FileMove", "FileRename"]

_RENAME: Final = Sheet(
    name="file-rename",
    code="E5",
    surface="environment",
    label="recoverable",
    summary="a file has another name in the same folder",
    parameters=(
        {"files": ["*"], "count": 1, "style": "case"},
        {"files": ["*"], "count": 1, "style": "suffix"},
        {"files": ["*"], "count": 2, "style": "opaque"},
    ),
    finds="files that its parameter files names",
    source="HAL reliability (arXiv 2602.16666), file names and case; styles own",
    needs=frozenset({"world"}),
)

_MOVE: Final = Sheet(
    name="file-move",
    code="E5",
    surface="environment",
    label="recoverable",
    summary="a file is in another folder",
    parameters=(
        {"files": ["*"], "count": 1, "depth": 1},
        {"files": ["*"], "count": 1, "depth": 2},
        {"files": ["*"], "count": 2, "depth": 4},
    ),
    finds="files that its parameter files names",
    source="HAL reliability (arXiv 2602.16666), depth of files; figures own",
    needs=frozenset({"world"}),
)

_FOLDERS: Final = ("archive", "2023", "misc", "old", "shared", "backup", "final", "review")


@dataclass(frozen=True, slots=True)
class FileRename:
    """Renames files where they are; the ending stays.

    Parameters: ``files``, globs; ``count``; ``style``: ``case`` (``my_file`` to ``My-File``),
    ``suffix`` (``my_file_v2``) or ``opaque`` (``doc-3f09``).

    >>> from sealegs_plugins.perturbations.environment.sample import SAMPLE
    >>> from sealegs_plugins.perturbations.trying import about
    >>> rename = FileRename()
    >>> told = [about(rename, level, parameters={"files": ["docs/*"]}) for level in (1, 2)]
    >>> [rename.changes(SAMPLE, one)[0].values["to"] for one in told]
    ['docs/Policy.md', 'docs/policy_v2.md']
    """

    name: str = _RENAME.name
    sheet: Sheet = _RENAME

    def changes(self, world: World, about: About, /) -> Sequence[Change]:
        """Say what is called how."""
        found: list[Change] = []
        for path in chosen(world, about, lambda path: not split(path)[1].startswith(".")):
            _, stem, _ = split(path)
            match about.parameters["style"]:
                case "case":
                    name = _cased(stem)
                case "suffix":
                    name = f"{stem}_v2"
                case _:
                    name = f"doc-{about.draw.sub(path).below(0x10000, 'name'):04x}"
            to = beside(world, path, name)
            if to and to not in [change.values["to"] for change in found]:
                found.append(Change("rename", path, {"to": to}))
        return found


@dataclass(frozen=True, slots=True)
class FileMove:
    """Moves files into new folders below those that they are in.

    Parameters: ``files``, globs; ``count``; ``depth``, how many folders further down.

    >>> from sealegs_plugins.perturbations.environment.sample import SAMPLE
    >>> from sealegs_plugins.perturbations.trying import about
    >>> move = FileMove()
    >>> move.changes(SAMPLE, about(move, 2, parameters={"files": ["docs/*"]}))[0].values["to"]
    'docs/review/2023/policy.md'
    """

    name: str = _MOVE.name
    sheet: Sheet = _MOVE

    def changes(self, world: World, about: About, /) -> Sequence[Change]:
        """Say what goes where."""
        found: list[Change] = []
        for path in chosen(world, about):
            folder, stem, ending = split(path)
            down = about.draw.sub(path).shuffled(_FOLDERS, "folders")
            to = f"{folder}{'/'.join(down[: int(about.parameters['depth'])])}/{stem}{ending}"
            if to not in world.files:
                found.append(Change("rename", path, {"to": to}))
        return found


def _cased(stem: str) -> str:
    """Write a name in another case: never one that differs by case alone from a two-word name."""
    words = [word for word in re.split(r"[_\-\s]+", stem) if word]
    if len(words) < 2:
        return stem.lower() if stem[:1].isupper() else stem.capitalize()
    return ("_" if "-" in stem else "-").join(word.capitalize() for word in words)
