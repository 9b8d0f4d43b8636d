"""JSON values, and every way of writing them, for hypothesis."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A loaded machine is no failure."""

characters = st.characters(codec=None, exclude_categories=[])  # lone surrogates among them
texts = st.text(characters, max_size=12)
numbers = st.integers(-(10**40), 10**40) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
spaces = st.text(" \n\r\t", max_size=3)


@st.composite
def written(draw: st.DrawFn, value: Any) -> str:
    """Write JSON with white space anywhere, and with characters escaped or as they are."""
    gap = draw(spaces)
    if isinstance(value, dict):
        inner = ",".join(
            f"{draw(spaces)}{draw(written(key))}{draw(spaces)}:{gap}{draw(written(one))}{gap}"
            for key, one in value.items()
        )
        return "{" + (inner or gap) + "}"
    if isinstance(value, list):
        return "[" + (",".join(gap + draw(written(one)) + gap for one in value) or gap) + "]"
    surrogates = isinstance(value, str) and any("\ud800" <= c <= "\udfff" for c in value)
    return json.dumps(value, ensure_ascii=surrogates or draw(st.booleans()))
