"""Baselines: what a clean run's tools were called with, written down once.

Operators on the user's text keep these literals: a date or a name that the clean run needed must
not be destroyed by noise that claims to be harmless. A baseline is a file of its own, made by one
clean run and kept beside the tests, so that a plan never depends on another test's run.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sealegs.errors import ProfileError
from sealegs.jsons import Json, is_array, is_object, parse
from sealegs.perturbation.drawing import digest
from sealegs.perturbation.literals import NOTHING, Literals

if TYPE_CHECKING:
    from sealegs.perturbation.trials.receipts import TrialRecord

__all__ = ["Baseline", "leaves"]

_VERSION = 1
_SHORTEST, _LONGEST, _MOST = 2, 500, 10_000


@dataclass(frozen=True, slots=True)
class Baseline:
    """The literals of clean runs.

    Attributes:
        cases: by the case's name, what its tools were called with.
    """

    cases: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    @classmethod
    def of(cls, records: Iterable[TrialRecord]) -> Baseline:
        """Make it of clean trials that passed and were listened to."""
        found: dict[str, set[str]] = {}
        for record in records:
            if record.arm == "clean" and record.outcome == "passed":
                found.setdefault(record.case, set()).update(record.used)
        return cls({case: tuple(sorted(used)) for case, used in sorted(found.items())})

    @property
    def key(self) -> str:
        """Names what it holds."""
        return digest(json.dumps([[case, list(used)] for case, used in self.cases.items()]))

    def literals(self, case: str) -> Literals:
        """Give what a case needs; nothing of a case that was not recorded."""
        used = self.cases.get(case)
        return Literals(used) if used else NOTHING

    def write(self, path: Path) -> None:
        """Write it to a file that only its owner may read."""
        from sealegs.perturbation.trials.plans import write_atomically

        held = {case: list(used) for case, used in self.cases.items()}
        raw = json.dumps({"version": _VERSION, "cases": held}, indent=1, ensure_ascii=False)
        write_atomically(path, raw.encode("utf-8", "surrogatepass") + b"\n")

    @classmethod
    def read(cls, path: Path) -> Baseline:
        """Read it.

        Raises:
            ProfileError: it cannot be read, or is no baseline.
        """
        try:
            value = parse(path.read_bytes())
        except (OSError, ValueError) as error:
            raise ProfileError(str(path), "", f"cannot be read: {error}") from error
        if not is_object(value) or value.get("version") != _VERSION:
            reason = f"is no baseline of version {_VERSION}; make one with --perturb-record"
            raise ProfileError(str(path), "version", reason)
        cases = value.get("cases")
        if not is_object(cases) or not all(map(_texts, cases.values())):
            raise ProfileError(str(path), "cases", "must map each case to a list of texts")
        return cls({case: tuple(used) for case, used in cases.items()})


def _texts(value: Json) -> bool:
    return is_array(value) and all(isinstance(one, str) for one in value)


def leaves(arguments: Json) -> Iterator[str]:
    """Give the texts and numbers in a call's arguments, as a prompt may hold them.

    >>> sorted(leaves({"to": "AMS", "seats": [12, True, None], "note": ""}))
    ['12', 'AMS']
    """
    waiting: list[Json] = [arguments]
    given = 0
    while waiting and given < _MOST:
        value = waiting.pop()
        if is_object(value):
            waiting += value.values()
        elif is_array(value):
            waiting += value
        elif isinstance(value, str | int | float) and not isinstance(value, bool):
            text = str(value).strip()
            if _SHORTEST <= len(text) <= _LONGEST or (text.isdigit() and text):
                given += 1
                yield text
