"""Early stopping: after whole cases alone, in the order in which they were planned.

A confidence sequence may be looked at after each observation, and an observation is a case with all
its repetitions, in all arms. In which order trials happen to finish must not matter, so a case
counts when all before it are there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sealegs.perturbation.campaigns.parting import shared_gate
from sealegs.perturbation.trials.receipts import TrialRecord
from sealegs.statistics.gating import Decision, Gate, decide
from sealegs.statistics.paired import PairedTable
from sealegs.statistics.sequences import PairedSequence

__all__ = ["EarlyStop"]


class EarlyStop:
    """Says when enough was seen. Looks at each trial once.

    Args:
        order: the pairs as planned: a case's name, and the repetition.
        gate: decides; without ``early_stop`` it never stops anything.
        parts: the names of the profile's parts; all of them must be decided.
    """

    def __init__(self, order: Iterable[tuple[str, int]], gate: Gate, parts: Sequence[str]) -> None:
        self._repetitions: dict[str, list[int]] = {}
        for case, repetition in order:
            self._repetitions.setdefault(case, []).append(repetition)
        self._cases = list(self._repetitions)
        self._parts, self._gate = list(parts), gate
        alpha = shared_gate(gate, len(self._parts)).alpha
        self._sequences = {part: PairedSequence(alpha) for part in self._parts}
        self._ended: dict[str, dict[tuple[str, int], bool | None]] = {}
        self._seen = 0
        self.decided = False

    @property
    def cases(self) -> Sequence[str]:
        """The cases that were looked at, in order."""
        return self._cases[: self._seen]

    def add(self, record: TrialRecord) -> None:
        """Take a trial that has ended, and look, if a case is whole by it."""
        part = "" if record.arm == "clean" else record.profile
        passed = {"passed": True, "failed": False}.get(record.outcome)
        self._ended.setdefault(record.case, {})[part, record.repetition] = passed
        while self._gate.early_stop and not self.decided and self._is_whole():
            self._look()

    def _is_whole(self) -> bool:
        if self._seen == len(self._cases):
            return False
        case = self._cases[self._seen]
        wanted = (1 + len(self._parts)) * len(self._repetitions[case])
        return len(self._ended.get(case, ())) == wanted

    def _look(self) -> None:
        case = self._cases[self._seen]
        ended, repetitions = self._ended.pop(case), self._repetitions[case]
        for part, sequence in self._sequences.items():
            pairs = [
                (clean, disturbed)
                for clean, disturbed in ((ended["", r], ended[part, r]) for r in repetitions)
                if clean is not None and disturbed is not None
            ]
            if pairs:
                sequence.observe(PairedTable.of(pairs).difference)
        self._seen += 1
        margin = self._gate.margin
        self.decided = all(
            decide(sequence.interval, margin) is not Decision.INCONCLUSIVE
            for sequence in self._sequences.values()
        )
