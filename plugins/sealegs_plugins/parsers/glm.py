"""GLM from 4.5 on: the name, then pairs of key and value.

``<tool_call>name<arg_key>k</arg_key><arg_value>v</arg_value></tool_call>``, with a line break
behind the name and between the tags (chat template of zai-org/GLM-4.5; GLM-4.7 leaves out the line
breaks; vLLM's "glm45" and "glm47"). A server that takes the name to end at a line break gives
``name<arg_key>k</arg_key><arg_value>v</arg_value>`` as the name of a structured call
(zai-org/GLM-5#84); such a call is salvaged.
"""

from __future__ import annotations

from sealegs.calls.following import Go, Grammar, State
from sealegs.calls.parsing import Opener, ParsedCall

from .common import FAIL, Syntax
from .tagged import read_tagged, value_states

__all__ = ["PARSERS"]

_KEY = {"<arg_key>": Go("key", note="key")}
_LAST = {"</tool_call>": Go(end="behind", note="closed")}

_GRAMMAR = Grammar(
    starts={"<tool_call>": Go("open", note="name")},
    states={
        "open": State(
            dict.fromkeys(("{", "[", "<", '"', "`", "</tool_call>"), FAIL), other=Go("name")
        ),
        "name": State(
            {
                "\n": Go("body", note="name_end"),
                "<arg_key>": Go("key", note="name_end key"),
                "</tool_call>": Go(end="behind", note="name_end closed"),
                **dict.fromkeys((" ", "<", "{", '"', "`"), FAIL),
            }
        ),
        "body": State({**_KEY, **_LAST}, other=FAIL),
        "key": State({"</arg_key>": Go("between", note="key_end"), "\n": FAIL}),
        "between": State({"<arg_value>": Go("value", note="value")}, other=FAIL),
        **value_states(
            ("</arg_value>",), {**_KEY, **_LAST, "<tool_call>": Go(end="before", note="closed")}
        ),
    },
)


def _salvage(name: str, arguments: str) -> ParsedCall | None:
    """Read a call of which the name holds the arguments too."""
    del arguments  # they were cut off what stands in the name, and are empty
    if "<arg_key>" not in name:
        return None
    region = f"<tool_call>{name.strip().removesuffix('</tool_call>')}</tool_call>"
    found = read_tagged(region, _GRAMMAR.notes(region), {}, True)
    return found[0] if found else None


PARSERS = (
    Syntax(
        name="glm",
        openers=(Opener("<tool_call>"),),
        grammar=_GRAMMAR,
        read=read_tagged,
        models=(
            "glm-4.[5-9]*",
            "glm-4p[5-9]*",
            "glm-4-[5-9]*",
            "glm-[5-9]*",
            "glm4.[5-9]*",
            "glm[5-9]*",
        ),
        salvage=_salvage,
        source="zai-org/GLM-4.5 chat template, zai-org/GLM-5#84",
    ),
)
