"""The XML in which Claude was first shown tools, and which prompts still ask for.

``<function_calls><invoke name="…"><parameter name="…">value</parameter></invoke></function_calls>``,
with or without the prefix ``antml:``
(https://docs.anthropic.com/en/docs/legacy-tool-use). It comes as text at times, mostly without the
outer tag and the prefix (anthropics/claude-code#64108, #74518).
"""

from __future__ import annotations

from sealegs.calls.following import Grammar
from sealegs.calls.parsing import Opener

from .common import Syntax
from .tagged import invoked, read_tagged

__all__ = ["PARSERS"]

_STARTS, _STATES = invoked(("", "antml:"), ("function_calls",))

PARSERS = (
    Syntax(
        name="anthropic-xml",
        openers=tuple(Opener(text, "line" if "invoke" in text else "anywhere") for text in _STARTS),
        grammar=Grammar(_STARTS, _STATES),
        read=read_tagged,
        models=("claude*",),
        source="anthropics/claude-code#64108, #74518",
        evidence="reported",
    ),
)
