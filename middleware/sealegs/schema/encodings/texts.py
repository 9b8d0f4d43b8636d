"""A value as JSON text: what holds anything where a dialect cannot."""

from __future__ import annotations

from dataclasses import dataclass

from sealegs.errors import ArgumentError
from sealegs.jsons import Json, dump, parse
from sealegs.schema.codec import Walk
from sealegs.schema.encodings.annotating import annotated
from sealegs.schema.encodings.run import Draft, Run
from sealegs.schema.keywords import ASSERTIONS
from sealegs.schema.rewrites.bounds import Said
from sealegs.schema.rewrites.gathering import Facts
from sealegs.schema.rewrites.kinds import fits, kind_of
from sealegs.schema.rewrites.wording import short

__all__ = ["TEXT", "Text", "any_text", "as_text"]

_SHORT = 300
"""A schema whose JSON is longer than this is not told to the model."""


@dataclass(frozen=True, slots=True)
class Text:
    """Maps any value to its JSON text.

    Attributes:
        refused: the types of values that must be said in another way.
    """

    refused: frozenset[str] = frozenset()

    def encoding(self, value: Json, /) -> Walk:
        """Write the JSON text."""
        try:
            return dump(value).decode("utf-8", "surrogatepass")
        except (RecursionError, TypeError):
            return value
        yield

    def decoding(self, value: Json, /) -> Walk:
        """Read the JSON text; what is no text is the value itself."""
        if not isinstance(value, str):
            return value
        try:
            said = parse(value)
        except (ValueError, RecursionError):
            raise ArgumentError("", "must be JSON text (a string that holds JSON)") from None
        if self.refused and fits(kind_of(said), self.refused):
            raise ArgumentError("", f"must not be JSON text of type {kind_of(said)}")
        return said
        yield


TEXT = Text()


def as_text(run: Run, facts: Facts, reason: str, *, annotate: bool = True) -> Draft:
    """Lower what the parts say to a string that holds JSON.

    Every assertion is left to the run-time check, for any JSON can be written.
    """
    constrained = False
    for part in facts.parts:
        for keyword, value in part.schema.items():
            if keyword in ASSERTIONS or keyword == "format":
                constrained = True
                run.note(keyword, Said(value, part.place), "runtime-checked", "runtime", reason)
    if not constrained:
        run.note("type", Said(None, facts.place("type")), "rewritten", "inverse", reason)
    draft = Draft({"type": "string"}, TEXT, frozenset({"string"}))
    if not annotate:
        return draft
    told = [_told(facts)] if run.rules.takes("description", "") else []
    notes = {
        keyword: said
        for keyword, said in facts.notes.items()
        if keyword not in ("default", "examples")
    }
    return annotated(run, draft, notes, told)


def any_text(run: Run, refused: frozenset[str] = frozenset()) -> Draft:
    """Give the draft of JSON text, of values of any type but some."""
    schema: dict[str, Json] = {"type": "string"}
    if run.rules.takes("description", ""):
        schema["description"] = _ANY
    return Draft(schema, Text(refused) if refused else TEXT, frozenset({"string"}))


_ANY = "Any JSON value, written as JSON text."


def _told(facts: Facts) -> str:
    schemas = [
        {key: value for key, value in part.schema.items() if key in ASSERTIONS}
        for part in facts.parts
    ]
    schemas = [schema for schema in schemas if schema]
    if not schemas:
        return _ANY
    text = short(schemas[0] if len(schemas) == 1 else {"allOf": schemas}, _SHORT)
    if not text or '"$ref"' in text:
        return "A JSON value, written as JSON text."
    return f"A JSON value, written as JSON text, that fits this JSON Schema: {text}"
