r"""Qwen3-Coder and later: one pair of tags for each argument, each value on lines of its own.

``<tool_call>\n<function=name>\n<parameter=key>\nvalue\n</parameter>\n</function>\n</tool_call>``
(chat template of Qwen/Qwen3-Coder-480B-A35B-Instruct; vLLM's and SGLang's "qwen3_coder"). The outer
tag's beginning is often left out. The template sets each value between two line breaks, which are
no part of it. Qwen3.5 and later and Nemotron 3 write the same
(https://docs.vllm.ai/en/latest/api/vllm/parser/nemotron_v3/). MiMo writes values without the line
breaks (SGLang's mimo detector).
"""

from __future__ import annotations

from sealegs.calls.following import Go, Grammar, State
from sealegs.calls.parsing import Opener

from .common import DONE, FAIL, Syntax
from .tagged import read_blocks, read_tagged, value_states

__all__ = ["PARSERS"]

_CALL = {"<function=": Go("name", note="name")}
_END = {"</function>": Go("done", note="closed")}
_LAST = {"</tool_call>": Go(end="behind", note="closed")}
_ARGUMENT = {"<parameter=": Go("key", note="key")}

_GRAMMAR = Grammar(
    starts={"<tool_call>": Go("open"), **_CALL},
    states={
        "open": State(_CALL, other=FAIL),
        "name": State({">": Go("body", note="name_end"), "\n": FAIL, "<": FAIL}),
        "body": State({**_ARGUMENT, **_END, **_LAST}, other=FAIL),
        "key": State({">": Go("value", note="key_end value"), "\n": FAIL, "<": FAIL}),
        **value_states(("</parameter>",), {**_ARGUMENT, **_END, **_LAST}),
        "done": State({**_CALL, **_LAST}, other=DONE, mark=True),
    },
)

_OPENERS = (Opener("<tool_call>"), Opener("<function="))

PARSERS = (
    Syntax(
        name="qwen3-coder",
        openers=_OPENERS,
        grammar=_GRAMMAR,
        read=read_blocks,
        models=(
            "qwen3-coder*",
            "qwen-coder*",
            "qwen3-next-coder*",
            "qwen3.[5-9]*",
            "qwen3-[5-9]-*",
            "qwen[4-9]*",
            "nemotron-3-*",
            "*-nemotron-3-*",
        ),
        source="Qwen/Qwen3-Coder-480B-A35B-Instruct chat template",
    ),
    Syntax(
        name="mimo",
        openers=_OPENERS,
        grammar=_GRAMMAR,
        read=read_tagged,
        models=("mimo-v2*",),
        source="sgl-project/sglang mimo detector",
    ),
)
