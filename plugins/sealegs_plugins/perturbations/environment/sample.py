"""A world of a few files in memory, to see what an operator would do to one."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["SAMPLE", "SampleWorld"]


@dataclass(frozen=True, slots=True)
class SampleWorld:
    """A world that stands still.

    Attributes:
        content: the files.
        databases: which of them are SQLite files.
        worktrees: which folders are git work trees.
        events: what may happen in the background.
        has_clock: whether tools have a clock of the world's.
        root: where it would be.
    """

    content: Mapping[str, bytes]
    databases: Sequence[str] = ()
    worktrees: Sequence[str] = ()
    events: Sequence[str] = ()
    has_clock: bool = True
    root: Path | None = field(default=None)

    @property
    def files(self) -> Sequence[str]:
        """The files, sorted."""
        return sorted(self.content)

    def read(self, path: str) -> bytes:
        """Read a file."""
        return self.content[path]


def _database() -> bytes:
    with closing(sqlite3.connect(":memory:")) as shop:
        shop.execute("CREATE TABLE stock (id INTEGER PRIMARY KEY, item_name TEXT, shelf TEXT)")
        shop.execute("INSERT INTO stock (item_name, shelf) VALUES ('lamp', 'B2'), ('desk', 'A1')")
        shop.commit()
        return shop.serialize()


SAMPLE = SampleWorld(
    {
        "docs/policy.md": b"# Returns\n\nReturns are taken for 30 days.\nGold members: 60 days.\n",
        "orders.json": b'[\n  {"order_id": 7, "item_name": "lamp", "price": 19.5, '
        b'"status": "open", "ordered_on": "2024-05-01"},\n  {"order_id": 8, "item_name": "desk", '
        b'"price": 240, "status": "shipped", "ordered_on": "2024-05-03"}\n]\n',
        "people.csv": b"id,full_name,joined\n1,Ada Berg,2023-01-09\n2,Bo Lind,2024-02-11\n",
        "tools/tax.py": b'"""Taxes."""\n\n\ndef tax(amount):\n    # a quarter\n'
        b"    return amount * 0.25\n",
        "shop.db": _database(),
    },
    databases=("shop.db",),
    worktrees=(".",),
    events=("mail", "meeting"),
)
"""A small shop."""
