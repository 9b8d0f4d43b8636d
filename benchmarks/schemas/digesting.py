"""Digests of what lowering gives, to compare with another process."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from ours import CANONICAL, RULES

from sealegs.schema.canonical import canonical
from sealegs.schema.lowering import lower
from sealegs_plugins.dialects import ALL

if TYPE_CHECKING:
    from corpora import Case

__all__ = ["digests"]


def digests(case: Case) -> dict[str, str]:
    """Give a digest of what each dialect gets, to compare with another process."""
    try:
        made = canonical(case.schema, resources=case.resources)
    except Exception:
        return {}
    found = {CANONICAL: _digest([made.schema, made.validated])}
    by_rules: dict[str, str] = {}
    for dialect in ALL:
        rules = RULES[dialect.name]
        if rules not in by_rules:
            try:
                by_rules[rules] = _digest(lower(made.schema, dialect).schema)
            except Exception:
                by_rules[rules] = "error"
        found[dialect.name] = by_rules[rules]
    return found


def _digest(value: Any) -> str:
    return hashlib.blake2b(json.dumps(value).encode(), digest_size=8).hexdigest()
