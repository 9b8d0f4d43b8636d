"""One schema on its way into one dialect."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from sealegs.jsons import Json
from sealegs.schema.codec import UNCHANGED, Step
from sealegs.schema.limits import Limits
from sealegs.schema.report import Change, EnforcedBy, Entry
from sealegs.schema.rewrites.bounds import Said
from sealegs.schema.rewrites.parts import Meet, Place, pointer
from sealegs.schema.rewrites.rules import Rules
from sealegs.schema.rewrites.wording import sentence
from sealegs.schema.walking import escape

__all__ = ["NOTHING", "Ask", "Caps", "Draft", "Lowering", "Run", "Spot"]


class Draft(NamedTuple):
    """What became of one subschema.

    Attributes:
        schema: its lowered form, in plain 2020-12.
        step: what maps its values.
        types: the types of the values that the lowered form accepts.
    """

    schema: dict[str, Json]
    step: Step
    types: frozenset[str]


NOTHING = Draft({"not": {}}, UNCHANGED, frozenset())
"""What became of a subschema that no value fits; the parent leaves it out."""


class Spot(NamedTuple):
    """Where in the lowered schema a subschema goes.

    Attributes:
        depth: the level of nested objects and arrays that it would be; the root is 1.
        trail: the references that were written out around it.
        split: whether it is one of several types of one subschema.
        inner: whether it is part of a definition.
        root: whether it is the root.
    """

    depth: int = 1
    trail: tuple[str, ...] = ()
    split: bool = False
    inner: bool = False
    root: bool = False

    def below(self, levels: int = 1) -> Spot:
        """Give the spot of a child."""
        return Spot(self.depth + levels, self.trail, inner=self.inner)


class Ask(NamedTuple):
    """A subschema that is to be lowered."""

    meet: Meet
    spot: Spot


Lowering: TypeAlias = Generator[Ask, Draft, Draft]
"""The work at one subschema: it asks for others to be lowered, and gives its own."""


class Caps(NamedTuple):
    """How much of a schema may stay as it is, where a dialect has bounds.

    Attributes:
        depth: deeper objects and arrays become JSON text.
        values: longer enums are told, and checked.
        forced: so many optional properties are required, and null where absent.
    """

    depth: int | None = None
    values: int | None = None
    forced: int = 0


_ALL = Caps()


@dataclass(slots=True)
class Run:
    """What is known while one schema is lowered.

    Attributes:
        rules: the dialect's.
        limits: how much work may be done.
        defs: the canonical definitions.
        flat: whether values are encoded somewhere, so that nothing may constrain them from aside.
        unkept: definitions that must be written out.
        deepest: the deepest level at which an object or array was put.
        wraps: how many levels were put around something afterwards.
        again: whether a value turned out to be encoded after all.
        caps: see `Caps`.
        out: the lowered definitions by name; ``None`` while one is being lowered.
        names: the definition behind each lowered reference.
        steps: what maps their values.
        most: how many subschemas may be lowered.
        inlined: how many have been.
        circular: definitions from which a way leads round to themselves.
        aside: whether what is lowered plainly holds something that had to go the general way.
        forced: how many more optional properties are to be made required.
        changing: definitions known to change arguments, while they are not done.
        assumed: definitions of which that was asked before they were done.
    """

    rules: Rules
    limits: Limits
    defs: Mapping[str, Json]
    flat: bool
    unkept: frozenset[str]
    circular: frozenset[str]
    most: int
    again: bool = False
    deepest: int = 0
    wraps: int = 0
    aside: bool = False
    caps: Caps = _ALL
    forced: int = 0
    changing: frozenset[str] = frozenset()
    assumed: set[str] = field(default_factory=set[str])
    out: dict[str, Draft | None] = field(default_factory=dict[str, "Draft | None"])
    names: dict[str, str] = field(default_factory=dict[str, str])
    steps: dict[str, Step] = field(default_factory=dict[str, Step])
    inlined: int = 0
    _notes: dict[tuple[Place, str, Change], tuple[Json, EnforcedBy, str]] = field(
        default_factory=dict["tuple[Place, str, Change]", "tuple[Json, EnforcedBy, str]"]
    )

    def note(
        self, keyword: str, said: Said, change: Change, by: EnforcedBy, reason: str = ""
    ) -> None:
        """Write down what became of a keyword; once, however often it is written out."""
        self._notes.setdefault((said.place, keyword, change), (said.value, by, reason))

    def lowered(self, reference: str) -> Draft | None:
        """Give the lowered definition that a lowered reference leads to, if it is done."""
        return self.out.get(self.names.get(reference, ""))

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What was written down, in order."""
        above: dict[int, str] = {}  # most places have their parent in common with others
        entries: list[Entry] = []
        for (place, keyword, change), (value, by, reason) in self._notes.items():
            spelled = ""
            if place:
                parent, token = place
                start = above.get(id(parent))
                if start is None:
                    start = above[id(parent)] = pointer(parent)
                spelled = f"{start}/{escape(token)}"
            entries.append(Entry(spelled, keyword, value, change, by, reason))
        return tuple(entries)

    def affordable(self) -> bool:
        """Say whether one more subschema may be lowered; each that is lowered counts."""
        self.inlined += 1
        return self.inlined <= self.most

    def fits_in(self, spot: Spot, levels: int = 1) -> bool:
        """Say whether an object or array, of so many levels, may stand at a spot."""
        cap = self.caps.depth
        self.deepest = max(self.deepest, spot.depth + levels - 1)
        return cap is None or spot.depth + levels - 1 <= cap

    def take_out(self, keyword: str, said: Said, sentences: list[str], reason: str) -> None:
        """Take out an assertion that the dialect does not hold."""
        told = sentence(keyword, said.value) if self.rules.takes("description", "") else ""
        if told:
            sentences.append(told)
        self.note(keyword, said, "described" if told else "runtime-checked", "runtime", reason)
