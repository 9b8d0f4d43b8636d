"""JSON as models spell it: the same values in other words, for hypothesis."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import strategies as st

_GAPS = ["", "", " ", "\n", "/* a comment */", "// one more\n", "# and one\n", "\u00a0"]
_BEFORE = ["", "", "Here it is: ", "```json\n", "\ufeff", "<call>"]
_BEHIND = {"```json\n": "\n```", "<call>": "</call>"}
_CONSTANTS = {True: ["true", "True", "TRUE"], False: ["false", "False"], None: ["null", "None"]}
_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CURLY = str.maketrans({char: f"\\u{ord(char):04x}" for char in '“”„‟"'})


def _raw(draw: st.DrawFn, body: str) -> str:
    """Perhaps write control characters as they are."""
    if draw(st.booleans()):
        return body
    return re.sub(
        r"\\(?:n|t|\\)",
        lambda found: {"\\n": "\n", "\\t": "\t"}.get(found[0], found[0]),
        body,
    )


def _text(draw: st.DrawFn, value: str) -> str:
    body = _raw(draw, json.dumps(value, ensure_ascii=draw(st.booleans()))[1:-1])
    match draw(st.sampled_from("\"'“")):
        case "'":
            return "'" + body.replace('\\"', '"').replace("'", "\\'") + "'"
        case "“":
            return "“" + body.replace('\\"', '"').translate(_CURLY) + "”"
        case _:
            return f'"{body}"'


def _key(draw: st.DrawFn, name: str) -> str:
    return name if _BARE.fullmatch(name) and draw(st.booleans()) else _text(draw, name)


def _written(draw: st.DrawFn, value: Any) -> str:
    def gap() -> str:
        return draw(st.sampled_from(_GAPS))

    if isinstance(value, dict):
        members = [
            f"{gap()}{_key(draw, name)}{gap()}:{gap()}{_written(draw, one)}{gap()}"
            for name, one in value.items()
        ]
        return "{" + _listed(draw, members, gap()) + "}"
    if isinstance(value, list):
        items = [f"{gap()}{_written(draw, one)}{gap()}" for one in value]
        return "[" + _listed(draw, items, gap()) + "]"
    if isinstance(value, str):
        return _text(draw, value)
    if value is None or isinstance(value, bool):
        return draw(st.sampled_from(_CONSTANTS[value]))
    return json.dumps(value)


def _listed(draw: st.DrawFn, parts: list[str], gap: str) -> str:
    return ",".join(parts) + (draw(st.sampled_from(["", ","])) if parts else "") + gap


@st.composite
def mangled(draw: st.DrawFn, value: Any) -> str:
    """Write a value in a way that is perhaps no JSON, but means nothing else."""
    before = draw(st.sampled_from(_BEFORE)) if isinstance(value, dict) else ""
    return before + _written(draw, value) + _BEHIND.get(before, "")
