"""What the user sees: the table, what it means, and the same as JSON."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sealegs.jsons import Json
from sealegs_plugins.commands.demo.runner import Ending, Result

__all__ = ["REAL", "SCRIPTED", "as_json", "cost", "show"]

SCRIPTED: Final = (
    "The models are scripted and their servers run on this machine: this shows what each client"
    " sends, not what a provider accepts."
)
REAL: Final = (
    "This was a real model: how the task ends depends on the model, and one run of each kind"
    " decides nothing."
)

_TITLE: Final = "A task that needs the model's own earlier reasoning"
_CAPTION: Final = (
    "Turns: what the model was asked for. Reasoning kept: of the earlier turns in the last request,"
    " those that the server found with their exact reasoning. Tokens: read and written, estimated."
)
_COLOURS: Final[dict[Ending, str]] = {
    "right": "green", "wrong": "yellow", "refused": "red", "failed": "red"
}  # fmt: skip
_WORDS: Final[dict[Ending, str]] = {
    "right": "right", "wrong": "wrong", "refused": "refused", "failed": "failed"
}  # fmt: skip
_LONGEST: Final = 240
_LONG_ID: Final = re.compile(r"\b([a-z]+_[0-9a-f]{4})[0-9a-f]{12,}")


def show(console: Console, results: Sequence[Result], statement: str, trace: Path | None) -> None:
    """Print the table, what it proves, what going without costs, and where the trace is."""
    refusals = _refusals(results)
    console.print(_table(results, refusals))
    for number, text in enumerate(refusals, 1):
        console.print(Text(f"[{number}] {text}"), soft_wrap=True)
    console.print(Text(f"\n{statement}"), soft_wrap=True)
    for line in cost(results):
        console.print(Text(line), soft_wrap=True)
    if trace is not None:
        console.print(Text(f"Trace: {trace}"), soft_wrap=True)


def _refusals(results: Sequence[Result]) -> list[str]:
    """Give what providers said to refusals, once each, without the digits of ids."""
    said = (_short(r.outcome.detail) for r in results if r.outcome.ending == "refused")
    return list(dict.fromkeys(said))


def _table(results: Sequence[Result], refusals: Sequence[str]) -> Table:
    table = Table(title=_TITLE, title_justify="left", box=SIMPLE_HEAD, show_edge=False)
    table.caption, table.caption_justify = _CAPTION, "left"
    for name in ("provider and its rule", "client", "sealegs"):
        table.add_column(name)
    for name in ("turns", "reasoning\nkept", "tokens"):
        table.add_column(name, justify="right")
    table.add_column("outcome")
    before = None
    for result in results:
        if before and before.rule != result.rule:
            table.add_section()
        table.add_row(*_row(result, before, refusals))
        before = result
    return table


def _row(result: Result, before: Result | None, refusals: Sequence[str]) -> list[Text]:
    tally = result.tally
    rule = "" if before and before.rule == result.rule else result.rule
    client = "" if before and not rule and before.client == result.client else result.client
    known = f"{tally.kept}/{tally.owed}" if tally.owed else "unknown"
    used = tally.prompt_tokens + tally.completion_tokens
    colour = _COLOURS[result.outcome.ending]
    return [
        Text(rule),
        Text(client),
        Text(result.arm, style="bold" if result.arm == "with" else ""),
        Text(str(tally.turns)),
        Text(known, style="green" if tally.owed and tally.kept == tally.owed else ""),
        Text(f"{used:,}"),
        Text(_outcome(result, refusals), style=colour),
    ]


def _outcome(result: Result, refusals: Sequence[str]) -> str:
    outcome = result.outcome
    if outcome.ending == "refused":
        words = f"HTTP {outcome.status} [{refusals.index(_short(outcome.detail)) + 1}]"
    else:
        words = _WORDS[outcome.ending] + (f", {outcome.detail}" if outcome.detail else "")
    if _kept_alone(result):
        words += ", kept by the framework"
    also = "; ".join(filter(None, (result.note, result.fault)))
    return f"{words} ({also})" if also else words


def _short(text: str) -> str:
    """Shorten ids and what is longer than a reader needs to know a message again."""
    brief = _LONG_ID.sub(r"\1…", text)
    return brief if len(brief) <= _LONGEST else f"{brief[:_LONGEST]}…"


def _kept_alone(result: Result) -> bool:
    kept = 0 < result.tally.owed == result.tally.kept
    return result.arm == "without" and kept and result.outcome.ending == "right"


def cost(results: Sequence[Result]) -> list[str]:
    """Say in words what going without costs, and what the runs with sealegs gave."""
    arms = {arm: [r for r in results if r.arm == arm] for arm in ("without", "with")}
    without, kept = arms["without"], arms["with"]
    alone = sum(map(_kept_alone, without))
    lines = [
        f"Without sealegs: {_count(without, 'right')} of {len(without)} runs went right"
        + (f" ({alone} because the framework keeps the reasoning itself)" if alone else "")
        + f"; {_count(without, 'refused')} were refused, {_count(without, 'wrong')} gave a wrong"
        f" answer, {_count(without, 'failed')} failed."
    ]
    wrong = {(r.rule, r.client): r for r in without if r.outcome.ending == "wrong"}
    right = {(r.rule, r.client): r for r in kept if r.outcome.ending == "right"}
    both = wrong.keys() & right.keys()
    if both:
        spent, enough = (_used([side[key] for key in both]) for side in (wrong, right))
        lines.append(
            f"The wrong answers took {spent:,} tokens where the right ones took {enough:,}."
        )
    arrived, owed = (sum(getattr(r.tally, name) for r in kept) for name in ("kept", "owed"))
    exact = (
        f"; {arrived} of {owed} earlier turns arrived with their exact reasoning" if owed else ""
    )
    lines.append(f"With sealegs: {_count(kept, 'right')} of {len(kept)} runs went right{exact}.")
    return lines


def _count(results: Sequence[Result], ending: Ending) -> int:
    return sum(result.outcome.ending == ending for result in results)


def _used(results: Sequence[Result]) -> int:
    return sum(r.tally.prompt_tokens + r.tally.completion_tokens for r in results)


def as_json(results: Sequence[Result], statement: str, trace: Path | None) -> Json:
    """Give the results for machines."""
    return {
        "statement": statement,
        "results": [_fields(result) for result in results],
        "summary": cost(results),
        "trace": str(trace) if trace else None,
    }


def _fields(result: Result) -> Json:
    outcome, tally = result.outcome, result.tally
    return {
        "rule": result.rule,
        "client": result.client,
        "sealegs": result.arm == "with",
        "outcome": outcome.ending,
        "http_status": outcome.status or None,
        "detail": outcome.detail,
        "note": result.note,
        "fault": result.fault,
        "kept_by_framework": _kept_alone(result),
        "turns": tally.turns,
        "reasoning_kept": tally.kept if tally.owed else None,
        "reasoning_owed": tally.owed or None,
        "reasoning_kept_all_requests": tally.kept_in_all if tally.owed else None,
        "reasoning_owed_all_requests": tally.owed_in_all or None,
        "prompt_tokens": tally.prompt_tokens,
        "completion_tokens": tally.completion_tokens,
        "seconds": round(outcome.seconds, 3),
    }
