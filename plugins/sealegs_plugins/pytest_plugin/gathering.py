"""Gathers what all processes' trials say, and judges it, marker by marker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sealegs.errors import ProfileError
from sealegs.jsons import Json
from sealegs.perturbation.judging import Verdict, paired
from sealegs.perturbation.parting import Verdicts, judge_parts, worst_of
from sealegs.perturbation.plans import Plan
from sealegs.perturbation.profiles import Profile
from sealegs.perturbation.receipts import TrialRecord
from sealegs.perturbation.records import read_record, write_record
from sealegs.statistics.gating import Decision, Gate, compare

__all__ = ["Gathered", "Test", "told"]


@dataclass(slots=True)
class Test:
    """The trials of one marker.

    Attributes:
        place: the test's id, without what it is parametrised with.
        gate: what must be shown.
        parts: the parts of its profile.
        planned: how many pairs each part was to have.
        records: the trials so far, by what makes them one.
    """

    place: str
    gate: Gate
    parts: tuple[Profile, ...]
    planned: int
    records: dict[tuple[str, int, str, str], TrialRecord] = field(
        default_factory=dict[tuple[str, int, str, str], TrialRecord]
    )
    _judged: tuple[int, Verdicts] | None = None

    def add(self, record: TrialRecord) -> None:
        """Add a trial; one that ran again takes the place of the first."""
        key = (record.case, record.repetition, record.arm, record.profile)
        self.records[key] = record

    @property
    def verdicts(self) -> Verdicts:
        """The verdicts so far."""
        if self._judged is None or self._judged[0] != len(self.records):
            trials = list(self.records.values())
            found = judge_parts(trials, self.gate, self.parts, self.planned)
            self._judged = len(self.records), found
        return self._judged[1]

    @property
    def decided(self) -> bool:
        """Whether an early stop may skip what is left; never where parts are gated together."""
        if not self.gate.early_stop or len(self.parts) != 1:
            return False
        pairs = [pair for pair, _ in paired(list(self.records.values()))]
        return bool(pairs) and compare(pairs, self.gate).decision is not Decision.INCONCLUSIVE

    def plan(self, profile: Profile, seed: int) -> Plan:
        """Give the plan that a part's trials followed."""
        return Plan.of(
            profile, seed, [r for r in self.records.values() if r.profile == profile.name]
        )


@dataclass(slots=True)
class Gathered:
    """The trials of a whole run, gathered where all reports arrive.

    Attributes:
        tests: by their place.
        unread: what arrived and cannot be read.
    """

    tests: dict[str, Test] = field(default_factory=dict[str, Test])
    unread: list[str] = field(default_factory=list[str])

    def take(self, payload: Mapping[str, Json]) -> None:
        """Take what a report carries; see `told`."""
        place = str(payload.get("test", "?"))
        try:
            record = read_record(payload["record"], place)
            test = self.tests.get(place) or self._test(place, payload)
        except (ProfileError, KeyError, TypeError, ValueError) as error:
            self.unread.append(f"{place}: {error}")
            return
        test.add(record)

    def _test(self, place: str, payload: Mapping[str, Json]) -> Test:
        parts = tuple(Profile.model_validate(one) for one in payload["parts"])
        made = Test(place, Gate(**payload["gate"]), parts, int(payload["planned"]))
        self.tests[place] = made
        return made

    @property
    def verdict(self) -> Verdict:
        """The worst of all tests' verdicts."""
        if self.unread:
            return Verdict.ERROR
        return worst_of(test.verdicts.verdict for test in self.tests.values())


def told(
    place: str, record: TrialRecord, gate: Gate, parts: Mapping[str, Profile], planned: int
) -> dict[str, Json]:
    """Give what a report carries of one trial, as JSON that any process can read."""
    return {
        "test": place,
        "record": write_record(record),
        "gate": {
            "margin": gate.margin,
            "alpha": gate.alpha,
            "early_stop": gate.early_stop,
            "seed": gate.seed,
            "draws": gate.draws,
        },
        "parts": [_bare(profile) for profile in parts.values()],
        "planned": planned,
    }


def _bare(profile: Profile) -> Json:
    """Give a profile without what it supplies: edits hold all that came of it."""
    uses = tuple(use.model_copy(update={"supplies": {}}) for use in profile.uses)
    return profile.model_copy(update={"uses": uses}).model_dump(mode="json")
