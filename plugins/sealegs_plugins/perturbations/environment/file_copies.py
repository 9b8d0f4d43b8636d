"""E4 and E14: copies beside a file, older ones and others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.drawing import Draw
from sealegs.perturbation.operators import About, Sheet
from sealegs.perturbation.world import Change, World
from sealegs_plugins.perturbations.environment.choosing import chosen, split, text_of

__all__ = ["NearDuplicateFile", "StaleCopy", "older"]

_STALE: Final = Sheet(
    name="stale-copy",
    code="E14",
    surface="environment",
    label="invariant",
    summary="an older copy, with older content, lies beside a file",
    parameters=(
        {"files": ["*"], "count": 1, "copies": 1, "days": 400},
        {"files": ["*"], "count": 1, "copies": 2, "days": 60},
        {"files": ["*"], "count": 2, "copies": 4, "days": 2},
    ),
    finds="files that its parameter files names",
    source="catalogue E14, stale documents; figures own",
    needs=frozenset({"world"}),
    checked="that the outcome is by the current file",
)

_NEAR: Final = Sheet(
    name="near-duplicate-file",
    code="E4",
    surface="environment",
    label="invariant",
    summary="a file with nearly the same name, and other content, lies beside a file",
    parameters=(
        {"files": ["*"], "count": 1, "nearness": "word"},
        {"files": ["*"], "count": 1, "nearness": "plural"},
        {"files": ["*"], "count": 3, "nearness": "letter"},
    ),
    finds="text files that its parameter files names",
    source="agentprobe, AMBIGUITY, for files; figures own",
    needs=frozenset({"world"}),
    checked="that the outcome is by the file that was asked for",
)

_NAMES: Final = ("{}_old", "{} (1)", "copy_of_{}", "{}_backup", "{}_final", "{}_2")
_DIGITS: Final = re.compile(r"(?<![\w.\-/:])\d{1,6}(?![\w\-/:]|\.\d)")


@dataclass(frozen=True, slots=True)
class StaleCopy:
    """Puts older copies beside files: their numbers are otherwise, and their dates older.

    Parameters: ``files``, globs; ``count``; ``copies`` of each; ``days``, how much older.

    >>> from sealegs_plugins.perturbations.environment.sample import SAMPLE
    >>> from sealegs_plugins.perturbations.trying import about
    >>> stale = StaleCopy()
    >>> copy = stale.changes(SAMPLE, about(stale, parameters={"files": ["docs/*"]}))[0]
    >>> copy.path, copy.values["text"].splitlines()[2:]
    ('docs/policy_old.md', ['Returns are taken for 27 days.', 'Gold members: 54 days.'])
    """

    name: str = _STALE.name
    sheet: Sheet = _STALE

    def changes(self, world: World, about: About, /) -> Sequence[Change]:
        """Say which copies there are."""
        found: list[Change] = []
        days = int(about.parameters["days"])
        for path in chosen(world, about, lambda path: text_of(world, path) is not None):
            folder, stem, ending = split(path)
            now = text_of(world, path) or ""
            for number, form in enumerate(_NAMES[: int(about.parameters["copies"])]):
                copy = f"{folder}{form.format(stem)}{ending}"
                text = older(now, number + 1)
                values = {"text": text, "older_than": path, "by_seconds": 86_400 * days}
                if copy not in world.files:
                    found.append(Change("create", copy, values))
        return found


@dataclass(frozen=True, slots=True)
class NearDuplicateFile:
    """Puts files with nearly the same names, and other content, beside files.

    Parameters: ``files``, globs; ``count``; ``nearness``: another ``word`` is added, it is a
    ``plural``, or two of its ``letter`` s are swapped.

    >>> from sealegs_plugins.perturbations.environment.sample import SAMPLE
    >>> from sealegs_plugins.perturbations.trying import about
    >>> near = NearDuplicateFile()
    >>> told = [about(near, level, parameters={"files": ["docs/*"]}) for level in (1, 2, 3)]
    >>> [near.changes(SAMPLE, one)[0].path for one in told]
    ['docs/policy_draft.md', 'docs/policys.md', 'docs/poilcy.md']
    """

    name: str = _NEAR.name
    sheet: Sheet = _NEAR

    def changes(self, world: World, about: About, /) -> Sequence[Change]:
        """Say which files there are as well."""
        found: list[Change] = []
        for path in chosen(world, about, lambda path: text_of(world, path) is not None):
            folder, stem, ending = split(path)
            name = _near(stem, str(about.parameters["nearness"]), about.draw.sub(path))
            twin = f"{folder}{name}{ending}"
            if twin not in world.files and name != stem:
                found.append(Change("create", twin, {"text": older(text_of(world, path) or "", 3)}))
        return found


def older(text: str, steps: int) -> str:
    """Give a text as it may have been: each number some tenths lower; without any, a line less.

    Numbers that are part of something longer, as of a date or an identifier, stay.
    """

    def lower(found: re.Match[str]) -> str:
        number = int(found[0])
        return str(number - max(1, number * steps // 10) if number else number + steps)

    new = _DIGITS.sub(lower, text)
    if new != text:
        return new
    lines = text.splitlines(keepends=True)
    return "".join(lines[:-1]) if len(lines) > 1 else text + "\n(draft)\n"


def _near(stem: str, nearness: str, draw: Draw) -> str:
    if nearness == "word":
        return f"{stem}_draft"
    if nearness == "plural" or len(stem) < 3:
        return stem[:-1] if stem.endswith("s") else f"{stem}s"
    places = [at for at in range(1, len(stem) - 1) if stem[at] != stem[at + 1]]
    if not places:
        return f"{stem}s"
    at = draw.pick(places, "letters")
    return stem[:at] + stem[at + 1] + stem[at] + stem[at + 2 :]
