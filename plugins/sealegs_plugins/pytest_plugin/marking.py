"""The marker: which cases, disturbed by which profile, and what must be shown."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sealegs.errors import ProfileError
from sealegs.jsons import Json, is_object
from sealegs.perturbation.cases import named_cases
from sealegs.perturbation.parting import Split
from sealegs.perturbation.profiles import Profile
from sealegs.perturbation.trial import Arm
from sealegs.statistics.gating import Gate

__all__ = ["Marked", "Spec"]


@dataclass(frozen=True, slots=True)
class Spec:
    """One trial to be: what an item is parametrised with.

    Attributes:
        name: the case's name.
        case: the case.
        repetition: which one of it.
        arm: ``clean`` or ``disturbed``; ``None``: the test runs as any other.
        part: the part of the profile; see `sealegs.perturbation.parting`.
    """

    name: str
    case: Any
    repetition: int = 0
    arm: Arm | None = None
    part: str = ""

    @property
    def id(self) -> str:
        """The name in the test's id."""
        if self.arm is None:
            return self.name
        part = self.part.rpartition("/")[2] if "/" in self.part else ""
        return "-".join(filter(None, (self.name, f"r{self.repetition}", self.arm, part)))


@dataclass(frozen=True, slots=True)
class Marked:
    """What a marker says.

    Attributes:
        profile: a profile, a name, or a file.
        cases: by name.
        reps: how often each case runs in each arm.
        gate: what must be shown.
        split: how the profile is taken apart.
        supplies: what operators need and the profile does not give.
    """

    profile: Profile | str | Path
    cases: Mapping[str, Any]
    reps: int = 1
    gate: Gate = Gate()  # noqa: RUF009 - it is frozen
    split: Split = ""
    supplies: Mapping[str, Json] | None = None

    @classmethod
    def of(cls, mark: pytest.Mark, place: str) -> Marked:
        """Read a marker.

        Raises:
            UsageError: it says something that is not understood; names the test and the argument.
        """
        given: dict[str, Any] = dict(mark.kwargs)
        if mark.args:
            given = {"profile": mark.args[0], **given}
        for name in given:
            if name not in _NAMES:
                near = difflib.get_close_matches(name, _NAMES, 1, 0.5)
                known = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(_NAMES)}"
                raise pytest.UsageError(f"{place}: perturb has no argument {name!r}; {known}")
        if "profile" not in given:
            raise pytest.UsageError(f"{place}: perturb needs a profile, such as 'smoke'")
        for name, fits in _FITS.items():
            if name in given and not fits(given[name]):
                raise pytest.UsageError(
                    f"{place}: perturb({name}={given[name]!r}): {_WANTED[name]}"
                )
        try:
            given["cases"] = named_cases(_listed(given.get("cases")))
            given["gate"] = _gate(given.get("gate", Gate()))
        except (ProfileError, ValueError, TypeError) as error:
            raise pytest.UsageError(f"{place}: perturb: {error}") from error
        return cls(**given)

    def specs(self, parts: Mapping[str, Profile], *, arms: bool) -> Iterator[Spec]:
        """Give the trials, the clean one of each repetition first.

        Args:
            parts: the profile's parts.
            arms: false where nothing is disturbed: then each case is a test as any other.
        """
        for name, case in self.cases.items():
            if not arms:
                yield Spec(name, case)
                continue
            for repetition in range(self.reps):
                yield Spec(name, case, repetition, "clean", next(iter(parts)))
                for part in parts:
                    yield Spec(name, case, repetition, "disturbed", part)


_NAMES = ("profile", "cases", "reps", "gate", "split", "supplies")
_FITS: Mapping[str, Callable[[Any], bool]] = {
    "reps": lambda value: isinstance(value, int) and value >= 1,
    "split": lambda value: value in ("", "surface", "operator"),
    "supplies": lambda value: value is None or isinstance(value, Mapping),
}
_WANTED = {
    "reps": "must be a whole number of at least 1",
    "split": "must be '', 'surface' or 'operator'",
    "supplies": "must map needs to what is given for them",
}


def _listed(cases: Any) -> Any:
    if cases is None:
        return {"case": None}
    if is_object(cases):
        return cases
    several: list[Any] = list(cases)
    return several


def _gate(given: Any) -> Gate:
    if isinstance(given, Gate):
        return given
    if is_object(given):
        return Gate(**given)
    return Gate(margin=float(given))
