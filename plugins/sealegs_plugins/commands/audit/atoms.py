"""The atoms of reasoning in a message: the values that must come back, found by their names.

This walk knows nothing of the reasoning formats, so that it can judge them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sealegs.jsons import Json, is_array, is_object

__all__ = ["Atom", "atoms"]


@dataclass(frozen=True, slots=True)
class Atom:
    """One value.

    Attributes:
        kind: the member that holds it.
        value: the text itself; private, so a report never shows it.
    """

    kind: str
    value: str


_OPAQUE = frozenset(
    {
        "signature",
        "encrypted_content",
        "thoughtSignature",
        "thought_signature",
        "reasoning_opaque",
        "redactedContent",
    }
)
_TEXT = frozenset({"reasoning_content", "reasoning", "reasoning_text", "thinking"})
_TYPED: Mapping[str, tuple[str, ...]] = {
    "redacted_thinking": ("data",),
    "reasoning.encrypted": ("data",),
    "reasoning.text": ("text",),
    "reasoning.summary": ("summary",),
    "summary_text": ("text",),
}


def atoms(value: Json) -> Iterator[Atom]:
    """Find the atoms in a message, a list of items, or any part of one.

    >>> sorted(atom.kind for atom in atoms({"reasoning_content": "x", "content": "y"}))
    ['reasoning_content']
    """
    if is_array(value):
        for item in value:
            yield from atoms(item)
    if not is_object(value):
        return
    typed = _TYPED.get(str(value.get("type")), ())
    if value.get("thought") is True:
        typed = (*typed, "text")
    for key, inner in value.items():
        if isinstance(inner, str):
            if inner.strip() and (key in _OPAQUE or key in _TEXT or key in typed):
                yield Atom(key, inner)
        elif key == "reasoningText" and is_object(inner):
            yield from _converse(inner)
        elif key == "thinking" and is_array(inner):
            text = "".join(str(part.get("text", "")) for part in inner if is_object(part))
            if text.strip():
                yield Atom(key, text)
        elif key not in ("input", "args", "arguments"):
            yield from atoms(inner)


def _converse(block: Mapping[str, Json]) -> Iterator[Atom]:
    for key in ("text", "signature"):
        if isinstance(block.get(key), str) and block[key].strip():
            yield Atom(f"reasoningText.{key}", block[key])
