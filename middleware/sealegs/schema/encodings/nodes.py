"""Lowering of one subschema: what it is decides what is done with it."""

from __future__ import annotations

from collections.abc import Callable

from sealegs.jsons import Json, is_object
from sealegs.schema.encodings.arrays import lower_array
from sealegs.schema.encodings.inplace import in_place, stays
from sealegs.schema.encodings.objects import lower_object
from sealegs.schema.encodings.quick import quick
from sealegs.schema.encodings.referring import link, spent
from sealegs.schema.encodings.run import NOTHING, Draft, Lowering, Run, Spot
from sealegs.schema.encodings.scalars import lower_scalar
from sealegs.schema.encodings.splitting import mixed, split
from sealegs.schema.encodings.texts import as_text
from sealegs.schema.encodings.unions import distributed
from sealegs.schema.encodings.values import lower_values
from sealegs.schema.keywords import ASSERTIONS
from sealegs.schema.rewrites.gathering import Facts, gather
from sealegs.schema.rewrites.parts import Meet, Part

__all__ = ["drive", "in_order", "lowered_alone"]


def drive(run: Run, start: Callable[[Run, Json], Lowering], schema: Json) -> Draft:
    """Lower a schema and all below it, without recursion."""
    stack: list[Lowering] = [start(run, schema)]
    answer: Draft | None = None
    while True:
        top = stack[-1]
        try:
            wanted = next(top) if answer is None else top.send(answer)
        except StopIteration as end:
            stack.pop()
            answer = end.value
            if answer is not None and not stack:
                return answer
        else:
            answer = quick(run, wanted.meet)
            if answer is None:
                stack.append(node(run, wanted.meet, wanted.spot))


def lowered_alone(run: Run, part: Part, spot: Spot) -> Draft:
    """Lower one subschema, whatever is around it."""
    return drive(run, lambda run, _: node(run, (part,), spot), None)


def node(run: Run, meet: Meet, spot: Spot) -> Lowering:
    """Lower one subschema."""
    if len(meet) > 1:
        meet = tuple(part for part in meet if part.schema != {}) or meet[:1]
    if len(meet) == 1 and meet[0].schema is not False:
        schema = meet[0].schema
        if "$ref" in schema and _bare(schema) and not spot.root:
            return (yield from link(run, meet[0], spot))
        if not run.flat and stays(run, schema, root=spot.root):
            draft = yield from in_place(run, meet[0], spot)
            return in_order(draft, schema)
    draft = yield from flat(run, meet, spot)
    return in_order(draft, meet[0].schema) if len(meet) == 1 else draft


def in_order(draft: Draft, before: Json) -> Draft:
    """Put keywords that stay in the order in which they stood, and new ones behind them."""
    schema = draft.schema
    if draft is NOTHING:
        return draft
    if schema == before:
        return draft._replace(schema=before)
    if not is_object(before) or not schema:
        return draft
    kept = {word: schema[word] for word in before if word in schema}
    if "type" not in kept and "type" in schema:
        kept = {"type": schema["type"], **kept}
    return draft._replace(schema={**kept, **schema} if kept else schema)


def _bare(schema: Json) -> bool:
    """Say whether nothing constrains beside a reference."""
    return len(schema) == 1 or all(
        keyword in ("$ref", "$defs") or keyword not in ASSERTIONS for keyword in schema
    )


def flat(run: Run, meet: Meet, spot: Spot) -> Lowering:
    """Lower an intersection: merged first, then by its values, alternatives or types."""
    facts = gather(meet, run.defs)
    if facts.nothing:
        return NOTHING
    trail, over = spent(run, facts, spot)
    if over or not run.affordable():
        return as_text(run, facts, "written out as often as allowed")
    spot = spot._replace(trail=trail)
    for keyword, said in facts.merged:
        run.note(keyword, said, "rewritten", "schema", "merged")
    return (yield from _way(facts)(run, facts, spot))


def _way(facts: Facts) -> Callable[[Run, Facts, Spot], Lowering]:
    """Give what lowers a schema that says this."""
    if facts.unions:
        return distributed
    if facts.values is not None:
        return lower_values
    if not facts.typed:
        return mixed
    if len(facts.types) > 1:
        return split
    return _BY_TYPE.get(facts.types[0], _scalar)


def _scalar(run: Run, facts: Facts, spot: Spot) -> Lowering:
    return lower_scalar(run, facts, spot)
    yield


_BY_TYPE = {"object": lower_object, "array": lower_array}
