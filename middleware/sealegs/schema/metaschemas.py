"""The meta-schemas of JSON Schema's drafts, which schemas of schemas refer to."""

from __future__ import annotations

import functools

import jsonschema_rs

from sealegs.jsons import Json
from sealegs.schema.drafts import named

__all__ = ["metaschema"]

_HOST = "json-schema.org/"


@functools.lru_cache(maxsize=64)
def metaschema(uri: str) -> Json:
    """Give the meta-schema, or the part of one, at a URI; ``None`` where there is none.

    It is shared, and must not be changed.

    >>> metaschema("http://json-schema.org/draft-07/schema")["title"]
    'Core schema meta-schema'
    >>> metaschema("https://example.com/schema") is None
    True
    """
    if _HOST not in uri:
        return None
    draft = uri if named(uri) else "https://json-schema.org/draft/2020-12/schema"
    if "2019-09" in uri:
        draft = "https://json-schema.org/draft/2019-09/schema"
    try:
        whole: Json = jsonschema_rs.bundle({"$schema": draft, "$ref": uri}, offline=True)
    except (ValueError, jsonschema_rs.ReferencingError):
        return None
    held: dict[str, Json] = whole.get("$defs") or whole.get("definitions") or {}
    return held.get(uri) or held.get(uri + "#")
