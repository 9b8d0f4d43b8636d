"""The drafts of JSON Schema: which keywords each knows, and what else sets it apart.

A document's draft is the one that its ``$schema`` names. Where it names none, or none that is
known, the document is read as 2020-12, and what has no meaning there but one in an older draft, in
OpenAPI 3.0 or in Gemini's or BFCL's dialect is read with that meaning, node by node.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sealegs.jsons import Json, dump, is_object
from sealegs.schema.keywords import KEYWORDS, VOCABULARIES

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DRAFTS", "UNNAMED", "Draft", "draft_of", "named"]


@dataclass(frozen=True, slots=True)
class Draft:
    """One draft.

    Attributes:
        name: such as ``draft-07``; empty where a document does not say it.
        year: 3 to 7, 2019 or 2020, for comparison.
        unknown: keywords of other drafts that mean nothing in this one.
        lone_references: what stands beside ``$ref`` means nothing.
        named: whether the document itself says that it is this draft.
        hides_contains: ``contains`` tells ``unevaluatedItems`` nothing, and a document says both.
    """

    name: str
    year: int
    unknown: frozenset[str]
    lone_references: bool
    named: bool = True
    hides_contains: bool = False


# What a draft does not define and yet is read, because nobody means anything else by it.
_ALWAYS = frozenset({"dependencies", "definitions", "$defs", "$comment", "id", "$id", "examples"})


def _draft(name: str, year: int) -> Draft:
    unknown = frozenset(
        keyword
        for keyword, row in KEYWORDS.items()
        if not row.since <= year <= row.until
        and row.role != "annotation"
        and keyword not in _ALWAYS
    )
    return Draft(name, year, unknown, lone_references=year <= 7)


DRAFTS: Mapping[int, Draft] = {
    year: _draft(name, year)
    for year, name in {
        3: "draft-03",
        4: "draft-04",
        6: "draft-06",
        7: "draft-07",
        2019: "2019-09",
        2020: "2020-12",
    }.items()
}
"""The drafts by their number or year."""

UNNAMED = Draft("", 2020, frozenset(), lone_references=False, named=False)
"""How a document is read that does not name its draft."""

_URIS = re.compile(
    r"https?://json-schema\.org/(?:draft-0?(?P<old>[3467])|draft/(?P<new>2019-09|2020-12))"
    r"/(?:hyper-)?schema#?"
)
_OTHERS = {
    "https://spec.openapis.org/oas/3.1/dialect/base": 2020,
    "https://json-schema.org/v1": 2020,
}


def named(uri: Json) -> Draft | None:
    """Give the draft that a ``$schema`` names; ``None`` where it names none that is known.

    >>> named("http://json-schema.org/draft-07/schema#").name
    'draft-07'
    >>> named("https://example.com/dialect") is None
    True
    """
    if not isinstance(uri, str):
        return None
    if found := _URIS.fullmatch(uri.strip()):
        return DRAFTS[int(found["old"] or found["new"][:4])]
    year = _OTHERS.get(uri.strip().rstrip("#"))
    return DRAFTS[year] if year else None


def draft_of(document: Json, outer: Draft, others: Mapping[str, Json]) -> Draft:
    """Give the draft by which a document is read.

    Args:
        document: the whole of it.
        outer: the draft where it names none.
        others: further documents by their URI, among which its meta-schema may be.
    """
    uri = document.get("$schema") if is_object(document) else None
    draft = named(uri)
    if draft is None and isinstance(uri, str):
        draft = _with_vocabularies(others.get(uri, others.get(uri.rstrip("#"))))
    if draft is None:
        return outer
    if draft.year == 2019 and b'"unevaluatedItems"' in dump(document):
        return replace(draft, hides_contains=True)
    return draft


def _with_vocabularies(meta: Json) -> Draft | None:
    """Give the draft that a meta-schema of somebody's own stands for; ``None`` where it tells none.

    Keywords whose vocabulary it does not list mean nothing.
    """
    base = named(meta.get("$schema")) if is_object(meta) else None
    listed = meta.get("$vocabulary") if base else None
    if base is None or base.year < 2019 or not is_object(listed):
        return base
    names = {uri.rpartition("/")[2] for uri in listed if "/vocab/" in uri}
    names.add("core")
    if base.year == 2019 and "applicator" in names:
        names.add("unevaluated")
    absent = [keywords for name, keywords in VOCABULARIES.items() if name not in names]
    return Draft(base.name, base.year, base.unknown.union(*absent), base.lone_references)
