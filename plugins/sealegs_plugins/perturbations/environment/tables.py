"""Files that hold records: JSON, JSON lines and CSV, read and written in the form they have."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.jsons import Json, is_array, is_object
from sealegs.perturbation.world import World
from sealegs_plugins.perturbations.environment.choosing import text_of

__all__ = ["Table", "table_of"]

_MOST: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Table:
    """Records of one file.

    Attributes:
        form: ``json``, ``lines`` or ``csv``.
        rows: the records.
        text: the whole file.
        key: the member that holds the records, in a JSON object; empty: they are all.
        delimiter: of a CSV file.
    """

    form: str
    rows: Sequence[dict[str, Json]]
    text: str
    key: str = ""
    delimiter: str = ","

    @property
    def fields(self) -> Sequence[str]:
        """The names of all fields, in the order in which they come."""
        return list(dict.fromkeys(name for row in self.rows for name in row))

    def written(self, rows: Sequence[Mapping[str, Json]], wrap: str = "") -> str:
        """Write the file with other records in it, in a further object where that is asked for."""
        if self.form == "csv":
            return self._csv(rows)
        if self.form == "lines":
            return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        value: Json = list(rows)
        if self.key:
            value = {**json.loads(self.text), self.key: value}
        if wrap:
            value = {wrap: value}
        end = "\n" if self.text.endswith("\n") else ""
        return json.dumps(value, ensure_ascii=False, indent=_indent(self.text)) + end

    def _csv(self, rows: Sequence[Mapping[str, Json]]) -> str:
        file = io.StringIO()
        names = list(dict.fromkeys(name for row in rows for name in row))
        ending = "\r\n" if "\r\n" in self.text else "\n"
        writer = csv.DictWriter(file, names, delimiter=self.delimiter, lineterminator=ending)
        writer.writeheader()
        writer.writerows(rows)
        return file.getvalue()


def table_of(world: World, path: str) -> Table | None:
    """Read the records of a file; ``None``: it holds none."""
    if not path.lower().endswith((".json", ".jsonl", ".ndjson", ".csv", ".tsv")):
        return None
    text = text_of(world, path)
    if text is None or len(text) > _MOST:
        return None
    try:
        table = _csv(text, path) if path.lower().endswith(("csv", "tsv")) else _json(text, path)
    except (ValueError, RecursionError, csv.Error):
        return None
    return table if table is not None and table.rows else None


def _json(text: str, path: str) -> Table | None:
    if path.lower().endswith(("jsonl", "ndjson")):
        rows = [json.loads(line) for line in text.splitlines() if line.strip()]
        return Table("lines", rows, text) if all(map(is_object, rows)) else None
    value: Json = json.loads(text)
    if _are_records(value):
        return Table("json", value, text)
    if is_object(value):
        for key, member in value.items():
            if _are_records(member):
                return Table("json", member, text, key)
    return None


def _are_records(value: Json) -> bool:
    return is_array(value) and bool(value) and all(map(is_object, value))


def _csv(text: str, path: str) -> Table | None:
    head = text.splitlines()[0]
    delimiter = "\t" if path.lower().endswith("tsv") else ";" if head.count(";") else ","
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[dict[str, Json]] = [dict(row) for row in reader]
    names = reader.fieldnames or ()
    whole = all(set(row) == set(names) and None not in row.values() for row in rows)
    return Table("csv", rows, text, delimiter=delimiter) if whole and len(names) > 1 else None


def _indent(text: str) -> int | None:
    """Say how far the first line within is indented; ``None``: it is all on one line."""
    lines = text.lstrip().splitlines()
    if len(lines) < 2:
        return None
    return max(1, len(lines[1]) - len(lines[1].lstrip()))
