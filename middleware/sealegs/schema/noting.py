"""What could not be read as it stands, noted before anything has its final place."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sealegs.jsons import Json
from sealegs.schema.report import Change, EnforcedBy

__all__ = ["Log", "Note"]


@dataclass(frozen=True, slots=True)
class Note:
    """What became of one keyword, of a node that has no place yet."""

    node: dict[str, Json]
    keyword: str
    value: Json
    change: Change
    enforced_by: EnforcedBy
    reason: str


@dataclass(slots=True)
class Log:
    """What could not be read as it stands, in the order in which it was found."""

    notes: list[Note] = field(default_factory=list[Note])
    remarks: dict[str, None] = field(default_factory=dict[str, None])

    def remark(self, text: str) -> None:
        """Note what holds for the whole schema, once."""
        self.remarks[text] = None

    def moved(self, old: dict[str, Json], new: dict[str, Json]) -> None:
        """Take note that what stood in one object stands in another now."""
        self.notes = [replace(n, node=new) if n.node is old else n for n in self.notes]

    def reread(self, node: dict[str, Json], keyword: str, value: Json, reason: str) -> None:
        """Note a value that is read as what it surely means."""
        self.notes.append(Note(node, keyword, value, "rewritten", "schema", reason))

    def dropped(self, node: dict[str, Json], keyword: str, value: Json, reason: str) -> None:
        """Note a keyword that constrained nothing, and is gone."""
        self.notes.append(Note(node, keyword, value, "dropped-annotation", "nobody", reason))

    def widened(self, node: dict[str, Json], keyword: str, value: Json, reason: str) -> None:
        """Note a constraint that nobody can read, and that nothing holds."""
        self.notes.append(Note(node, keyword, value, "widened", "nobody", reason))
