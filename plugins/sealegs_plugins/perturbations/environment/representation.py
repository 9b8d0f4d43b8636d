"""E5: the same data, represented otherwise."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sealegs.jsons import Json
from sealegs.perturbation.drawing import digest
from sealegs.perturbation.literals import Literals
from sealegs.perturbation.operators import About, Sheet
from sealegs.perturbation.world import Change, World
from sealegs_plugins.perturbations.environment.choosing import chosen
from sealegs_plugins.perturbations.environment.tables import Table, table_of
from sealegs_plugins.perturbations.environment.values import identifies, is_kept

__all__ = ["DataRepresentation"]

_SHEET: Final = Sheet(
    name="data-representation",
    code="E5",
    surface="environment",
    label="invariant",
    summary="files of records have other keys, dates, times and nesting; the facts are the same",
    parameters=(
        {"files": ["*"], "count": 1, "keys": "case", "dates": "", "wrap": "", "nest": False},
        {"files": ["*"], "count": 2, "keys": "case", "dates": "us", "wrap": "data", "nest": False},
        {
            "files": ["*"],
            "count": 4,
            "keys": "short",
            "dates": "compact",
            "wrap": "data",
            "nest": True,
        },
    ),
    finds="files of records, such as JSON and CSV",
    source="HAL reliability (arXiv 2602.16666), structural perturbations: mild, medium, severe",
    needs=frozenset({"world"}),
)

_DATE: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_TIME: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class DataRepresentation:
    """Writes files of records in another form, which holds the same.

    Values that a recorded clean run used stay as they are.

    Parameters: ``files``, globs; ``count`` of files; ``keys``, ``case`` or ``short``; ``dates``,
    ``us`` or ``compact``, with times by twelve hours; ``wrap``, a member that all of a JSON file is
    put into; ``nest``, whether all but the identity goes one level down.

    >>> from sealegs_plugins.perturbations.environment.sample import SAMPLE
    >>> from sealegs_plugins.perturbations.trying import about
    >>> other = DataRepresentation()
    >>> told = about(other, 2, parameters={"files": ["*.csv"]})
    >>> print(other.changes(SAMPLE, told)[0].values["text"])
    id,fullName,joined
    1,Ada Berg,01/09/2023
    2,Bo Lind,02/11/2024
    <BLANKLINE>
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def changes(self, world: World, about: About, /) -> Sequence[Change]:
        """Say how files are written."""
        found: list[Change] = []
        for path in chosen(world, about, lambda path: _text(world, path, about) is not None):
            text = _text(world, path, about)
            if text is not None:
                values = {"text": text, "was": digest(world.read(path))}
                found.append(Change("write", path, values))
        return found


def _text(world: World, path: str, about: About) -> str | None:
    table = table_of(world, path)
    if table is None:
        return None
    new = _names(table, about)
    rows = [{new[name]: _value(value, about) for name, value in row.items()} for row in table.rows]
    nests, wrap = bool(about.parameters["nest"]), str(about.parameters["wrap"])
    if table.form != "csv" and nests:
        kept = {new[name] for name in table.fields if identifies(name)}
        rows = [_nested(row, kept) for row in rows]
    text = table.written(rows, wrap if table.form == "json" else "")
    return text if text != table.text else None


def _names(table: Table, about: About) -> dict[str, str]:
    """Give each field its new name; where two would be one, all stay."""
    short = about.parameters["keys"] == "short"
    new = {name: _name(name, short, about.literals) for name in table.fields}
    return new if len(set(new.values())) == len(new) else {name: name for name in new}


def _name(name: str, short: bool, literals: Literals) -> str:
    if is_kept(name, literals):
        return name
    words = [word for word in re.split(r"[_\-\s]+|(?<=[a-z0-9])(?=[A-Z])", name) if word]
    if short:
        return "_".join(word[0] + re.sub(r"[aeiou]", "", word[1:]) for word in words)
    if len(words) < 2:
        return name
    if "_" in name or "-" in name or " " in name:
        return words[0].lower() + "".join(word.capitalize() for word in words[1:])
    return "_".join(word.lower() for word in words)


def _value(value: Json, about: About) -> Json:
    style = about.parameters["dates"]
    if not style or not isinstance(value, str) or is_kept(value, about.literals):
        return value
    if found := _DATE.fullmatch(value):
        try:
            day = date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            return value
        return day.strftime("%m/%d/%Y" if style == "us" else "%Y%m%d")
    if found := _TIME.fullmatch(value):
        hour = int(found[1])
        return f"{hour % 12 or 12}:{found[2]} {'AM' if hour < 12 else 'PM'}"
    return value


def _nested(row: dict[str, Json], kept: set[str]) -> dict[str, Json]:
    top = {name: value for name, value in row.items() if name in kept}
    rest = {name: value for name, value in row.items() if name not in kept}
    return {**top, "attributes": rest} if "attributes" not in top else row
