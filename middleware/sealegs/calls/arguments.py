"""The whole way back of one call's arguments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from sealegs.calls.admitting import admitted
from sealegs.calls.complaining import cut_off, doubtful, refused, unreadable
from sealegs.calls.conforming import conform
from sealegs.calls.repairing import read_json
from sealegs.calls.repairs import Parsed, Repair, RepairClass, worst
from sealegs.calls.strictness import same
from sealegs.calls.typing import typed
from sealegs.calls.validating import Problem, Validator
from sealegs.errors import ArgumentError
from sealegs.jsons import Json, dump, is_object
from sealegs.schema.codec import Codec

__all__ = ["Outcome", "Policy", "arrange"]


@dataclass(frozen=True, slots=True)
class Policy:
    """Which repairs a call may run with.

    Attributes:
        run: the classes.
    """

    run: frozenset[RepairClass] = frozenset({"none", "lossless", "unambiguous"})


class Outcome(msgspec.Struct, frozen=True):
    """What became of one call's arguments.

    Attributes:
        arguments: as the tool's own schema promised them; ``None`` where the call must not run.
        text: the JSON text to hand on: the very text that came where nothing changed or nothing
            could be made of it, otherwise compact JSON.
        repairs: what was mended, in order.
        problems: why the schema refuses them.
        worst: the class of the least sure repair.
        ok: whether the call may run.
        complaint: what to tell the model where it may not; empty where it may.
    """

    arguments: Json | None
    text: str
    repairs: tuple[Repair, ...]
    problems: tuple[Problem, ...]
    worst: RepairClass
    ok: bool
    complaint: str


def arrange(
    arguments: str | Mapping[str, str],
    *,
    seen: Json,
    seen_validator: Validator,
    codec: Codec,
    validator: Validator,
    tool: str,
    policy: Policy,
    whole: bool = True,
    recases: bool = False,
) -> Outcome:
    """Make of what a model wrote what the tool's schema promised, or a complaint.

    Args:
        arguments: JSON text, or argument name to bare text for syntaxes that write it so.
        seen: the tool's schema as the model saw it.
        seen_validator: of that schema.
        codec: between the two schemas.
        validator: of the tool's own schema.
        tool: the tool's name as the model knows it.
        policy: which repairs a call may run with.
        whole: false where the reply ended before the call did, whatever the text looks like: a
            format that holds parsed arguments closes what was cut off.
        recases: the provider may have changed the case of enum values and constants.
    """
    way = _Way(seen, seen_validator, codec, validator, tool, policy, recases)
    try:
        read = way.read(arguments, whole)
    except ArgumentError as error:
        return way.unread(arguments, whole, error)
    return way.back(arguments, read)


class _Way(msgspec.Struct, frozen=True):
    """What is known of a call beside what the model wrote."""

    seen: Json
    seen_validator: Validator
    codec: Codec
    validator: Validator
    tool: str
    policy: Policy
    recases: bool

    def read(self, arguments: str | Mapping[str, str], whole: bool) -> Parsed:
        """Read what the model wrote, as far as that goes without the check."""
        if not isinstance(arguments, str):
            read = typed(arguments, self.seen)
            return read if whole else _cut(read)
        if not arguments.strip():
            return self._nothing("lossless") if whole else _cut(Parsed({}))
        read = read_json(arguments, whole=whole)
        if isinstance(read.value, str) and self._takes_objects():
            read = _unwrapped(read, whole)
        if read.value is None or read.value == "":
            return self._nothing("unambiguous")
        return read if whole else _cut(read)

    def unread(
        self, arguments: str | Mapping[str, str], whole: bool, error: ArgumentError
    ) -> Outcome:
        """Give up on what cannot be read."""
        repair = Repair(error.pointer, "guess" if whole else "truncated", "stray text")
        complaint = unreadable(self.tool, error.reason) if whole else cut_off(self.tool)
        return _not_run(arguments, arguments, (repair,), (), complaint)

    def back(self, arguments: str | Mapping[str, str], read: Parsed) -> Outcome:
        """Bring what was read to the shape that the tool's own schema promised."""
        seen = conform(read.value, self.seen_validator, self.seen, recases=self.recases)
        try:
            decoded = self.codec.decode(seen.value)
        except ArgumentError as error:
            return self._no_way_back(arguments, read, seen, error)
        own = Parsed(decoded)
        if not (self.codec.identity and self.validator is self.seen_validator):
            own = conform(decoded, self.validator, self.validator.schema, recases=self.recases)
        repairs = (*read.repairs, *seen.repairs, *own.repairs)
        if self._may_run(repairs) and self._fits(read.value, own.value):
            same_text = isinstance(arguments, str) and not repairs and same(own.value, read.value)
            text = arguments if same_text else dump(own.value).decode()
            return Outcome(own.value, str(text), repairs, (), worst(repairs), True, "")
        if self._may_run((*seen.repairs, *own.repairs)):
            problems, value = self._problems(seen.value, own.value)
        else:  # what may not run is told as the model wrote it
            problems, value = self._problems(read.value, self._as_it_is(read.value))
        complaint = self._complaint(read.repairs, repairs, problems, value)
        return _not_run(arguments, read.value, repairs, problems, complaint)

    # ---------------------------------------------------------------- reading

    def _takes_objects(self) -> bool:
        return "object" in admitted(self.seen, self.seen)

    def _nothing(self, sure: RepairClass) -> Parsed:
        """Take no arguments for an empty object, where the tool can do without any."""
        try:
            enough = self.validator.accepts(self.codec.decode({}))
        except ArgumentError:
            enough = False
        return Parsed({}, (Repair("", sure if enough else "guess", "no arguments"),))

    # ---------------------------------------------------------------- judging

    def _may_run(self, repairs: Iterable[Repair]) -> bool:
        return {one.repair for one in repairs} <= self.policy.run

    def _fits(self, read: Json, own: Json) -> bool:
        if not is_object(read) and self._takes_objects():
            return False
        return self.validator.accepts(own)

    def _problems(self, seen: Json, own: Json) -> tuple[tuple[Problem, ...], Json]:
        """Say what is wrong in the words of the schema that the model saw, where it refuses too."""
        if not is_object(seen) and self._takes_objects():
            kind = {"type": "object"}
            return Validator(kind).problems(seen), seen
        problems = () if self.codec.identity else self.seen_validator.problems(seen)
        return (problems, seen) if problems else (self.validator.problems(own), own)

    def _as_it_is(self, read: Json) -> Json:
        try:
            return self.codec.decode(read)
        except ArgumentError:
            return read

    def _no_way_back(
        self, arguments: str | Mapping[str, str], read: Parsed, seen: Parsed, error: ArgumentError
    ) -> Outcome:
        repairs = (*read.repairs, *seen.repairs)
        problems = self.seen_validator.problems(seen.value)
        problems = problems or (Problem(error.pointer, "", error.reason, self.seen),)
        complaint = self._complaint(read.repairs, repairs, problems, seen.value)
        return _not_run(arguments, read.value, repairs, problems, complaint)

    def _complaint(
        self,
        read: Iterable[Repair],
        repairs: Iterable[Repair],
        problems: Sequence[Problem],
        value: Json,
    ) -> str:
        refusing = [one for one in repairs if one.repair not in self.policy.run]
        if any(one.repair == "truncated" for one in refusing):
            return cut_off(self.tool)
        unclear = [one for one in read if one in refusing and one.what != "no arguments"]
        if unclear or not problems:
            return doubtful(self.tool, unclear or refusing)
        return refused(self.tool, problems, value)


def _unwrapped(read: Parsed, whole: bool) -> Parsed:
    """Read the JSON that a text holds, where it holds an object."""
    try:
        inner = read_json(read.value, whole=whole)
    except ArgumentError:
        return read
    if not is_object(inner.value):
        return read
    double = Repair("", "unambiguous", "double encoding")
    return Parsed(inner.value, (*read.repairs, double, *inner.repairs))


def _cut(read: Parsed) -> Parsed:
    return Parsed(read.value, (*read.repairs, Repair("", "truncated", "cut off")))


def _not_run(
    arguments: str | Mapping[str, str],
    read: Json,
    repairs: tuple[Repair, ...],
    problems: tuple[Problem, ...],
    complaint: str,
) -> Outcome:
    text = arguments if isinstance(arguments, str) else dump(read).decode()
    return Outcome(None, text, repairs, problems, worst(repairs), False, complaint)
