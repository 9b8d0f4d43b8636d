"""The XML in which Claude was first shown tools, and which prompts still ask for.

``<function_calls><invoke name="…"><parameter name="…">value</parameter></invoke>
</function_calls>``, with or without the prefix ``antml:``
(https://docs.anthropic.com/en/docs/legacy-tool-use). It comes as text at times, mostly without the
outer tag and the prefix (anthropics/claude-code#64108, #74518). Claude's calls are structured
otherwise, and it may well write about this syntax, so only calls of given tools count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sealegs.calls.following import Grammar, Note
from sealegs.calls.parsing import Opener, ParsedCall
from sealegs.jsons import Json

from .common import Syntax
from .tagged import invoked, read_tagged

__all__ = ["PARSERS"]

_STARTS, _STATES = invoked(("", "antml:"), ("function_calls",))


def _read(
    region: str, notes: Sequence[Note], schemas: Mapping[str, Json], whole: bool
) -> list[ParsedCall] | None:
    calls = read_tagged(region, notes, schemas, whole)
    return calls if calls and all(call.name in schemas for call in calls) else None


PARSERS = (
    Syntax(
        name="anthropic-xml",
        openers=tuple(Opener(text, "line" if "invoke" in text else "anywhere") for text in _STARTS),
        grammar=Grammar(_STARTS, _STATES),
        read=_read,
        models=("claude*",),
        source="anthropics/claude-code#64108, #74518",
        evidence="reported",
    ),
)
