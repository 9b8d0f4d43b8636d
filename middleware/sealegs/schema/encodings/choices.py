"""Unions: which branch a value took is asked of validators, where its type does not tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from sealegs.jsons import Json, is_object
from sealegs.schema.codec import UNCHANGED, Step, Walk
from sealegs.schema.rewrites.kinds import fits, kind_of

__all__ = ["UNEVALUATED", "Choice", "Choices", "Test", "validating"]

UNEVALUATED = frozenset({"unevaluatedProperties", "unevaluatedItems"})
"""Keywords that, apart from what they rest on, would refuse everything."""

Test: TypeAlias = Callable[[Json], bool]


@dataclass(frozen=True, slots=True)
class Choice:
    """One branch.

    Attributes:
        step: what maps its values.
        before: the types that the original branch may accept.
        after: the types that the lowered branch may accept.
        original: the original branch as a whole schema, with its definitions.
        lowered: makes the same of the lowered one; its definitions are known only later.
        tag: the name of the property that it is wrapped in; empty where nothing else looks alike.
    """

    step: Step
    before: frozenset[str]
    after: frozenset[str]
    original: Callable[[], Json]
    lowered: Callable[[], Json]
    tag: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """Maps a value as the branch does that it fits."""

    choices: Sequence[Choice]
    _tests: dict[tuple[int, bool], Test] = field(default_factory=dict["tuple[int, bool]", Test])

    def encoding(self, value: Json, /) -> Walk:
        """Map to the lowered schema."""
        number = self._taken(value, back=False)
        if number is None:
            return value
        choice = self.choices[number]
        mapped = value
        if choice.step is not UNCHANGED:
            mapped = yield from choice.step.encoding(value)
        return {choice.tag: mapped} if choice.tag else mapped

    def decoding(self, value: Json, /) -> Walk:
        """Map back."""
        if is_object(value) and len(value) == 1:
            for choice in self.choices:
                if choice.tag and choice.tag in value:
                    inner = value[choice.tag]
                    if choice.step is UNCHANGED:
                        return inner
                    return (yield choice.tag, choice.step, inner)
        number = self._taken(value, back=True)
        if number is None or self.choices[number].step is UNCHANGED:
            return value
        return (yield from self.choices[number].step.decoding(value))

    def _taken(self, value: Json, *, back: bool) -> int | None:
        """Find the branch of a value; the first of its type, where no branch takes it."""
        kind = kind_of(value)
        likely = [
            number
            for number, choice in enumerate(self.choices)
            if fits(kind, choice.after if back else choice.before) and not (back and choice.tag)
        ]
        if len(likely) > 1:
            for number in likely:
                if self._test(number, back=back)(value):
                    return number
        return likely[0] if likely else None

    def _test(self, number: int, *, back: bool) -> Test:
        test = self._tests.get((number, back))
        if test is None:
            choice = self.choices[number]
            test = validating(choice.lowered() if back else choice.original())
            self._tests[number, back] = test
        return test


def validating(schema: Json) -> Test:
    """Compile a schema; one that cannot be compiled accepts everything."""
    from jsonschema_rs import Draft202012Validator

    try:
        return Draft202012Validator(schema).is_valid
    except (ValueError, RecursionError):
        return lambda value: True
