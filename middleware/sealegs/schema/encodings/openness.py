"""What may stand beside an object's declared properties."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeAlias

from sealegs.jsons import Json
from sealegs.schema.codec import UNCHANGED, Step
from sealegs.schema.encodings.fields import Field
from sealegs.schema.encodings.pairs import as_pairs, takes_maps, value_of
from sealegs.schema.encodings.run import Ask, Draft, Run, Spot
from sealegs.schema.rewrites.bounds import Said
from sealegs.schema.rewrites.gathering import Facts
from sealegs.schema.rewrites.members import Members

__all__ = ["SHUT", "Form", "beside", "is_shut"]

SHUT = "other properties, of which nothing is said, are shut out"

Others: TypeAlias = Generator[Ask, Draft, "tuple[str, Step]"]
"""Work that gives the name of a slot for other properties, or none, and what maps them."""


class Form:
    """An object while its properties are lowered."""

    __slots__ = ("fields", "properties", "required")

    def __init__(self) -> None:
        self.properties: dict[str, Json] = {}
        self.required: list[str] = []
        self.fields: dict[str, Field] = {}

    @property
    def changes(self) -> bool:
        """Whether a value must be mapped."""
        return any(
            name != entry.alias or entry.step is not UNCHANGED or entry.absence != "absent"
            for name, entry in self.fields.items()
        )


def is_shut(run: Run, found: Members, spot: Spot) -> bool:
    """Say whether nothing will be let in that is not declared."""
    if found.closed:
        return True
    return not (found.told or run.rules.opens or takes_maps(run, found, root=spot.root))


def beside(
    run: Run,
    facts: Facts,
    found: Members,
    form: Form,
    schema: dict[str, Json],
    spot: Spot,
) -> Others:
    """Say what may stand beside the declared properties."""
    shape = run.rules.shape
    if found.closed:
        if run.rules.takes("additionalProperties", False) or not shape.open:
            schema["additionalProperties"] = False
        else:
            said = Said(False, facts.place("additionalProperties"))
            run.note("additionalProperties", said, "runtime-checked", "runtime", "not taken")
        return "", UNCHANGED
    if takes_maps(run, found, root=spot.root):
        if not found.told and shape.open:
            return "", UNCHANGED
        value = yield from value_of(run, facts, found, spot.below())
        schema |= value.schema
        return "", value.step
    if not found.told and not run.rules.opens:
        schema["additionalProperties"] = False
        said = Said(None, facts.place("properties"))
        run.note("additionalProperties", said, "narrowed", "schema", SHUT)
        return "", UNCHANGED
    return (yield from _slotted(run, facts, found, form, schema, spot))


def _slotted(
    run: Run,
    facts: Facts,
    found: Members,
    form: Form,
    schema: dict[str, Json],
    spot: Spot,
) -> Others:
    """Put what may stand beside the declared properties into a list of pairs."""
    name = "additional_properties"
    while name in form.properties:
        name += "_"
    draft = yield from as_pairs(run, facts, found, spot.below(), sized=False)
    form_schema = dict(form.properties)
    form_schema[name] = draft.schema
    schema["properties"] = form_schema
    fewest = run.rules.dialect.bounds.required or 0
    if run.rules.shape.all_required or (spot.root and len(form.required) < fewest):
        schema["required"] = [*form.required, name]
    if run.rules.shape.closed or not run.rules.shape.open:
        schema["additionalProperties"] = False
    else:
        said = Said(None, facts.place("additionalProperties" if found.told else "properties"))
        reason = f"what stands beside {name} is checked when the call comes"
        run.note("additionalProperties", said, "runtime-checked", "runtime", reason)
    return name, draft.step
