"""Patterns of schemas, matched by the validator's engine: unlike Python's, it ends in time."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import jsonschema_rs

__all__ = ["matches"]


def matches(pattern: str, text: str) -> bool:
    """Say whether a pattern is found in a text; one that is no pattern is found nowhere.

    >>> matches("^x-", "x-a"), matches("(", "(")
    (True, False)
    """
    compiled = _compiled(pattern)
    try:
        return compiled is not None and compiled.is_valid(text)
    except UnicodeEncodeError:
        return False


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> jsonschema_rs.Validator | None:
    import jsonschema_rs

    try:
        return jsonschema_rs.Draft202012Validator({"pattern": pattern}, offline=True)
    except ValueError:
        return None
