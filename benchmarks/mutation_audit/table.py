"""The audit's result as a Markdown table, between markers in a README."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from judge import ALTERED, EXPECTED_TURNS, KEPT, MOVED, TEXT, WRONG
from script import ARGUMENTS, TOOL_ID

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["markdown", "place"]

BEGIN, END = "<!-- mutation-audit:begin -->", "<!-- mutation-audit:end -->"
_FORMS = {
    "reasoning_content": "`reasoning_content`",
    "reasoning": "`reasoning`",
    "reasoning_details": "`reasoning_details`",
    "think_tags": "think tags",
}
_LEGEND = """\
How many of three earlier assistant turns carry their own exact reasoning in the fourth request of a
conversation (two user turns, one tool call each), without sealegs → **with** it; where whole and
streamed replies differ, both are given. {totals}
Each framework runs unmodified, in an environment of its own, against a scripted model on loopback:
`python benchmarks/mutation_audit/run.py --readme README.md` makes this table."""


def markdown(report: dict[str, Any]) -> str:
    """Return the table and what it says in sum."""
    head = ["framework", "release", *_FORMS.values(), "what else it changes", "sealegs goes in by"]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for framework in report["frameworks"]:
        row = [framework["title"], framework["version"]]
        row += [_form(framework["arms"], form) for form in _FORMS]
        row += [_other(framework["arms"]), framework["hook"]]
        lines.append("| " + " | ".join(row) + " |")
    return "\n".join([_LEGEND.format(totals=_totals(report)), "", *lines])


def place(readme: Path, table: str) -> None:
    """Put the table between the markers of a file.

    Raises:
        SystemExit: The file has no markers.
    """
    text = readme.read_text("utf-8")
    if BEGIN not in text or END not in text:
        raise SystemExit(f"{readme} has no {BEGIN} … {END}")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    readme.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", "utf-8")


def _totals(report: dict[str, Any]) -> str:
    parts = []
    for arm in ("without", "with"):
        last = [cell["last"] for cell in _cells(report, arm)]
        wrong = sum(_wrong(cell) for cell in _cells(report, arm))
        if last:
            turns = sum(map(len, last))
            kept = sum(states.count(KEPT) for states in last)
            parts.append(f"{arm} sealegs {kept} of {turns} turns, {wrong} with another's reasoning")
    return f"In all: {'; '.join(parts)}."


def _cells(report: dict[str, Any], arm: str) -> Iterator[dict[str, Any]]:
    for framework in report["frameworks"]:
        for cell in framework["arms"].get(arm, {}).values():
            if cell["offered"]:
                yield cell


def _form(arms: dict[str, Any], form: str) -> str:
    """Return both arms of a form, as `0/3 → 3/3`; whole and streamed apart where they differ."""
    modes = {
        name: _mode(arms, f"{form}-{mode}")
        for name, mode in (("whole", "whole"), ("streamed", "stream"))
    }
    offered = {name: text for name, text in modes.items() if text}
    if len(set(offered.values())) == 1:
        return next(iter(offered.values()))
    return "; ".join(f"{text} {name}" for name, text in offered.items())


def _mode(arms: dict[str, Any], cell: str) -> str:
    shown = [_count(arm[cell]) for arm in arms.values() if arm[cell]["offered"]]
    if len(shown) > 1:
        shown[-1] = f"**{shown[-1]}**"
    return " → ".join(shown)


def _count(cell: dict[str, Any]) -> str:
    count = f"{cell['last'].count(KEPT)}/{EXPECTED_TURNS}"
    for state, said in ((ALTERED, "altered"), (MOVED, "in another field"), (TEXT, "as bare text")):
        if number := cell["last"].count(state):
            count += f" ({number} {said})"
    if wrong := _wrong(cell):
        count += f" ({wrong} WRONG)"
    return count + (" (fails)" if cell["error"] else "")


def _wrong(cell: dict[str, Any]) -> int:
    return sum(turns.count(WRONG) for turns in cell["requests"])


def _other(arms: dict[str, Any]) -> str:
    """Return what the framework does to the rest of its history, and what sealegs mends of it."""
    bare = list(_faults(arms.get("without", {})))
    mended = set(bare) - set(_faults(arms["with"])) if "with" in arms else set()
    return ", ".join(f"{fault} → **mended**" if fault in mended else fault for fault in bare) or "—"


def _faults(cells: dict[str, Any]) -> Iterator[str]:
    full = [cell for cell in cells.values() if cell["offered"] and len(cell["bodies"]) > 3]
    turns = [message for cell in full for message in cell["bodies"][3]["messages"]]
    callers = [message for message in turns if message.get("tool_calls")]
    calls = [call for message in callers for call in message["tool_calls"]]
    if full and not calls:
        yield "writes tool calls as text"
    if any(call["id"] != TOOL_ID for call in calls):
        yield "renames tool call ids"
    if any(cell["results"] < 2 for cell in full):
        yield "loses a tool result"
    if any(call["function"]["arguments"] != ARGUMENTS for call in calls):
        yield "respells arguments"
    if any(not message.get("content") for message in callers):
        yield "drops text beside a call"
