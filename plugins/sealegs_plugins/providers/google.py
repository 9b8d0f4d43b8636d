"""Google: thought signatures on parts, at the Gemini API, at Vertex, and in OpenAI's format."""

from __future__ import annotations

from dataclasses import replace

from sealegs.knowledge import Provider, Recovery

from .anthropic import CLASSIC, PRESERVED
from .common import CHAT, CHECKED

__all__ = ["ROWS"]

_GEMINI = frozenset({"gemini"})
_API = ("generativelanguage.googleapis.com",)
_VERTEX = ("*aiplatform*.googleapis.com",)
_GUIDE = "https://ai.google.dev/gemini-api/docs/thought-signatures"
_VERTEX_GUIDE = "https://docs.cloud.google.com/vertex-ai/generative-ai/docs/thought-signatures"

# The names without a version are those that end in `-latest`: they stand for Gemini 3 by now.
_THREE = ("gemini-[3-9]*", "gemini-pro", "gemini-flash", "gemini-flash-lite")
_SKIP = "skip_thought_signature_validator"

_STALE = Recovery(
    pattern=r"(?i)(invalid|corrupted) thought[ _]signature",
    action="strip",
    remember=False,
    source="docs.apiyi.com (questions and answers)",
)

# Gemini 2.5 recommends signatures, and refuses nothing.
_TWO = Provider(
    name="gemini",
    wires=_GEMINI,
    hosts=_API,
    out=("thought_parts",),
    recoveries=(_STALE,),
    source=_GUIDE,
    checked=CHECKED,
    evidence="recorded",
)
# From Gemini 3 on the first call of each step must be signed. Where the signature is lost, the
# documented dummy goes on that call, in the shape of its format's payload; so a refusal for want
# of one needs no recovery.
_SIGNED = Provider(
    name="gemini-3",
    wires=_GEMINI,
    hosts=_API,
    models=_THREE,
    rank=50,
    out=("thought_parts",),
    demand="tool_loop",
    gap="placeholder",
    placeholder={"thought_parts": {"attributes": [["functioncall", 0, "thoughtSignature", _SKIP]]}},
    source=f"{_GUIDE}, JetBrains/koog#1148",
    checked=CHECKED,
    evidence="recorded",
)
_CHAT_TWO = replace(
    _TWO,
    name="gemini-openai",
    wires=CHAT,
    paths=("*/openai/*",),
    out=("thought_signatures",),
    evidence="documented",
)
_CHAT_SIGNED = replace(
    _SIGNED,
    name="gemini-3-openai",
    wires=CHAT,
    paths=("*/openai/*",),
    out=("thought_signatures",),
    placeholder={"thought_signatures": {"calls": [[0, {"thought_signature": _SKIP}]]}},
    evidence="documented",
)

# The two APIs refuse each other's signatures, and Vertex's token changes: the project in the path
# is the account.
ROWS: tuple[Provider, ...] = (
    _TWO,
    _SIGNED,
    _CHAT_TWO,
    _CHAT_SIGNED,
    replace(_TWO, name="vertex", hosts=_VERTEX, account="path", source=_VERTEX_GUIDE),
    replace(
        _SIGNED,
        name="vertex-gemini-3",
        hosts=_VERTEX,
        account="path",
        source=f"{_VERTEX_GUIDE}, google/adk-python#3705",
    ),
    replace(
        _CHAT_TWO,
        name="vertex-openai",
        hosts=_VERTEX,
        paths=("*/endpoints/openapi/*",),
        models=("gemini-*",),
        account="path",
        source=_VERTEX_GUIDE,
    ),
    replace(
        _CHAT_SIGNED,
        name="vertex-gemini-3-openai",
        hosts=_VERTEX,
        paths=("*/endpoints/openapi/*",),
        account="path",
        source=_VERTEX_GUIDE,
    ),
    replace(CLASSIC, name="vertex-anthropic", hosts=_VERTEX, account="path", evidence="documented"),
    replace(PRESERVED, name="vertex-anthropic-preserved", hosts=_VERTEX, account="path"),
)
