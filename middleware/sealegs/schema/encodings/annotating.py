"""Annotations, and sentences for what is no longer said, as far as a dialect takes them."""

from __future__ import annotations

from collections.abc import Mapping

from sealegs.jsons import Json, is_array, is_object
from sealegs.schema.codec import UNCHANGED, Stepwise
from sealegs.schema.dialect import Siblings
from sealegs.schema.encodings.run import Draft, Run
from sealegs.schema.rewrites.bounds import Said
from sealegs.schema.rewrites.kinds import fits, kind_of
from sealegs.schema.rewrites.standing import BESIDE
from sealegs.schema.rewrites.wording import appended, sentence

__all__ = ["annotated"]

_GONE = object()


def annotated(
    run: Run, draft: Draft, notes: Mapping[str, Said], sentences: list[str] | None = None
) -> Draft:
    """Give a draft with annotations, and sentences, as far as the dialect takes them."""
    if not notes and not sentences:
        return draft
    if "$ref" in draft.schema and run.rules.dialect.references.distinct:
        notes, sentences = _distinct(run, draft.schema["$ref"], notes), None
    if "$ref" in draft.schema and _wraps(run):
        around = Draft({"anyOf": [draft.schema]}, draft.step, draft.types)
        result = annotated(run, around, notes, sentences)
        return draft if len(result.schema) == 1 else result
    told: dict[str, Json] = {}
    more = list(sentences or ())
    allowed = _beside(run, draft.schema)
    for keyword, said in notes.items():
        value = said.value
        if allowed is not None and keyword not in allowed:
            run.note(keyword, said, "dropped-annotation", "nobody", "not taken here")
            continue
        if keyword in ("default", "examples"):
            value = _example(run, keyword, said, draft, more)
            if value is _GONE:
                continue
        elif not run.rules.annotates(keyword, value):
            run.note(keyword, said, "dropped-annotation", "nobody", "not taken")
            continue
        told[keyword] = value
    if more and (allowed is None or "description" in allowed):
        before = told.get("description") or draft.schema.get("description") or ""
        told["description"] = appended(before, more)
    return Draft(_with_notes(draft.schema, told), draft.step, draft.types)


def _distinct(run: Run, reference: str, notes: Mapping[str, Said]) -> Mapping[str, Said]:
    """Give the annotations that do not stand in the target of a reference too.

    A target that is not done yet may still be given a description.
    """
    name = run.names.get(reference, "")
    before, after = run.defs.get(name), run.out.get(name)
    kept: dict[str, Said] = {}
    for keyword, said in notes.items():
        there = is_object(before) and keyword in before
        late = keyword in ("description", "default") if after is None else keyword in after.schema
        if there or late:
            run.note(keyword, said, "dropped-annotation", "nobody", "stands in the target too")
        elif keyword != "default" or run.rules.takes(keyword, said.value):
            kept[keyword] = said
    return kept


def _wraps(run: Run) -> bool:
    """Say whether annotations go around a reference, as nothing may stand beside it."""
    bare = run.rules.dialect.references.siblings == "none"
    return bare and run.rules.shape.union_siblings != "none" and run.rules.knows("anyOf")


def _beside(run: Run, schema: dict[str, Json]) -> frozenset[str] | None:
    """Give the annotations that may stand in a lowered schema; ``None``: all."""
    shape = run.rules.shape
    siblings: Siblings = "all"
    if "$ref" in schema:
        siblings = run.rules.dialect.references.siblings
    elif "anyOf" in schema:
        siblings = shape.union_siblings
    elif is_array(schema.get("type")):
        siblings = shape.list_siblings
    if siblings == "all":
        return None
    return BESIDE if siblings == "annotations" else frozenset()


def _example(run: Run, keyword: str, said: Said, draft: Draft, sentences: list[str]) -> Json:
    """Give a default, or examples, as values of the lowered schema; `_GONE`: none stay."""
    value = said.value
    if draft.step is not UNCHANGED:
        codec = Stepwise(draft.step)
        many = keyword == "examples" and is_array(value)
        try:
            value = [codec.encode(item) for item in value] if many else codec.encode(value)
        except KeyError:  # it passes a definition that is not done yet
            run.note(keyword, said, "dropped-annotation", "nobody", "not taken")
            return _GONE
    fit = keyword == "examples" or not run.rules.shape.matching
    if (fit or fits(kind_of(value), draft.types)) and run.rules.takes(keyword, value):
        return value
    if keyword == "default" and said.value is not None:
        told = sentence(keyword, said.value)
        sentences.append(told)
    run.note(keyword, said, "dropped-annotation", "nobody", "not taken")
    return _GONE


def _with_notes(schema: dict[str, Json], notes: dict[str, Json]) -> dict[str, Json]:
    if not notes:
        return schema
    head: dict[str, Json] = {key: schema[key] for key in ("type", "$ref") if key in schema}
    before = {key: value for key, value in notes.items() if key != "default"}
    after = {"default": notes["default"]} if "default" in notes else {}
    return {**head, **before, **{k: v for k, v in schema.items() if k not in head}, **after}
