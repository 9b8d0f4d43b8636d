"""The marker: which cases, disturbed by which profile, and what must be shown."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from sealegs.errors import ProfileError
from sealegs.jsons import Json
from sealegs.perturbation.campaigns.cases import named_cases
from sealegs.perturbation.campaigns.parting import Split
from sealegs.perturbation.profiles import Profile
from sealegs.perturbation.trial import Arm
from sealegs.statistics.gating import Gate

__all__ = ["Marked", "Spec", "refusal"]


@dataclass(frozen=True, slots=True)
class Spec:
    """One trial to be: what an item is parametrised with.

    Attributes:
        name: the case's name.
        case: the case.
        repetition: which one of it.
        arm: ``clean`` or ``disturbed``; ``None``: the test runs as any other.
        part: the part of the profile; see `sealegs.perturbation.campaigns.parting`.
        others: what else the test is parametrised with; the case's name holds it too.
    """

    name: str
    case: Any
    repetition: int = 0
    arm: Arm | None = None
    part: str = ""
    others: str = ""

    def among(self, id: str, others: str) -> Spec:  # noqa: A002 - it is what pytest calls it
        """Name the case by what else the test is parametrised with.

        Args:
            id: the id of all of it, in which pytest may have escaped what is not ASCII.
            others: names the rest, where the id does not.

        >>> Spec("Oslo", None, 0, "clean").among("trio-Oslo-r0-clean-x1", "").name
        'Oslo[trio-x1]'
        """
        for own in (self.id.encode("unicode_escape").decode(), self.id):
            before, found, behind = id.partition(own)
            if found:
                others = "-".join(filter(None, (before.strip("-"), behind.strip("-"))))
                break
        return replace(self, name=f"{self.name}[{others}]", others=others) if others else self

    @property
    def id(self) -> str:
        """The name in the test's id."""
        if self.arm is None:
            return self.name
        split = self.arm == "disturbed" and "/" in self.part
        part = self.part.rpartition("/")[2] if split else ""
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
        supplies: what operators need and the profile does not give; or what gives it for a case.
    """

    profile: Profile | str | Path
    cases: Mapping[str, Any]
    reps: int = 1
    gate: Gate = Gate()  # noqa: RUF009 - it is frozen
    split: Split = ""
    supplies: Mapping[str, Json] | Callable[[Any], Mapping[str, Json]] | None = None

    @classmethod
    def of(cls, mark: pytest.Mark, place: str, folder: Path) -> Marked:
        """Read a marker.

        Args:
            mark: the marker.
            place: the test's id, for errors.
            folder: where the test stands; a profile's file is looked for there first.

        Raises:
            CollectError: it says something that is not understood; names the test and the argument.
        """
        given: dict[str, Any] = dict(mark.kwargs)
        if len(mark.args) > 1:
            raise refusal(place, f"perturb takes one argument without a name, not {len(mark.args)}")
        if mark.args:
            given = {"profile": mark.args[0], **given}
        for name in given:
            if name not in _NAMES:
                near = difflib.get_close_matches(name, _NAMES, 1, 0.5)
                known = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(_NAMES)}"
                raise refusal(place, f"perturb has no argument {name!r}; {known}")
        if "profile" not in given:
            raise refusal(place, "perturb needs a profile, such as 'smoke'")
        for name, fits in _FITS.items():
            if name in given and not fits(given[name]):
                raise refusal(place, f"perturb({name}={given[name]!r}): {_WANTED[name]}")
        try:
            given["cases"] = named_cases(_listed(given.get("cases")))
            given["gate"] = Gate.of(given.get("gate", Gate()))
        except (ProfileError, ValueError, TypeError) as error:
            raise refusal(place, f"perturb: {error}") from error
        given["profile"] = _beside(given["profile"], folder)
        return cls(**given)

    def supplied(self, case: Any) -> Mapping[str, Json]:
        """Give what operators need, for a case."""
        given = self.supplies
        return (given(case) if callable(given) else given) or {}

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
    "profile": lambda value: isinstance(value, Profile | str | Path),
    "reps": lambda value: isinstance(value, int) and value >= 1,
    "split": lambda value: value in ("", "surface", "operator"),
    "supplies": lambda value: value is None or isinstance(value, Mapping) or callable(value),
}
_WANTED = {
    "profile": "must be a profile, the name of one, or a TOML file",
    "reps": "must be a whole number of at least 1",
    "split": "must be '', 'surface' or 'operator'",
    "supplies": "must map needs to what is given for them, or give that for a case",
}


def refusal(place: str, reason: str) -> Exception:
    """Make the error that pytest tells without a traceback."""
    return pytest.Collector.CollectError(f"{place}: {reason}")


def _listed(cases: Any) -> Any:
    return {"case": None} if cases is None else cases


def _beside(profile: Profile | str | Path, folder: Path) -> Profile | str | Path:
    """Find a profile's file beside its test; else it is looked for where pytest was started."""
    if isinstance(profile, Profile) or not str(profile).endswith(".toml"):
        return profile
    near = folder / profile
    return near if near.is_file() else profile
