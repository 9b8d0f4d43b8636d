"""One schema on its way into one dialect."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from sealegs.jsons import Json, is_array
from sealegs.schema.codec import UNCHANGED, Step, Stepwise
from sealegs.schema.dialect import Siblings
from sealegs.schema.limits import Limits
from sealegs.schema.report import Change, EnforcedBy, Entry
from sealegs.schema.rewrites.bounds import Said
from sealegs.schema.rewrites.kinds import fits, kind_of
from sealegs.schema.rewrites.parts import Meet, Place, pointer
from sealegs.schema.rewrites.rules import Rules
from sealegs.schema.rewrites.standing import BESIDE
from sealegs.schema.rewrites.wording import appended, sentence

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
        return tuple(
            Entry(pointer(place), keyword, value, change, by, reason)
            for (place, keyword, change), (value, by, reason) in self._notes.items()
        )

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

    def annotated(
        self, draft: Draft, notes: Mapping[str, Said], sentences: list[str] | None = None
    ) -> Draft:
        """Give a draft with annotations, and sentences, as far as the dialect takes them."""
        if not notes and not sentences:
            return draft
        if "$ref" in draft.schema and self._wraps():
            around = Draft({"anyOf": [draft.schema]}, draft.step, draft.types)
            result = self.annotated(around, notes, sentences)
            return draft if len(result.schema) == 1 else result
        told: dict[str, Json] = {}
        more = list(sentences or ())
        allowed = self._beside(draft.schema)
        for keyword, said in notes.items():
            value = said.value
            if allowed is not None and keyword not in allowed:
                self.note(keyword, said, "dropped-annotation", "nobody", "not taken here")
                continue
            if keyword in ("default", "examples"):
                value = self._example(keyword, said, draft, more)
                if value is None:
                    continue
            elif not self.rules.annotates(keyword, value):
                self.note(keyword, said, "dropped-annotation", "nobody", "not taken")
                continue
            told[keyword] = value
        if more and (allowed is None or "description" in allowed):
            before = told.get("description") or draft.schema.get("description") or ""
            told["description"] = appended(before, more)
        return Draft(_with_notes(draft.schema, told), draft.step, draft.types)

    def _wraps(self) -> bool:
        """Say whether annotations go around a reference, as nothing may stand beside it."""
        bare = self.rules.dialect.references.siblings == "none"
        return bare and self.rules.shape.union_siblings != "none" and self.rules.knows("anyOf")

    def _beside(self, schema: dict[str, Json]) -> frozenset[str] | None:
        """Give the annotations that may stand in a lowered schema; ``None``: all."""
        shape = self.rules.shape
        siblings: Siblings = "all"
        if "$ref" in schema:
            siblings = self.rules.dialect.references.siblings
        elif "anyOf" in schema:
            siblings = shape.union_siblings
        elif is_array(schema.get("type")):
            siblings = shape.list_siblings
        if siblings == "all":
            return None
        return BESIDE if siblings == "annotations" else frozenset()

    def _example(self, keyword: str, said: Said, draft: Draft, sentences: list[str]) -> Json:
        """Give a default, or examples, as values of the lowered schema; ``None``: none stay."""
        value = said.value
        if draft.step is not UNCHANGED:
            codec = Stepwise(draft.step)
            many = keyword == "examples" and is_array(value)
            try:
                value = [codec.encode(item) for item in value] if many else codec.encode(value)
            except KeyError:  # it passes a definition that is not done yet
                self.note(keyword, said, "dropped-annotation", "nobody", "not taken")
                return None
        fit = keyword == "examples" or not self.rules.shape.matching
        if (fit or fits(kind_of(value), draft.types)) and self.rules.takes(keyword, value):
            return value
        if keyword == "default" and said.value is not None:
            told = sentence(keyword, said.value)
            sentences.append(told)
        self.note(keyword, said, "dropped-annotation", "nobody", "not taken")
        return None


def _with_notes(schema: dict[str, Json], notes: dict[str, Json]) -> dict[str, Json]:
    if not notes:
        return schema
    head: dict[str, Json] = {key: schema[key] for key in ("type", "$ref") if key in schema}
    before = {key: value for key, value in notes.items() if key != "default"}
    after = {"default": notes["default"]} if "default" in notes else {}
    return {**head, **before, **{k: v for k, v in schema.items() if k not in head}, **after}
