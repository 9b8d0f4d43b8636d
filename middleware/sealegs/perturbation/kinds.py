"""Edits and injections as JSON, and back: each edit is tagged with its type."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from sealegs.errors import ProfileError
from sealegs.jsons import Json, is_array, is_object
from sealegs.perturbation import edits
from sealegs.perturbation.operators import Label, Severity, Site, Surface
from sealegs.perturbation.trial import Edit, Injection
from sealegs.perturbation.world import Change

__all__ = ["read_edit", "read_injection", "read_part", "write_edit", "write_injection"]

T = TypeVar("T")

_KINDS: Mapping[str, type[Any]] = {
    "tools": edits.ToolsEdit,
    "turns": edits.TurnsEdit,
    "said": edits.Said,
    "failed": edits.Failed,
    "pretended": edits.Pretended,
    "slowed": edits.Slowed,
    "pace": edits.Pace,
    "raised": edits.Raised,
    "refused": edits.Refused,
    "cut_stream": edits.CutStream,
    "edited_stream": edits.EditedStream,
    "broken_body": edits.BrokenBody,
    "broken_calls": edits.BrokenCalls,
    "broken_results": edits.BrokenResults,
}
_LISTS: Mapping[str, type[Any]] = {"text": edits.Spliced, "world": Change}
_NAMES: Mapping[type[Any], str] = {kind: name for name, kind in (*_KINDS.items(), *_LISTS.items())}


@dataclasses.dataclass(frozen=True, slots=True)
class _Written:
    """An injection as a file holds it."""

    id: str
    operator: str
    surface: Surface
    label: Label
    severity: Severity
    site: Site
    edit: Json
    before: str = ""
    after: str = ""


def write_edit(edit: Edit) -> Json:
    """Give an edit as JSON.

    >>> write_edit(edits.Slowed(2.5))
    {'type': 'slowed', 'seconds': 2.5}
    >>> write_edit((edits.Spliced(0, 1, "x"),))
    {'type': 'text', 'parts': [{'start': 0, 'end': 1, 'text': 'x'}]}
    """
    if isinstance(edit, tuple):
        return {"type": _NAMES[type(edit[0])], "parts": [msgspec.to_builtins(one) for one in edit]}
    return {"type": _NAMES[type(edit)], **msgspec.to_builtins(edit)}


def read_edit(value: Json, source: str, place: str) -> Edit:
    """Read an edit.

    Raises:
        ProfileError: it is none, or of a kind that this version does not know.
    """
    kind = value.get("type") if is_object(value) else None
    rest = {key: part for key, part in value.items() if key != "type"} if is_object(value) else {}
    if isinstance(kind, str) and kind in _KINDS:
        made: Edit = read_part(rest, _KINDS[kind], source, place)
        return made
    if isinstance(kind, str) and kind in _LISTS:
        parts = rest.get("parts")
        if not is_array(parts) or len(rest) > 1:
            raise ProfileError(source, f"{place}.parts", "is not all that there is")
        of = _LISTS[kind]
        where = f"{place}.parts"
        return tuple(read_part(one, of, source, f"{where}[{at}]") for at, one in enumerate(parts))
    reason = f"{kind!r} is no type of edit that this version knows"
    raise ProfileError(source, f"{place}.type", reason)


def write_injection(injection: Injection) -> dict[str, Json]:
    """Give an injection as JSON."""
    return {
        **{field.name: getattr(injection, field.name) for field in dataclasses.fields(injection)},
        "site": msgspec.to_builtins(injection.site),
        "edit": write_edit(injection.edit),
    }


def read_injection(value: Json, source: str, place: str) -> Injection:
    """Read an injection.

    Raises:
        ProfileError: it is none.
    """
    known = read_part(value, _Written, source, place)
    return Injection(
        known.id,
        known.operator,
        known.surface,
        known.label,
        known.severity,
        known.site,
        read_edit(known.edit, source, f"{place}.edit"),
        known.before,
        known.after,
    )


def read_part(value: Json, kind: type[T], source: str, place: str) -> T:
    """Read a dataclass, and nothing that it does not have.

    Raises:
        ProfileError: it does not fit.
    """
    names = [field.name for field in dataclasses.fields(kind)]  # type: ignore[arg-type]
    further = [key for key in value if key not in names] if is_object(value) else []
    if further:
        raise ProfileError(
            source, f"{place}.{further[0]}", f"is unknown; known: {', '.join(names)}"
        )
    try:
        return msgspec.convert(value, kind)
    except (msgspec.ValidationError, RecursionError) as error:
        raise ProfileError(source, place, str(error)) from error
