"""The terminal summary: the verdicts, what was disturbed, and how to see the worst again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from sealegs.perturbation.campaigns.judging import Judgement, Verdict
from sealegs.perturbation.campaigns.parting import Verdicts
from sealegs.perturbation.trials.coverage import Cell, Coverage
from sealegs.perturbation.trials.receipts import TrialRecord
from sealegs.statistics.gating import Comparison, Method
from sealegs_plugins.pytest_plugin.gathering import Test

__all__ = ["COLOURS", "Line", "replayed", "summary"]

Line: TypeAlias = tuple[str, str]
"""A line, and the name of its colour, or none."""

COLOURS = {
    Verdict.PASS: "green",
    Verdict.FAIL: "red",
    Verdict.ERROR: "red",
    Verdict.VACUOUS: "red",
    Verdict.INCONCLUSIVE: "yellow",
}

_WORST_FIRST = tuple(
    map(Verdict, ("FAIL", "ERROR", "VACUOUS", "INCONCLUSIVE", "PASS")),
)

_METHODS = {
    Method.NEWCOMBE: "Newcombe's interval",
    Method.BOOTSTRAP: "bootstrap by case",
    Method.SEQUENCE: "confidence sequence",
}

_ROWS, _MOST, _LONGEST = 12, 3, 200


def summary(test: Test, commands: Mapping[str, str]) -> Iterator[Line]:
    """Give the lines on one test.

    Args:
        test: the test.
        commands: what runs the worst failure of a part again.
    """
    verdicts = test.verdicts
    yield f"{verdicts.verdict}  {test.place}", COLOURS[verdicts.verdict]
    if len(verdicts.parts) == 1:
        ((name, judged),) = verdicts.parts.items()
        yield f"  {name}: {_short(judged.reason)}", ""
        for line in _details(judged):
            yield f"    {line}", ""
    else:
        yield from _parts(verdicts)
    told = [(name, command) for name, command in commands.items() if name in _named(verdicts)]
    for name, command in told[:_MOST]:
        of = f" of {_bare(name)}" if len(verdicts.parts) > 1 else ""
        yield f"  the plainest failure{of} again: {command}", "cyan"
    if len(told) > _MOST:
        yield f"  {len(told) - _MOST} more of these commands are in the report", ""


def replayed(records: Sequence[TrialRecord]) -> Iterator[Line]:
    """Give the lines on trials that were run again."""
    if not records:
        yield "the plan has no trial among the tests that were collected", "red"
    for record in records:
        missing = [one for one in record.receipts if not one.delivered]
        landed = len(record.receipts) - len(missing)
        place = f"{record.case}, repetition {record.repetition}"
        told = f"{place}: {record.outcome}; {landed} of {len(record.receipts)} delivered"
        yield told, "yellow" if missing else ""
        for one in missing[:_ROWS]:
            yield f"  {one.injection.operator}: {one.reason}", "yellow"
        if len(missing) > _ROWS:
            yield f"  and {len(missing) - _ROWS} more", "yellow"


# ------------------------------------------------------------------ a profile that is split


def _named(verdicts: Verdicts) -> Sequence[str]:
    """Name the parts, the worst first."""

    def place(name: str) -> tuple[bool, int, float]:
        judged = verdicts.parts[name]
        difference = judged.comparison.difference if judged.comparison else 0.0
        return not verdicts.counts(name), _WORST_FIRST.index(judged.verdict), difference

    return sorted(verdicts.parts, key=place)


def _parts(verdicts: Verdicts) -> Iterator[Line]:
    names = _named(verdicts)
    alpha = next(
        (one.comparison.gate.alpha for one in verdicts.parts.values() if one.comparison), 0
    )
    yield f"  {names[0].rpartition('/')[0]} in {len(names)} parts, each at alpha {alpha:.3g}", ""
    shown, rest = _capped(names)
    head = ("part", "verdict", "difference", "interval", "pairs", "needed", "disturbed")
    lines = _columns(head, [_row(name, verdicts) for name in shown], left=2)
    yield f"    {lines[0]}", ""
    for name, line in zip(shown, lines[1:], strict=True):
        verdict = verdicts.parts[name].verdict
        yield f"    {line}", COLOURS[verdict] if verdicts.counts(name) else ""
    if rest:
        kinds = [verdicts.parts[name].verdict for name in rest]
        told = ", ".join(f"{kinds.count(one)} {one}" for one in dict.fromkeys(kinds))
        yield f"    and {len(rest)} more parts: {told}", ""
    doubtful = [name for name in shown if _is_told(verdicts, name)]
    for name in doubtful[:_MOST]:
        yield f"  {_bare(name)}: {_short(verdicts.parts[name].reason)}", ""
    if len(doubtful) > _MOST:
        yield f"  the reasons of {len(doubtful) - _MOST} more are in the report", ""


def _bare(name: str) -> str:
    return name.rpartition("/")[2]


def _capped(names: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Take as many rows as are shown; a single one more is no reason to say that it is left out."""
    count = len(names) if len(names) <= _ROWS + 1 else _ROWS
    return names[:count], names[count:]


