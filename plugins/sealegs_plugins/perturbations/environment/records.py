"""E2 and E4: records that change under the agent, come twice, or lack something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.jsons import Json
from sealegs.perturbation.drawing import Draw, digest
from sealegs.perturbation.operators import About, Sheet
from sealegs.perturbation.world import Change, World
from sealegs_plugins.perturbations.environment.choosing import chosen
from sealegs_plugins.perturbations.environment.tables import Table, table_of
from sealegs_plugins.perturbations.environment.values import (
    identifies,
    is_kept,
    next_identity,
    nudged,
)

__all__ = ["MissingField", "NearDuplicateEntity", "StateChange"]

_STATE: Final = Sheet(
    name="state-change",
    code="E2",
    surface="environment",
    label="directional",
    summary="a record changes after the agent has read its file",
    parameters=(
        {"files": ["*"], "count": 1, "records": 1},
        {"files": ["*"], "count": 1, "records": 3},
        {"files": ["*"], "count": 2, "records": 10},
    ),
    finds="files of records, such as JSON and CSV",
    source="agentproof, StateChangedAfterRead; agentfault, ChangePrice; figures own",
    needs=frozenset({"world"}),
    checked="the outcome by what the records say now",
)

_TWIN: Final = Sheet(
    name="near-duplicate-entity",
    code="E4",
    surface="environment",
    label="must_abstain",
    summary="a record has a twin, which differs by its identity and little else",
    parameters=(
        {"files": ["*"], "count": 1, "differing": 3, "twins": 1},
        {"files": ["*"], "count": 1, "differing": 1, "twins": 1},
        {"files": ["*"], "count": 1, "differing": 0, "twins": 3},
    ),
    finds="files of records, such as JSON and CSV",
    source="agentprobe, AMBIGUITY; figures own",
    needs=frozenset({"world"}),
    checked="that the agent asks which one is meant, or says which one it took",
)

_BLANK: Final = Sheet(
    name="missing-field",
    code="E4",
    surface="environment",
    label="must_abstain",
    summary="a field of records is empty",
    parameters=(
        {"files": ["*"], "count": 1, "fields": 1, "share": 0.0},
        {"files": ["*"], "count": 1, "fields": 1, "share": 0.5},
        {"files": ["*"], "count": 1, "fields": 2, "share": 1.0},
    ),
    finds="files of records, such as JSON and CSV",
    source="agentprobe, MISSING_INFO; figures own",
    needs=frozenset({"world"}),
    checked="that the agent invents no value",
)


@dataclass(frozen=True, slots=True)
class StateChange:
    """Changes numbers, states and yes-or-no values of records, once their file has been read.

    Parameters: ``files``, globs; ``count`` of files; ``records`` of each.

    >>> from sealegs_plugins.perturbations.environment.sample import SAMPLE
    >>> from sealegs_plugins.perturbations.trying import about
    >>> state = StateChange()
    >>> told = about(state, parameters={"files": ["*.json"]})
    >>> state.changes(SAMPLE, told)[0].values["when"]
    {'read': 'orders.json'}
    """

    name: str = _STATE.name
    sheet: Sheet = _STATE

    def changes(self, world: World, about: About, /) -> Sequence[Change]:
        """Say what changes after what was read."""
        found: list[Change] = []
        for path in chosen(world, about, lambda path: table_of(world, path) is not None):
            table = table_of(world, path)
            rows = _moved(table, about.draw.sub(path), about) if table else None
            if table and rows is not None:
                values = {"text": table.written(rows), "was": digest(world.read(path))}
                write = {"what": "write", "path": path, "values": values}
                event = {"event": self.name, "when": {"read": path}, "changes": [write]}
                found.append(Change("event", path, event))
        return found


@dataclass(frozen=True, slots=True)
class NearDuplicateEntity:
    """Puts twins of a record behind it.

    Parameters: ``files``, globs; ``count`` of files; ``twins`` of one record; ``differing``, how
    many fields beside the identity are otherwise.

    >>> from sealegs_plugins.perturbations.environment.sample import SAMPLE
    >>> from sealegs_plugins.perturbations.trying import about
    >>> twin = NearDuplicateEntity()
    >>> told = about(twin, 2, parameters={"files": ["*.csv"]})
    >>> print(twin.changes(SAMPLE, told)[0].values["text"])
    id,full_name,joined
    1,Ada Berg,2023-01-09
    2,Bo Lind,2024-02-11
    3,Ada Berg,2024-02-11
    <BLANKLINE>
    """

    name: str = _TWIN.name
    sheet: Sheet = _TWIN

    def changes(self, world: World, about: About, /) -> Sequence[Change]:
        """Say which record gets twins."""
        found: list[Change] = []
        for path in chosen(world, about, lambda path: table_of(world, path) is not None):
            table = table_of(world, path)
            if table:
                rows = _twinned(table, about.draw.sub(path), about)
                found.append(_write(world, path, table.written(rows)))
        return found


@dataclass(frozen=True, slots=True)
class MissingField:
    """Empties fields of records: those first whose values a recorded clean run used.

    Parameters: ``files``, globs; ``count`` of files; ``fields``, how many; ``share`` of the
    records, of which one at least.

    >>> from sealegs_plugins.perturbations.environment.sample import SAMPLE
    >>> from sealegs_plugins.perturbations.trying import about
    >>> blank = MissingField()
    >>> told = about(blank, 2, parameters={"files": ["*.csv"]})
    >>> print(blank.changes(SAMPLE, told)[0].values["text"])
    id,full_name,joined
    1,Ada Berg,2023-01-09
    2,Bo Lind,
    <BLANKLINE>
    """

    name: str = _BLANK.name
    sheet: Sheet = _BLANK

    def changes(self, world: World, about: About, /) -> Sequence[Change]:
        """Say what is empty."""
        found: list[Change] = []
        for path in chosen(world, about, lambda path: table_of(world, path) is not None):
            table = table_of(world, path)
            if table:
                rows = _blanked(table, about.draw.sub(path), about)
                found.append(_write(world, path, table.written(rows)))
        return found


def _write(world: World, path: str, text: str) -> Change:
    return Change("write", path, {"text": text, "was": digest(world.read(path))})


def _moved(table: Table, draw: Draw, about: About) -> list[dict[str, Json]] | None:
    names = [name for name in table.fields if not identifies(name)]
    rows = [dict(row) for row in table.rows]
    for at in draw.sample(range(len(rows)), int(about.parameters["records"]), "records"):
        for name in draw.sub(at).shuffled(names, "fields"):
            old = rows[at].get(name)
            states = [row.get(name) for row in table.rows]
            new = nudged(old, states if _is_state(states) else (), draw.sub(at, name))
            if new != old:
                rows[at][name] = new
                break
    return rows if rows != list(table.rows) else None


def _is_state(values: Sequence[Json]) -> bool:
    """Say whether a text is one of few: a state, not a name."""
    texts = [one for one in values if isinstance(one, str)]
    return all(len(one) < 24 and one.count(" ") < 2 and not one[:1].isdigit() for one in texts)


def _twinned(table: Table, draw: Draw, about: About) -> list[dict[str, Json]]:
    """Give the records with twins; one that a clean run used is the first choice."""
    rows = [dict(row) for row in table.rows]
    order = draw.shuffled(range(len(rows)), "records")
    order.sort(key=lambda at: not any(is_kept(one, about.literals) for one in rows[at].values()))
    at = order[0]
    names = [name for name in rows[at] if identifies(name)] or list(rows[at])[:1]
    rest = [name for name in rows[at] if name not in names]
    for number in range(int(about.parameters["twins"])):
        twin = dict(rows[at])
        for name in names:
            taken = [_number(row.get(name)) for row in rows]
            made = next_identity(_number(twin[name]), taken)
            twin[name] = str(made) if isinstance(twin[name], str) else made
        differing = int(about.parameters["differing"])
        for name in draw.sample(rest, differing, "differing"):
            others = [row.get(name) for row in table.rows]
            twin[name] = nudged(twin[name], others, draw.sub(number, name))
        rows.insert(at + 1 + number, twin)
    return rows


def _number(value: Json) -> Json:
    """Read a number that a CSV file holds as text."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value


def _blanked(table: Table, draw: Draw, about: About) -> list[dict[str, Json]]:
    rows = [dict(row) for row in table.rows]
    names = [name for name in table.fields if not identifies(name)] or list(table.fields)
    names = draw.shuffled(names, "fields")
    names.sort(key=lambda name: not any(is_kept(row.get(name), about.literals) for row in rows))
    for name in names[: int(about.parameters["fields"])]:
        order = draw.shuffled(range(len(rows)), "records")
        order.sort(key=lambda at: not is_kept(rows[at].get(name), about.literals))
        for at in order[: max(1, int(len(rows) * float(about.parameters["share"])))]:
            if name in rows[at]:
                rows[at][name] = "" if table.form == "csv" else None
    return rows
