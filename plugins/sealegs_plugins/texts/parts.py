"""Content that is a text, or a list of parts of which some are text."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sealegs.jsons import Json, is_array, is_object
from sealegs_plugins.lenses.shared import mapped
from sealegs_plugins.wires.shared import THINKING

__all__ = ["Edit", "edited_content", "edited_part", "joined_parts", "text_member"]

Edit = Callable[[str], str]
"""Gives a text as it shall be said instead."""

_MEMBERS = ("text", "refusal")


def text_member(part: Json) -> str:
    """Name the member in which a part holds visible text; an empty name where it holds none.

    >>> text_member({"type": "text", "text": "a"}), text_member({"type": "thinking", "text": "b"})
    ('text', '')
    """
    if not is_object(part) or part.get("type") in THINKING:
        return ""
    return next((name for name in _MEMBERS if isinstance(part.get(name), str) and part[name]), "")


def edited_part(part: Json, edit: Edit, member: Callable[[Json], str] = text_member) -> Json:
    """Give a part with its text edited; the very object where nothing changes."""
    if isinstance(part, str):
        return _edited(part, edit)
    name = member(part)
    if not name:
        return part
    new = edit(part[name])
    return part if new == part[name] else {**part, name: new}


def edited_content(content: Json, edit: Edit, member: Callable[[Json], str] = text_member) -> Json:
    """Give content with each of its texts edited; the very object where nothing changes.

    What is empty says nothing, and is not edited.

    >>> edited_content([{"type": "text", "text": "a"}, {"type": "image"}], str.upper)
    [{'type': 'text', 'text': 'A'}, {'type': 'image'}]

    Args:
        content: a text, a list of parts, or one part by itself.
        edit: gives a text's new wording.
        member: names the member in which a part holds its text.
    """
    if is_array(content):
        return mapped(content, lambda part: edited_part(part, edit, member))
    return edited_part(content, edit, member)


def joined_parts(first: Json, second: Json, kind: str = "") -> list[Json]:
    """Put content behind other content.

    >>> joined_parts("a", [{"type": "text", "text": "b"}], "text")
    [{'type': 'text', 'text': 'a'}, {'type': 'text', 'text': 'b'}]

    Args:
        first: a text, a list of parts, or one part by itself.
        second: likewise.
        kind: the type of a part that is a text; empty: parts have no type.
    """
    return [*_parts(first, kind), *_parts(second, kind)]


def _parts(content: Json, kind: str) -> Sequence[Json]:
    if not isinstance(content, str):
        return content if is_array(content) else [content]
    marked: dict[str, Json] = {"type": kind} if kind else {}
    return [{**marked, "text": content}] if content else []


def _edited(text: str, edit: Edit) -> str:
    if not text:
        return text
    new = edit(text)
    return text if new == text else new
