"""E4 and E5: an SQLite file whose schema or rows are otherwise."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from sealegs.jsons import Json
from sealegs.perturbation.drawing import Draw
from sealegs.perturbation.operators import About, Sheet
from sealegs.perturbation.world import Change, World

__all__ = ["SqliteDrift", "SqliteRows"]

_DRIFT: Final = Sheet(
    name="sqlite-drift",
    code="E5",
    surface="environment",
    label="recoverable",
    summary="tables or columns of an SQLite file have other names",
    parameters=(
        {"columns": 1, "tables": 0},
        {"columns": 3, "tables": 0},
        {"columns": 3, "tables": 1},
    ),
    finds="an SQLite file with tables",
    source="HAL reliability (arXiv 2602.16666), table and column names; figures own",
    needs=frozenset({"world"}),
)

_ROWS: Final = Sheet(
    name="sqlite-rows",
    code="E4",
    surface="environment",
    label="must_abstain",
    summary="rows of an SQLite file come twice, lack values, or are missing",
    parameters=(
        {"does": "twin", "rows": 1},
        {"does": "blank", "rows": 3},
        {"does": "missing", "rows": 3},
    ),
    finds="an SQLite file with rows",
    source="agentprobe, AMBIGUITY and MISSING_INFO, for rows; figures own",
    needs=frozenset({"world"}),
    checked="that the agent says what is not clear, and invents no value",
)


@dataclass(frozen=True, slots=True)
class SqliteDrift:
    """Renames columns and tables; SQLite renames them in views, triggers and keys as well.

    Parameters: ``columns`` of all tables together; ``tables``.

    >>> from sealegs_plugins.perturbations.environment.sample import SAMPLE
    >>> from sealegs_plugins.perturbations.trying import about
    >>> drift = SqliteDrift()
    >>> print(drift.changes(SAMPLE, about(drift, 2))[0].values["statements"][1])
    ALTER TABLE "stock" RENAME COLUMN "item_name" TO "itemName"
    """

    name: str = _DRIFT.name
    sheet: Sheet = _DRIFT

    def changes(self, world: World, about: About, /) -> Sequence[Change]:
        """Say what is called how."""
        found: list[Change] = []
        for path in world.databases:
            with _copied(world.read(path)) as copy:
                statements = list(_renames(copy, about.draw.sub(path), about))
            if statements:
                found.append(Change("sql", path, {"statements": statements}))
        return found


@dataclass(frozen=True, slots=True)
class SqliteRows:
    """Lets rows come twice (``twin``), empties one value of each (``blank``) or drops them.

    Parameters: ``does``: ``twin``, ``blank`` or ``missing``; ``rows``, how many.

    >>> from sealegs_plugins.perturbations.environment.sample import SAMPLE
    >>> from sealegs_plugins.perturbations.trying import about
    >>> rows = SqliteRows()
    >>> rows.changes(SAMPLE, about(rows, 3))[0].values["statements"]
    ['DELETE FROM "stock" WHERE rowid = 1', 'DELETE FROM "stock" WHERE rowid = 2']
    """

    name: str = _ROWS.name
    sheet: Sheet = _ROWS

    def changes(self, world: World, about: About, /) -> Sequence[Change]:
        """Say which rows are otherwise."""
        found: list[Change] = []
        for path in world.databases:
            with _copied(world.read(path)) as copy:
                statements = list(_rows(copy, about.draw.sub(path), about))
            if statements:
                found.append(Change("sql", path, {"statements": statements}))
        return found


def _copied(data: bytes) -> closing[sqlite3.Connection]:
    """Open a copy in memory, where nothing can be waiting in a log."""
    copy = sqlite3.connect(":memory:")
    copy.deserialize(data[:18] + b"\x01\x01" + data[20:])
    return closing(copy)


def _renames(copy: sqlite3.Connection, draw: Draw, about: About) -> Iterator[str]:
    tables = _tables(copy)
    columns = [(table, name) for table in tables for name, _, _, _ in _columns(copy, table)]
    free = [(table, name) for table, name in columns if not about.literals.spans(name)]
    for table, name in draw.sample(free, int(about.parameters["columns"]), "columns"):
        yield from _tried(
            copy, f"ALTER TABLE {_q(table)} RENAME COLUMN {_q(name)} TO {_q(_renamed(name))}"
        )
    unnamed = [table for table in tables if not about.literals.spans(table)]
    for table in draw.sample(unnamed, int(about.parameters["tables"]), "tables"):
        yield from _tried(copy, f"ALTER TABLE {_q(table)} RENAME TO {_q(_renamed(table))}")


def _rows(copy: sqlite3.Connection, draw: Draw, about: About) -> Iterator[Json]:
    tables = [table for table in _tables(copy) if _count(copy, table)]
    if not tables:
        return
    table = draw.pick(tables, "table")
    wanted = min(int(about.parameters["rows"]), _count(copy, table))
    places = draw.sample(range(_count(copy, table)), wanted, "rows")
    query = f"SELECT rowid FROM {_q(table)} ORDER BY rowid LIMIT 1 OFFSET ?"
    rows = [copy.execute(query, (at,)).fetchone()[0] for at in places]
    for row in rows:
        if statement := _row(copy, table, row, str(about.parameters["does"]), draw):
            yield from _tried(copy, statement)


def _row(copy: sqlite3.Connection, table: str, row: int, does: str, draw: Draw) -> str:
    columns = _columns(copy, table)
    if does == "missing":
        return f"DELETE FROM {_q(table)} WHERE rowid = {row}"
    if does == "blank":
        empty = [name for name, needed, key, _ in columns if not needed and not key]
        if not empty:
            return ""
        name = draw.pick(empty, "column")
        return f"UPDATE {_q(table)} SET {_q(name)} = NULL WHERE rowid = {row}"
    own = ", ".join(_q(name) for name, _, key, _ in columns if not key)
    return (
        f"INSERT INTO {_q(table)} ({own}) SELECT {own} FROM {_q(table)} WHERE rowid = {row}"
        if own
        else ""
    )


def _tried(copy: sqlite3.Connection, statement: str) -> Iterator[str]:
    """Give a statement that the copy takes; where a rule of the table forbids it, none."""
    try:
        copy.execute(statement)
    except sqlite3.Error:
        return
    yield statement


def _tables(copy: sqlite3.Connection) -> list[str]:
    """List the tables that rows are told apart in by their number."""
    found = copy.execute(
        "SELECT name FROM pragma_table_list"
        " WHERE schema = 'main' AND type = 'table' AND NOT wr AND name NOT LIKE 'sqlite_%'"
        " ORDER BY name"
    )
    return [name for (name,) in found]


def _columns(copy: sqlite3.Connection, table: str) -> list[tuple[str, int, int, str]]:
    query = 'SELECT name, "notnull", pk, type FROM pragma_table_info(?) ORDER BY cid'
    return list(copy.execute(query, (table,)))


def _count(copy: sqlite3.Connection, table: str) -> int:
    found: int = copy.execute(f"SELECT count(*) FROM {_q(table)}").fetchone()[0]
    return found


def _renamed(name: str) -> str:
    """Give another name for the same: shorter where it has words, longer where it has none."""
    words = [word for word in name.split("_") if word]
    return f"{name}_value" if len(words) < 2 else "".join([words[0], *map(str.title, words[1:])])


def _q(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
