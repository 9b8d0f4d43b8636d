"""Properties that need not be there, in dialects in which every property is required."""

from __future__ import annotations

from sealegs.jsons import Json, is_object
from sealegs.schema.encodings.fields import Absence
from sealegs.schema.encodings.nullable import nullable
from sealegs.schema.encodings.run import Draft, Run, Spot
from sealegs.schema.encodings.texts import as_text
from sealegs.schema.rewrites.bounds import Said
from sealegs.schema.rewrites.gathering import gather
from sealegs.schema.rewrites.parts import Meet

__all__ = ["said_by_null"]

_OBJECT = frozenset({"object"})


def said_by_null(
    run: Run, name: str, meet: Meet, draft: Draft, spot: Spot
) -> tuple[Draft, Absence]:
    """Make a property required, whose absence is said by null."""
    absence: Absence = "null"
    if "null" in draft.types:
        absence = _null_or_absent(run, meet)
    if absence == "wrapped":
        if run.fits_in(spot.below()):
            run.wraps += 1
            draft = _wrapped(run, draft)
        else:
            draft = as_text(run, gather(meet, run.defs), "too deep")
            absence = "null"
    run.note("required", Said(name, meet[0].place), "rewritten", "inverse", "null where absent")
    return nullable(run, draft), absence


def _null_or_absent(run: Run, meet: Meet) -> Absence:
    """Say whether null means the same as absence, which a default of null tells."""
    for part in meet:
        if is_object(part.schema) and part.schema.get("default", 0) is None:
            said = Said(None, part.place)
            run.note("default", said, "narrowed", "inverse", "null is said as absence: its default")
            return "null"
    return "wrapped"


def _wrapped(run: Run, draft: Draft) -> Draft:
    """Wrap a value that may be null, so that null beside it can mean absence."""
    schema: dict[str, Json] = {
        "type": "object",
        "properties": {"value": draft.schema},
        "required": ["value"],
    }
    if run.rules.takes("additionalProperties", False):
        schema["additionalProperties"] = False
    return Draft(schema, draft.step, _OBJECT)
