"""The terminal summary: the verdicts, what was disturbed, and how to see the worst again."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from sealegs.perturbation.coverage import Coverage
from sealegs.perturbation.judging import Judgement, Verdict
from sealegs.statistics.gating import Comparison
from sealegs_plugins.pytest_plugin.gathering import Test

__all__ = ["COLOURS", "summary"]

COLOURS = {
    Verdict.PASS: "green",
    Verdict.FAIL: "red",
    Verdict.ERROR: "red",
    Verdict.VACUOUS: "red",
    Verdict.INCONCLUSIVE: "yellow",
}

_MOST = 3


def summary(
    test: Test, replays: Sequence[tuple[str, Path]], root: Path
) -> Iterator[tuple[str, str]]:
    """Give the lines on one test, each with the name of its colour, or none.

    Args:
        test: the test.
        replays: of what broke the agent: the part, and the file of its plan.
        root: paths are told from here.
    """
    verdicts = test.verdicts
    yield f"{verdicts.verdict}  {test.place}", COLOURS[verdicts.verdict]
    for name, judged in verdicts.parts.items():
        alone = len(verdicts.parts) == 1
        lead = f"  {name}: " if alone else f"  {judged.verdict:<12}  {name}: "
        yield lead + judged.reason, "" if alone else COLOURS[judged.verdict]
        for line in _details(judged):
            yield f"    {line}", ""
    for name, path in replays:
        near = path.relative_to(root) if path.is_relative_to(root) else path
        command = ["pytest", test.place, "--perturb", "--perturb-replay", str(near)]
        yield f"  again, the worst of {name}: {shlex.join(command)}", "cyan"


def _details(judged: Judgement) -> Iterator[str]:
    if judged.comparison is not None:
        yield from _figures(judged.comparison)
    if judged.delivered is not None and judged.comparison is not None:
        touched, whole = judged.delivered, judged.comparison
        if touched.pairs < whole.pairs:
            yield (
                f"where something was delivered: {touched.difference:+.1%}, {touched.pairs} of "
                f"{whole.pairs} pairs (this decides nothing)"
            )
    if judged.lowered:
        yield f"{judged.lowered} trials lost a literal that the clean run needed: labels lowered"
    yield from _table(judged.coverage)
    for one in judged.coverage.uncovered:
        for reason, count in list(one.reasons.items())[:_MOST]:
            yield f"{one.surface}: {count} x {reason}"


def _figures(found: Comparison) -> Iterator[str]:
    table = found.table
    yield (
        f"clean {found.clean_passes[0]:.1%}, disturbed {found.disturbed_passes[0]:.1%}; broke "
        f"{table.only_first:g}, mended {table.only_second:g}; McNemar p {found.mcnemar:.3g}; "
        f"{found.method}"
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
    rows = [
        (
            cell.surface,
            cell.operator,
            *map(str, (cell.eligible, cell.fired, cell.delivered, cell.seen)),
        )
        for cell in coverage.cells
        if not cell.step
    ]
    if not rows:
        return
    head = ("surface", "operator", "eligible", "fired", "delivered", "seen")
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]
    for row in (head, *rows):
        cells = [
            text.ljust(width) if at < 2 else text.rjust(width)
            for at, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()
