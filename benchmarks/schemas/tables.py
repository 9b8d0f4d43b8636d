"""Plain tables, and what stands in them."""

from __future__ import annotations

from typing import Any

__all__ = ["plain", "share"]


def plain(heads: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    """Align columns: the first to the left, the others to the right."""
    cells = [list(heads), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(line[n]) for line in cells) for n in range(len(heads))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if n else cell.ljust(width)
            for n, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    )


def share(part: int, whole: int) -> str:
    """Give a share in percent, or a dash where there is nothing to share."""
    return f"{100 * part / whole:.1f}" if whole else "–"
