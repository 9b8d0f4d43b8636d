"""E7: hundreds of files that have nothing to do with the task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.drawing import Draw
from sealegs.perturbation.operators import About, Sheet
from sealegs.perturbation.world import Change, World

__all__ = ["ContextStuffing"]

_SHEET: Final = Sheet(
    name="context-stuffing",
    code="E7",
    surface="environment",
    label="invariant",
    summary="hundreds of files that have nothing to do with the task",
    parameters=tuple(  # type: ignore[arg-type]
        {"files_added": count, "folder": "", "lines": 12} for count in (50, 200, 500)
    ),
    finds="a world with a root",
    source="BFCL, multi_turn_long_context: hundreds of files and records; figures own",
    needs=frozenset({"world"}),
)

_OF: Final = ("meeting", "invoice", "draft", "survey", "backup", "minutes", "memo", "agenda")
_ABOUT: Final = ("garden", "kitchen", "parking", "heating", "library", "canteen", "archive", "roof")
_LINES: Final = (
    "The {} was looked at on a {}, and nothing was found.",
    "Somebody asked about the {}; it waits until {}.",
    "No change to the {} since last {}.",
    "The {} will be cleaned every {}.",
)
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


@dataclass(frozen=True, slots=True)
class ContextStuffing:
    """Adds files of notes on things that no task is about; of more, fewer are a part.

    Parameters: ``files_added``; ``folder`` that they are in; ``lines`` of each.

    >>> from sealegs_plugins.perturbations.environment.sample import SAMPLE
    >>> from sealegs_plugins.perturbations.trying import about
    >>> stuffing = ContextStuffing()
    >>> [len(stuffing.changes(SAMPLE, about(stuffing, level))) for level in (1, 2, 3)]
    [50, 200, 500]
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def changes(self, world: World, about: About, /) -> Sequence[Change]:
        """Say which files there are as well."""
        folder = str(about.parameters["folder"]).strip("/")
        prefix = f"{folder}/" if folder else ""
        taken, found = frozenset(world.files), list[Change]()
        for number in range(int(about.parameters["files_added"])):
            draw = about.draw.sub(number)
            of, thing = draw.pick(_OF, "of"), draw.pick(_ABOUT, "about")
            path = f"{prefix}{of}_{thing}_{number:03d}.txt"
            if path not in taken:
                text = _text(thing, int(about.parameters["lines"]), draw)
                found.append(Change("create", path, {"text": text}))
        return found


def _text(thing: str, lines: int, draw: Draw) -> str:
    said = [
        draw.pick(_LINES, f"line {at}").format(thing, draw.pick(_DAYS, f"day {at}"))
        for at in range(lines)
    ]
    return "\n".join(said) + "\n"
