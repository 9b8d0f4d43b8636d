"""Gathers what all processes' trials say, and judges it, marker by marker."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sealegs.errors import ProfileError
from sealegs.jsons import Json
from sealegs.perturbation.campaigns.judging import Verdict
from sealegs.perturbation.campaigns.parting import Verdicts, judge_parts, worst_of
from sealegs.perturbation.campaigns.stopping import EarlyStop
from sealegs.perturbation.profiles import Profile
from sealegs.perturbation.trial import Arm
from sealegs.perturbation.trials.plans import Plan
from sealegs.perturbation.trials.receipts import TrialRecord
from sealegs.perturbation.trials.records import read_record
from sealegs.statistics.gating import Gate

__all__ = ["Gathered", "Test", "bare"]

_LAST = 1 << 60


@dataclass(slots=True)
class Test:
    """The trials of one marker.

    Attributes:
        place: the test's id, without what it is parametrised with.
        gate: what must be shown.
        parts: the parts of its profile.
        planned: how many pairs each part was to have.
        selected: how many trials pytest was to run; fewer where some were deselected.
        stop: looks whether enough was seen, where all trials run in this process.
        left_out: what is said where pairs were deselected.
    """

    place: str
    gate: Gate
    parts: tuple[Profile, ...]
    planned: int
    selected: int
    stop: EarlyStop | None = None
    left_out: str = ""
    _records: dict[tuple[str, int, str, str], tuple[int, TrialRecord]] = field(
        default_factory=dict[tuple[str, int, str, str], tuple[int, TrialRecord]]
    )
    _judged: Verdicts | None = None

    def add(self, record: TrialRecord, index: int = _LAST) -> None:
        """Add a trial; one that ran again takes the place of the first.

        Args:
            record: the trial.
            index: the place of its pair in the order in which they were planned.
        """
        self._records[_key(record)] = index, record
        self._judged = None
        if self.stop is not None:
            self.stop.add(record)

    def knows(self, record: TrialRecord) -> bool:
        """Say whether the trial is there."""
        return _key(record) in self._records

    @property
    def records(self) -> Sequence[TrialRecord]:
        """The trials so far, in the order in which they were planned, however they came."""
        order = {profile.name: at for at, profile in enumerate(self.parts)}

        def place(one: tuple[int, TrialRecord]) -> tuple[int, str, int, int]:
            index, record = one
            arm = -1 if record.arm == "clean" else order.get(record.profile, len(order))
            return index, record.case, record.repetition, arm

        return [record for _, record in sorted(self._records.values(), key=place)]

    @property
    def whole(self) -> bool:
        """Whether all trials are there that pytest was to run."""
        return len(self._records) >= self.selected

    @property
    def verdicts(self) -> Verdicts:
        """The verdicts so far."""
        if self._judged is None:
            deselected = self.selected < self.planned * (1 + len(self.parts))
            why = (self.left_out or "the others were deselected") if deselected else ""
            self._judged = judge_parts(self.records, self.gate, self.parts, self.planned, why)
        return self._judged

    def plan(self, profile: Profile, seed: int) -> Plan:
        """Give the plan that a part's trials followed."""
        return Plan.of(profile, seed, [one for one in self.records if one.profile == profile.name])

    def head(self) -> dict[str, Json]:
        """Give all but the trials, for another process."""
        gate = self.gate
        return {
            "gate": {
                "margin": gate.margin,
                "alpha": gate.alpha,
                "early_stop": gate.early_stop,
                "seed": gate.seed,
                "draws": gate.draws,
            },
            "parts": [profile.model_dump(mode="json") for profile in self.parts],
            "planned": self.planned,
            "selected": self.selected,
        }


@dataclass(slots=True)
class Gathered:
    """The trials of a whole run, gathered where all reports arrive.

    Attributes:
        tests: by their place.
        unread: what arrived and cannot be read.
    """

    tests: dict[str, Test] = field(default_factory=dict[str, Test])
    unread: list[str] = field(default_factory=list[str])
    _waiting: list[Mapping[str, Json]] = field(default_factory=list[Mapping[str, Json]])

    def meet(self, heads: Mapping[str, Json]) -> None:
        """Take what another process says of its tests; see `Test.head`."""
        for place, head in heads.items():
            if place not in self.tests:
                parts = tuple(Profile.model_validate(one) for one in head["parts"])
                gate = Gate(**head["gate"])
                self.tests[place] = Test(place, gate, parts, head["planned"], head["selected"])

    def take(self, payload: Mapping[str, Json], *, again: bool = True) -> None:
        """Take a trial: its test, index and record, and perhaps heads of tests.

        Args:
            payload: the trial.
            again: whether it takes the place of the same trial, if that is there.
        """
        self.meet(payload.get("heads", {}))
        test = self.tests.get(payload["test"])
        if test is None:
            self._waiting.append(payload)
            return
        try:
            record = read_record(payload["record"], test.place)
        except (ProfileError, KeyError, TypeError, ValueError) as error:
            self.unread.append(f"{test.place}: {error}")
            return
        if again or not test.knows(record):
            test.add(record, payload["index"])

    def settle(self, crashed: Iterable[tuple[str, str]], seed: int) -> None:
        """Take what waited, and trials whose process died.

        Args:
            crashed: their items' ids, and what is known of it.
            seed: the run's.
        """
        waiting, self._waiting = self._waiting, []
        for payload in waiting:
            self.take(payload)
        self.unread += [f"{one['test']}: nobody said what it is" for one in self._waiting]
        for nodeid, detail in crashed:
            test = next((one for one in self.tests.values() if _of(nodeid, one.place)), None)
            if test is not None:
                test.add(_crash(nodeid, test, seed, detail))

    @property
    def verdict(self) -> Verdict:
        """The worst of all tests' verdicts."""
        if self.unread:
            return Verdict.ERROR
        return worst_of(test.verdicts.verdict for test in self.tests.values())


def _key(record: TrialRecord) -> tuple[str, int, str, str]:
    part = "" if record.arm == "clean" else record.profile
    return record.case, record.repetition, record.arm, part


def _of(nodeid: str, place: str) -> bool:
    return nodeid.startswith(f"{place}[")


def _crash(nodeid: str, test: Test, seed: int, detail: str) -> TrialRecord:
    """Make the record of an item of which nothing is known but its id."""
    name = nodeid.removeprefix(f"{test.place}[").removesuffix("]")
    arm: Arm = "disturbed" if "-disturbed" in name else "clean"
    return TrialRecord(
        profile=test.parts[0].name,
        seed=seed,
        case=name,
        repetition=0,
        arm=arm,
        outcome="error",
        detail=f"its process died: {detail}",
    )


def bare(profile: Profile) -> Profile:
    """Give a profile without what it supplies: edits hold all that came of it."""
    uses = tuple(use.model_copy(update={"supplies": {}}) for use in profile.uses)
    return profile.model_copy(update={"uses": uses})
