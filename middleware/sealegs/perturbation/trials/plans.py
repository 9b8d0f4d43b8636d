"""Plans: what a run did, written down so that it can be done again, exactly and anywhere."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from sealegs.errors import ProfileError
from sealegs.jsons import Json, canonical, is_object, parse
from sealegs.perturbation.drawing import digest
from sealegs.perturbation.kinds import read_injection, read_part, write_injection
from sealegs.perturbation.profiles import Profile, parse_profile
from sealegs.perturbation.trial import Injection
from sealegs.perturbation.trials.receipts import TrialRecord

__all__ = ["Plan", "PlannedTrial", "write_atomically"]

_VERSION = 1


@dataclass(frozen=True, slots=True)
class PlannedTrial:
    """What is disturbed in one trial; nothing else is.

    Attributes:
        case: the case's name.
        repetition: which one of the case.
        injections: in order of their ids.
    """

    case: str
    repetition: int
    injections: tuple[Injection, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """The realised plan of a run.

    Attributes:
        profile: the profile, without what it supplies: edits hold all that came of it.
        seed: of the run.
        trials: the disturbed trials, in order of case and repetition.
        literals: names the recorded baseline's literals; empty: there was none.
    """

    profile: Profile
    seed: int
    trials: tuple[PlannedTrial, ...] = ()
    literals: str = ""
    _index: Mapping[tuple[str, int], PlannedTrial] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        found = {(trial.case, trial.repetition): trial for trial in self.trials}
        object.__setattr__(self, "_index", found)

    @classmethod
    def of(cls, profile: Profile, seed: int, records: Iterable[TrialRecord]) -> Plan:
        """Make the plan that disturbed trials followed."""
        disturbed = [record for record in records if record.arm == "disturbed"]
        trials = [
            PlannedTrial(
                record.case,
                record.repetition,
                tuple(receipt.injection for receipt in record.receipts),
            )
            for record in disturbed
        ]
        trials.sort(key=lambda trial: (trial.case, trial.repetition))
        literals = next((record.literals for record in disturbed if record.literals), "")
        return cls(_bare(profile), seed, tuple(trials), literals)

    @property
    def key(self) -> str:
        """Names what the plan follows from: equal keys, equal plans."""
        profile = self.profile.model_dump(mode="json")
        cases = list(dict.fromkeys(trial.case for trial in self.trials))
        return digest(canonical([profile, self.seed, cases, self.literals]))

    def trial(self, case: str, repetition: int) -> PlannedTrial | None:
        """Give what is disturbed in a trial; ``None``: the plan does not know it."""
        return self._index.get((case, repetition))

    def only(self, trials: Collection[tuple[str, int]]) -> Plan:
        """Give the plan of some trials, by case and repetition."""
        kept = [one for one in self.trials if (one.case, one.repetition) in trials]
        return replace(self, trials=tuple(kept))

    def to_json(self) -> Json:
        """Give the plan as JSON."""
        return {
            "version": _VERSION,
            "key": self.key,
            "profile": self.profile.model_dump(mode="json"),
            "seed": self.seed,
            "literals": self.literals,
            "cases": list(dict.fromkeys(trial.case for trial in self.trials)),
            "trials": [
                {
                    "case": trial.case,
                    "repetition": trial.repetition,
                    "injections": [write_injection(one) for one in trial.injections],
                }
                for trial in self.trials
            ],
        }

    @classmethod
    def from_json(cls, value: Json, source: str) -> Plan:
        """Read a plan.

        Raises:
            ProfileError: it is none, or of another version; names the place.
        """
        version = value.get("version") if is_object(value) else None
        if version != _VERSION:
            raise ProfileError(source, "version", f"is {version!r}; this is version {_VERSION}")
        shape = read_part(value, _File, source, "plan")
        trials = tuple(
            _read_trial(one, source, f"trials[{at}]") for at, one in enumerate(shape.trials)
        )
        return cls(
            parse_profile(shape.profile, source, "profile"), shape.seed, trials, shape.literals
        )

    def write(self, path: Path) -> None:
        """Write the plan to a file, whole or not at all, that only its owner may read."""
        write_atomically(path, json.dumps(self.to_json(), indent=1).encode() + b"\n")

    @classmethod
    def read(cls, path: Path) -> Plan:
        """Read a plan from a file.

        Raises:
            ProfileError: it cannot be read, or is none.
        """
        try:
            value = parse(path.read_bytes())
        except (OSError, ValueError, RecursionError) as error:
            raise ProfileError(str(path), "", f"cannot be read: {error}") from error
        return cls.from_json(value, str(path))


@dataclass(frozen=True, slots=True)
class _File:
    """A plan as a file holds it."""

    version: int
    profile: dict[str, Json]
    seed: int
    trials: list[Json]
    key: str = ""
    literals: str = ""
    cases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Trial:
    case: str
    repetition: int
    injections: list[Json]


def _read_trial(value: Json, source: str, place: str) -> PlannedTrial:
    shape = read_part(value, _Trial, source, place)
    injections = [
        read_injection(one, source, f"{place}.injections[{at}]")
        for at, one in enumerate(shape.injections)
    ]
    return PlannedTrial(shape.case, shape.repetition, tuple(injections))


def _bare(profile: Profile) -> Profile:
    uses = tuple(use.model_copy(update={"supplies": {}}) for use in profile.uses)
    return profile.model_copy(update={"uses": uses})


def write_atomically(path: Path, raw: bytes) -> None:
    """Write a file that only its owner may read; it is there whole, or as it was before."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
