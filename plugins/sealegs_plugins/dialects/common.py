"""What dialects of several providers share: dates, groups of keywords, name rules."""

from __future__ import annotations

from sealegs.schema.dialect import Keyword, NameRule, References

__all__ = [
    "ANNOTATIONS",
    "ANTHROPIC",
    "CHAT",
    "CHECKED",
    "FORMATS",
    "IGNORED",
    "IN_DOCUMENT",
    "KEPT",
    "LINEAR",
    "NAME_64",
    "PLAIN",
    "REFUSED",
    "RESPONSES",
    "WRITTEN_OUT",
    "each",
]

CHECKED = "2026-11-23"

CHAT = frozenset({"openai-chat"})
RESPONSES = frozenset({"openai-responses"})
ANTHROPIC = frozenset({"anthropic-messages", "anthropic-bedrock"})

KEPT = Keyword()
IGNORED = Keyword("ignored")
REFUSED = Keyword("refused")

NAME_64 = NameRule(r"[a-zA-Z0-9_-]+", max_length=64)

ANNOTATIONS = ("$schema", "$id", "$comment", "examples", "deprecated", "readOnly", "writeOnly")
"""Keywords that constrain nothing, and that few providers show to the model."""

PLAIN = (
    "type",
    "title",
    "description",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "anyOf",
)
"""The keywords that every provider found takes in some way."""

IN_DOCUMENT = r"#|#/(?:\$defs|definitions)/[^/]+"
"""References to the root, or to a definition."""

WRITTEN_OUT = References(kept=False, recursion="refused", siblings="none")
"""References that the model never sees resolved, so that none may be left."""

LINEAR = r"\(\?[=!<]|\\[1-9]|\(\?P=|\\[AbBzZ]"
"""Look-around, back references and anchors of words and texts: what no grammar of tokens holds."""

FORMATS = ("date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid")
"""The formats that OpenAI's strict mode knows; others took them over."""


def each(names: tuple[str, ...], rule: Keyword) -> dict[str, Keyword]:
    """Give the same rule to several keywords.

    >>> each(("allOf", "not"), Keyword("refused"))["not"].treatment
    'refused'
    """
    return dict.fromkeys(names, rule)
