"""Plain text that lines up, and JSON that every terminal takes."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from sealegs.jsons import Json

__all__ = ["as_json", "counted", "table"]


def table(rows: Sequence[Sequence[str]], indent: str = "") -> list[str]:
    """Line up the columns; the last one is as long as it likes.

    >>> table([("a", "one"), ("bcd", "two")], "  ")
    ['  a    one', '  bcd  two']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines: list[str] = []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        lines.append(indent + "  ".join(cells).rstrip())
    return lines


def counted(number: int, noun: str) -> str:
    """Give a number with its noun.

    >>> counted(1, "tool"), counted(2, "tool")
    ('1 tool', '2 tools')
    """
    return f"{number} {noun}" + ("" if number == 1 else "s")


def as_json(value: Json) -> str:
    """Write JSON for people to read; sets are sorted, what the terminal cannot show is escaped."""
    text = json.dumps(value, indent=2, ensure_ascii=False, default=sorted)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, indent=2, default=sorted)
    return text
