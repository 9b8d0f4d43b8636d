"""Lowering of alternatives: what stands beside them goes into each branch."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from sealegs.jsons import Json, is_object
from sealegs.schema.codec import UNCHANGED, Step
from sealegs.schema.encodings.annotating import annotated
from sealegs.schema.encodings.choices import UNEVALUATED, Choice, Choices
from sealegs.schema.encodings.nullable import nullable
from sealegs.schema.encodings.run import NOTHING, Ask, Draft, Lowering, Run, Spot
from sealegs.schema.encodings.telling import told_apart
from sealegs.schema.encodings.texts import TEXT, as_text
from sealegs.schema.keywords import ASSERTIONS
from sealegs.schema.rewrites.bounds import Said
from sealegs.schema.rewrites.disjoint import all_disjoint
from sealegs.schema.rewrites.gathering import Facts, Union, gather
from sealegs.schema.rewrites.kinds import sameness
from sealegs.schema.rewrites.parts import Meet, Part

__all__ = ["distributed", "only_requires", "united"]

_PRODUCT = 64
"""Several unions beside each other become one of at most so many branches."""

_NULL = Part({"type": "null"}, ())


def distributed(run: Run, facts: Facts, spot: Spot) -> Lowering:
    """Lower a schema that has `anyOf` or `oneOf`."""
    told: list[str] = []
    kept: list[Union] = []
    product = 1
    for union in facts.unions:
        product *= max(len(union.branches), 1)
        if (product > _PRODUCT and kept) or only_requires(union):
            product //= max(len(union.branches), 1)
            run.take_out(union.keyword, union.said, told, "cannot be said")
        else:
            kept.append(union)
    base = _base(facts, kept)
    if not kept:
        draft = yield Ask((*base, *_notes(facts)), spot)
        return annotated(run, draft, {}, told) if "$ref" not in draft.schema else draft
    first = kept[0]
    meets = [(*base, branch) for branch in first.branches]
    if first.keyword == "oneOf":
        _exclusive(run, first, meets)
    elif base:
        run.note("anyOf", first.said, "rewritten", "schema", "merged into branches")
    return (yield from united(run, facts, meets, spot, told))


def _exclusive(run: Run, union: Union, meets: Sequence[Meet]) -> None:
    if all_disjoint(meets, run.defs):
        run.note("oneOf", union.said, "rewritten", "schema", "branches exclude each other: anyOf")
    else:
        run.note("oneOf", union.said, "runtime-checked", "runtime", "said as anyOf")


def only_requires(union: Union) -> bool:
    """Say whether the branches only ask for names that are declared beside them."""
    return bool(union.branches) and all(
        is_object(part.schema)
        and "required" in part.schema
        and all(key == "required" or key not in ASSERTIONS for key in part.schema)
        for part in union.branches
    )


def _base(facts: Facts, kept: Sequence[Union]) -> Meet:
    """Give what stands beside the first union; the other unions that are kept go with it."""
    later = {(id(union.owner.schema), union.keyword) for union in kept[1:]}
    base: list[Part] = []
    for part in facts.parts:
        schema = {
            key: value
            for key, value in part.schema.items()
            if (key in ASSERTIONS or key == "format")
            and key not in ("allOf", "$ref")
            and (key not in ("anyOf", "oneOf") or (id(part.schema), key) in later)
        }
        if schema:
            base.append(Part(schema, part.place))
    return tuple(base)


def _notes(facts: Facts) -> list[Part]:
    return [Part({key: said.value}, said.place) for key, said in facts.notes.items()]


def united(
    run: Run,
    facts: Facts,
    meets: Sequence[Meet],
    spot: Spot,
    told: list[str],
    last: tuple[Meet, Draft] | None = None,
) -> Lowering:
    """Lower a union of intersections; its last branch may be lowered already."""
    if not run.rules.knows("anyOf") and len(meets) + (last is not None) > 1:
        return as_text(run, facts, "alternatives cannot be said")
    branches: list[tuple[Meet, Draft]] = []
    null = False
    for meet in meets:
        if run.rules.shape.null == "nullable" and _is_null(run, meet):
            null = True
            continue
        draft = yield Ask(meet, spot._replace(split=True, root=False))
        if draft is not NOTHING:
            branches.append((meet, draft))
    if last is not None:
        branches.append(last)
    if null and not branches:
        return (yield Ask((_NULL,), spot))
    if not branches:
        return NOTHING
    draft = _joined(run, facts, _distinct(branches), told)
    return nullable(run, draft) if null else draft


def _is_null(run: Run, meet: Meet) -> bool:
    facts = gather(meet, run.defs)
    return facts.types == ["null"] and not facts.unions


def _distinct(branches: Sequence[tuple[Meet, Draft]]) -> list[tuple[Meet, Draft]]:
    """Leave out branches that are just as an earlier one, to the model and on the way back."""
    distinct: list[tuple[Meet, Draft]] = []
    for meet, draft in branches:
        if not any(_twins(draft, other) for _, other in distinct[:_PRODUCT]):
            distinct.append((meet, draft))
    return distinct


def _twins(left: Draft, right: Draft) -> bool:
    """Say whether two branches are the same; Python takes 1 for true, hence the second look."""
    if left.step is not right.step or left.step not in (UNCHANGED, TEXT):
        return False
    return left.schema == right.schema and sameness(left.schema) == sameness(right.schema)


def _joined(run: Run, facts: Facts, branches: list[tuple[Meet, Draft]], told: list[str]) -> Draft:
    if len(branches) == 1:
        return annotated(run, branches[0][1], _outer(branches[0][1], facts), told)
    if all(draft.step is TEXT for _, draft in branches):
        return as_text(run, facts, "JSON text in every branch")
    most = run.rules.dialect.bounds.branches
    if most is not None and len(branches) > most:
        return as_text(run, facts, f"more than {most} alternatives")
    drafts, step = _told_apart(run, branches)
    types = frozenset[str]().union(*(draft.types for draft in drafts))
    union = Draft({"anyOf": _flattened(run, drafts)}, step, types)
    if run.rules.shape.union_siblings != "none":
        return annotated(run, union, facts.notes, told)
    return _pushed(run, facts, union, told)


def _outer(draft: Draft, facts: Facts) -> dict[str, Said]:
    """Give the annotations of a union that its only branch has not."""
    return {key: said for key, said in facts.notes.items() if key not in draft.schema}


def _flattened(run: Run, drafts: Sequence[Draft]) -> list[Json]:
    """Put the branches of branches that are nothing but unions beside the others."""
    flat: list[Json] = []
    for draft in drafts:
        flat += draft.schema["anyOf"] if draft.schema.keys() == {"anyOf"} else [draft.schema]
    most = run.rules.dialect.bounds.branches
    if most is not None and len(flat) > most:
        return [draft.schema for draft in drafts]
    return flat


def _pushed(run: Run, facts: Facts, union: Draft, told: list[str]) -> Draft:
    """Put annotations into the first branch, where nothing may stand beside a union."""
    kept = {key: said for key, said in facts.notes.items() if key == "description"}
    for key, said in facts.notes.items():
        if key not in kept:
            run.note(key, said, "dropped-annotation", "nobody", "not taken beside anyOf")
    if not kept and not told:
        return union
    first, *others = union.schema["anyOf"]
    if "$ref" in first:
        return union
    for key, said in kept.items():
        run.note(key, said, "rewritten", "schema", "told in the first branch")
        inner = first.get("description") or ""
        told = [inner, *told] if inner else told
    bare = {key: value for key, value in first.items() if key != "description"}
    if "description" in first and not kept:
        told, kept = [first["description"], *told], {}
    draft = annotated(run, Draft(bare, UNCHANGED, union.types), kept, told)
    return Draft({"anyOf": [draft.schema, *others]}, union.step, union.types)


def _told_apart(run: Run, branches: list[tuple[Meet, Draft]]) -> tuple[list[Draft], Step]:
    """Wrap branches that look alike, and give what maps the union's values."""
    if all(draft.step is UNCHANGED for _, draft in branches):
        return [draft for _, draft in branches], UNCHANGED
    alike = told_apart(run, branches)
    names = (f"option{number}" for number in count(1))
    drafts: list[Draft] = []
    choices: list[Choice] = []
    for index, (meet, draft) in enumerate(branches):
        tag = next(names) if index in alike else ""
        choices.append(_choice(run, meet, draft, tag))
        drafts.append(_wrapped(run, draft, tag) if tag else draft)
    return drafts, Choices(choices)


def _choice(run: Run, meet: Meet, draft: Draft, tag: str) -> Choice:
    def original() -> Json:
        # Apart from what they rest on, these would refuse everything.
        schemas = [{k: v for k, v in p.schema.items() if k not in UNEVALUATED} for p in meet]
        return {"allOf": schemas, "$defs": dict(run.defs)}

    def lowered() -> Json:
        done = {
            run.rules.definition(name): known.schema
            for name, known in run.out.items()
            if known is not None
        }
        return {"allOf": [draft.schema], "$defs": done}

    before = frozenset(gather(meet, run.defs).types)
    return Choice(draft.step, before, draft.types, original, lowered, tag)


def _wrapped(run: Run, draft: Draft, tag: str) -> Draft:
    run.wraps += 1
    schema: dict[str, Json] = {
        "type": "object",
        "properties": {tag: draft.schema},
        "required": [tag],
    }
    if run.rules.takes("additionalProperties", False):
        schema["additionalProperties"] = False
    return Draft(schema, draft.step, frozenset({"object"}))
