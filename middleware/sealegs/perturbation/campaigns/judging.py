"""The verdict on a run: what its trials say, held against the gate, and what they cannot say."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sealegs.perturbation.operators import Surface
from sealegs.perturbation.trials.coverage import Coverage
from sealegs.perturbation.trials.receipts import TrialRecord
from sealegs.statistics.gating import Comparison, Decision, Gate, Pair, compare

__all__ = ["Judgement", "Verdict", "judge", "paired"]


class Verdict(StrEnum):
    """What a run says of an agent. Whatever is no PASS is no pass."""

    PASS = "PASS"
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"
    ERROR = "ERROR"
    VACUOUS = "VACUOUS"


_DECISIONS = {
    Decision.PASS: Verdict.PASS,
    Decision.FAIL: Verdict.FAIL,
    Decision.INCONCLUSIVE: Verdict.INCONCLUSIVE,
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, and all that it stands on.

    Attributes:
        verdict: the verdict.
        reason: in one line, with the way out where there is one.
        comparison: of the arms, all pairs in it: what decides. ``None`` where no pair is whole.
        delivered: the same of the pairs alone in which something was delivered; it decides
            nothing, for to choose them is to choose cases by how they went.
        coverage: what was disturbed.
        trials: how many there were, by outcome.
        lowered: how many disturbed trials lost a literal, so that their label was lowered.
        worst: the disturbed trials that failed where the clean one passed, the plainest first.
    """

    verdict: Verdict
    reason: str
    comparison: Comparison | None
    delivered: Comparison | None
    coverage: Coverage
    trials: dict[str, int]
    lowered: int
    worst: tuple[TrialRecord, ...]


def judge(
    records: Sequence[TrialRecord],
    gate: Gate,
    *,
    required: Collection[Surface] | None = None,
    planned: int | None = None,
    left_out: str = "",
) -> Judgement:
    """Judge a run.

    Args:
        records: its trials, both arms, as planned.
        gate: what must be shown.
        required: surfaces that must have been disturbed; by default all of the profile's.
        planned: how many pairs were to be run; a run that was cut short has fewer, and so no
            verdict but ERROR. By default as many as there are.
        left_out: why pairs were left out, if they were: to choose cases is to choose what comes
            out, so then there are no fewer pairs than planned even where the gate stops early.
    """
    coverage = Coverage.of(records, required)
    pairs = paired(records)
    comparison = compare([pair for pair, _ in pairs], gate) if pairs else None
    touched = [pair for pair, trial in pairs if trial.delivered]
    verdict, reason = _verdict(records, comparison, coverage, (planned, left_out))
    return Judgement(
        verdict,
        reason,
        comparison,
        compare(touched, gate) if touched and not gate.early_stop else None,
        coverage,
        {one: sum(record.outcome == one for record in records) for one in _OUTCOMES},
        sum(any(receipt.lost for receipt in record.receipts) for record in records),
        _worst(pairs),
    )


_OUTCOMES = ("passed", "failed", "error")


def paired(records: Sequence[TrialRecord]) -> list[tuple[Pair, TrialRecord]]:
    """Give the pairs of which both trials have an outcome, each with its disturbed trial."""
    clean = {
        (record.case, record.repetition): record.outcome == "passed"
        for record in records
        if record.arm == "clean" and record.outcome in ("passed", "failed")
    }
    return [
        (
            Pair(
                record.case,
                record.repetition,
                clean[record.case, record.repetition],
                record.outcome == "passed",
            ),
            record,
        )
        for record in records
        if record.arm == "disturbed"
        and record.outcome in ("passed", "failed")
        and (record.case, record.repetition) in clean
    ]


def _verdict(
    records: Sequence[TrialRecord],
    comparison: Comparison | None,
    coverage: Coverage,
    plan: tuple[int | None, str],
) -> tuple[Verdict, str]:
    planned, left_out = plan
    short = "" if planned is None else f"of {planned} pairs were run"
    if left_out:
        short += f": {left_out}"
    broken = [record for record in records if record.outcome not in ("passed", "failed")]
    if broken:
        first = broken[0]
        place = f"{first.case} ({first.arm}, repetition {first.repetition})"
        reason = f"{len(broken)} of {len(records)} trials are none; the first is {place}: "
        return Verdict.ERROR, reason + (first.detail or "it did not end")
    if comparison is None:
        return Verdict.ERROR, f"none {short}" if short else "no case ran in both arms"
    if any(record.dry for record in records):
        return Verdict.VACUOUS, "a dry run: all was decided, and nothing applied"
    early = comparison.gate.early_stop and comparison.decision is not Decision.INCONCLUSIVE
    if planned is not None and comparison.pairs < planned and (left_out or not early):
        return Verdict.ERROR, f"only {comparison.pairs} {short}"
    if coverage.vacuous or not coverage.delivered:
        return Verdict.VACUOUS, _uncovered(coverage)
    return _DECISIONS[comparison.decision], _decided(comparison)


def _uncovered(coverage: Coverage) -> str:
    if not coverage.uncovered:
        return "nothing was disturbed"
    told: list[str] = []
    for one in coverage.uncovered:
        why = next(iter(one.reasons), "no operator of the profile is on it")
        told.append(f"{one.surface} ({why})")
    return "never disturbed: " + ", ".join(told)


def _decided(comparison: Comparison) -> str:
    low, high = comparison.interval.low, comparison.interval.high
    said = (
        f"{comparison.difference:+.1%} [{low:+.1%}, {high:+.1%}] against a margin of "
        f"{-comparison.gate.margin:.1%}, {_pairs(comparison.pairs)}"
    )
    if comparison.decision is not Decision.INCONCLUSIVE:
        return said
    if comparison.needed is None:
        return f"{said}; no number of pairs that could be run would decide this"
    return f"{said}; about {comparison.needed} pairs would decide it"


def _pairs(count: int) -> str:
    return "1 pair" if count == 1 else f"{count} pairs"


def _worst(pairs: Sequence[tuple[Pair, TrialRecord]]) -> tuple[TrialRecord, ...]:
    """Order what broke by how little it took: the fewest injections, the mildest of them."""
    broken = [trial for pair, trial in pairs if pair.clean and not pair.disturbed]
    return tuple(sorted(broken, key=_effort))


def _effort(record: TrialRecord) -> tuple[bool, int, int, str, int]:
    landed = [receipt.injection for receipt in record.receipts if receipt.delivered]
    severity = sum(one.severity for one in landed)
    return not landed, len(landed), severity, record.case, record.repetition
