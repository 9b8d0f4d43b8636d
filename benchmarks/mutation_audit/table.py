"""The audit's result as a Markdown table, between markers in a README."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from judge import EXPECTED_TURNS
from script import TOOL_ID

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["markdown", "place"]

BEGIN, END = "<!-- mutation-audit:begin -->", "<!-- mutation-audit:end -->"
_FORMS = ("reasoning_content", "reasoning", "reasoning_details", "think_tags")
_TITLES = ("`reasoning_content`", "`reasoning`", "`reasoning_details`", "think tags")


def markdown(report: dict[str, Any]) -> str:
    """Return the table: per framework and form, turns kept of turns expected, without → with."""
    head = ["framework", "release", *_TITLES, "what else it changes", "sealegs goes in by"]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for framework in report["frameworks"]:
        row = [framework["title"], framework["version"]]
        row += [_form(framework["arms"], form) for form in _FORMS]
        row += [_else(framework["arms"]), framework["hook"]]
        lines.append("| " + " | ".join(row) + " |")
    return "\n".join(lines)


def place(readme: Path, table: str) -> None:
    """Put the table between the markers of a file.

    Raises:
        SystemExit: The file has no markers.
    """
    text = readme.read_text()
    if BEGIN not in text or END not in text:
        raise SystemExit(f"{readme} has no {BEGIN} … {END}")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    readme.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}")


def _form(arms: dict[str, Any], form: str) -> str:
    """Return `whole / streamed` of both arms, as `0/3 → 3/3`; once where all agree."""
    modes = [_mode(arms, f"{form}-{mode}") for mode in ("whole", "stream")]
    offered = [mode for mode in modes if mode]
    if len(set(offered)) == 1:
        return offered[0]
    return "; ".join(
        f"{mode} {name}" for mode, name in zip(modes, ("whole", "streamed"), strict=True) if mode
    )


def _mode(arms: dict[str, Any], cell: str) -> str:
    shown = [_count(arm[cell]) for arm in arms.values() if arm[cell]["offered"]]
    if len(shown) > 1:
        shown[-1] = f"**{shown[-1]}**"
    return " → ".join(shown)


def _count(cell: dict[str, Any]) -> str:
    count = f"{cell['last'].count('kept')}/{EXPECTED_TURNS}"
    for state in ("altered", "text"):
        if number := cell["last"].count(state):
            count += f" ({number} {'as text only' if state == 'text' else state})"
    if wrong := sum(turns.count("wrong") for turns in cell["requests"]):
        count += f" ({wrong} WRONG)"
    return count + (" (fails)" if cell["error"] else "")


def _else(arms: dict[str, Any]) -> str:
    """Return what the framework did to ids and tool results, without sealegs."""
    cells = [cell for cell in arms.get("without", {}).values() if cell["offered"]]
    found = []
    bodies = [cell["bodies"][3]["messages"] for cell in cells if len(cell["bodies"]) > 3]
    calls = [call for messages in bodies for m in messages for call in m.get("tool_calls") or ()]
    if any(call["id"] != TOOL_ID for call in calls):
        found.append("rewrites tool ids")
    if bodies and not calls:
        found.append("tool calls become text")
    if any(cell["results"] < 2 for cell in cells if len(cell["bodies"]) > 3):
        found.append("loses a tool result")
    if any(call["function"]["arguments"] != '{"city":"Par\\u00eds"}' for call in calls):
        found.append("rewrites arguments")
    if any(_silent(m) for messages in bodies for m in messages):
        found.append("drops text beside a call")
    return ", ".join(found) or "—"


def _silent(message: dict[str, Any]) -> bool:
    return bool(message.get("tool_calls")) and not message.get("content")