def _is_told(verdicts: Verdicts, name: str) -> bool:
    """Whether a part's reason says more than its row."""
    told = (Verdict.ERROR, Verdict.VACUOUS)
    return verdicts.parts[name].verdict in told and verdicts.counts(name)


def _row(name: str, verdicts: Verdicts) -> Sequence[str]:
    judged = verdicts.parts[name]
    verdict = str(judged.verdict) if verdicts.counts(name) else f"({judged.verdict})"
    coverage, found = judged.coverage, judged.comparison
    touched = f"{coverage.delivered} of {coverage.trials}"
    if found is None:
        return _bare(name), verdict, "", "", "0", "", touched
    interval = f"[{found.interval.low:+.1%}, {found.interval.high:+.1%}]"
    needed = "" if found.needed is None else str(found.needed)
    figures = f"{found.difference:+.1%}", interval, str(found.pairs), needed
    return _bare(name), verdict, *figures, touched


# ------------------------------------------------------------------ one that is not


def _details(judged: Judgement) -> Iterator[str]:
    whole, touched = judged.comparison, judged.delivered
    if whole is not None:
        yield from _figures(whole)
    if whole is not None and touched is not None and touched.pairs < whole.pairs:
        yield (
            f"where something was delivered: {touched.difference:+.1%}, {touched.pairs} of "
            f"{whole.pairs} pairs (this decides nothing)"
        )
    if judged.lowered:
        yield f"{judged.lowered} trials lost a literal that the clean run needed: labels lowered"
    yield from _table(judged.coverage)
    for one in judged.coverage.uncovered:
        reasons = list(one.reasons.items())[1:]  # the first is in the verdict's own line
        for reason, count in reasons[:_MOST]:
            yield f"{one.surface}: {count} x {_short(reason)}"
        if len(reasons) > _MOST:
            yield f"{one.surface}: {len(reasons) - _MOST} more reasons"
    for surface in judged.coverage.unseen:
        yield f"{surface}: delivered and never seen: no request to a model came after it with it"


def _figures(found: Comparison) -> Iterator[str]:
    table = found.table
    yield (
        f"clean {found.clean_passes[0]:.1%}, disturbed {found.disturbed_passes[0]:.1%}; broke "
        f"{table.only_first:g}, mended {table.only_second:g}; McNemar p {found.mcnemar:.3g}; "
        f"{_METHODS[found.method]}"
    )
    if len(found.clean_passes) > 1:
        k = len(found.clean_passes)
        yield (
            f"pass^{k}: clean {found.clean_passes[-1]:.1%}, disturbed "
            f"{found.disturbed_passes[-1]:.1%}"
        )
    if found.floor is not None:
        floor = found.floor
        yield (
            f"by chance alone two clean runs differ in {floor.discordance:.1%} of pairs, and by "
            f"{floor.difference.low:+.1%} to {floor.difference.high:+.1%} in all"
        )


def _table(coverage: Coverage) -> Iterator[str]:
    cells = [cell for cell in coverage.cells if not cell.step]
    if not cells:
        return
    shown = frozenset(sorted(cells, key=_interest)[: _ROWS if len(cells) > _ROWS + 1 else None])
    rows = [
        (cell.surface, cell.operator, *map(str, _counts(cell))) for cell in cells if cell in shown
    ]
    head = ("surface", "operator", "eligible", "fired", "delivered", "seen")
    yield from _columns(head, rows, left=2)
    rest = [cell for cell in cells if cell not in shown]
    if rest:
        delivered = sum(cell.delivered for cell in rest)
        yield f"and {len(rest)} more operators, {delivered} delivered"


def _interest(cell: Cell) -> tuple[bool, int]:
    """Order operators: first those of which nothing arrived."""
    return cell.delivered > 0, -cell.delivered


def _counts(cell: Cell) -> tuple[int, int, int, int]:
    return cell.eligible, cell.fired, cell.delivered, cell.seen


# ------------------------------------------------------------------ lines


def _columns(head: Sequence[str], rows: Iterable[Sequence[str]], *, left: int) -> Sequence[str]:
    """Lay out a table; so many columns stand left, and the others right."""
    whole = [head, *rows]
    widths = [max(len(row[at]) for row in whole) for at in range(len(head))]
    return [
        "  ".join(
            text.ljust(width) if at < left else text.rjust(width)
            for at, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in whole
    ]


def _short(text: str) -> str:
    """Keep what an agent says of its failure to one line."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
