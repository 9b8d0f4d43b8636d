"""The canonical form of a tool's schema: JSON Schema 2020-12, whole in itself.

Everything that lowers a schema reads this form, and nothing else needs to know another. See
`sealegs.schema.drafts` for how a document's draft is judged.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sealegs.errors import SchemaError, SchemaLimitError
from sealegs.jsons import Json, dump, is_object, parse
from sealegs.schema.emitting import Emission
from sealegs.schema.limits import DEFAULT, Limits
from sealegs.schema.quick import settle
from sealegs.schema.references import has_references
from sealegs.schema.report import Entry
from sealegs.schema.walking import subschemas

__all__ = ["Canonical", "canonical"]


@dataclass(frozen=True, slots=True)
class Canonical:
    """A schema in canonical form.

    Attributes:
        schema: an object; 2020-12 and vendors' keywords only, and every ``$ref`` in it leads to one
            of the root's ``$defs``.
        validated: the schema whose language is promised to the tool, for the run-time check.
        entries: what could not be read as it stood.
        remarks: what holds for the whole, such as how its draft differs in a way that cannot be
            said.
    """

    schema: Json
    validated: Json
    entries: tuple[Entry, ...] = ()
    remarks: tuple[str, ...] = ()


def canonical(
    schema: Json, *, limits: Limits = DEFAULT, resources: Mapping[str, Json] | None = None
) -> Canonical:
    """Give the canonical form of a schema of any draft or dialect.

    >>> canonical({"type": "OBJECT", "properties": {"n": {"type": "integer", "nullable": True}}})
    ... # doctest: +ELLIPSIS
    Canonical(schema={'type': 'object', 'properties': {'n': {'type': ['integer', 'null']}}}, ...)

    Args:
        schema: as it came; it is not changed, and nothing of it is shared.
        limits: how much work it may cause.
        resources: documents by their URI, for references that leave the schema.

    Raises:
        SchemaLimitError: it is larger or deeper than allowed; the pointer says where.
        SchemaError: it is no schema at all.
    """
    if isinstance(schema, bool):
        schema = {} if schema else {"not": {}}
    if not is_object(schema):
        raise SchemaError("", f"a schema is an object, not {type(schema).__name__}")
    raw = _measured(schema, limits)
    root = parse(raw)
    if settle(root, limits, linked=has_references(raw)):
        return Canonical(root, _legible(root, raw))
    emission = Emission(parse(raw), raw, limits, resources or {})
    root, entries = emission.finished()
    return Canonical(root, _legible(root, raw), entries, emission.remarks)


def _legible(root: dict[str, Json], raw: bytes) -> Json:
    """Give a schema that the run-time check can read: lone surrogates are no text for it."""
    if b"\\ud" not in raw:
        return root
    text = json.dumps(root, ensure_ascii=False)
    return parse(text.encode("utf-8", "replace")) if not _is_text(text) else root


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _measured(schema: Json, limits: Limits) -> bytes:
    """Write a schema down; what cannot be written is no JSON."""
    try:
        raw = dump(schema)
    except RecursionError:
        raise SchemaLimitError(_deep(schema, limits.depth), "nested too deep") from None
    except TypeError as error:
        raise SchemaError("", f"not JSON: {error}") from error
    if len(raw) > limits.size:
        raise SchemaLimitError("", f"larger than {limits.size} bytes: {len(raw)}")
    return raw


def _deep(schema: Json, depth: int) -> str:
    """Give the first place that lies deeper than allowed."""
    found = (sub.pointer for sub in subschemas(schema, depth=depth + 1) if sub.depth > depth)
    return next(found, "")
