"""Writers of the syntaxes in which models write tool calls as text. They know no parser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

MARKUP = (
    "</parameter>",
    "</tool_call>",
    "<tool_call>",
    "</invoke>",
    "</function>",
    "</arg_value>",
    "<parameter=x>",
    '<parameter name="x">',
    "<|tool_call_end|>",
    "<｜tool▁call▁end｜>",
    "<|call|>",
    "[TOOL_CALLS]",
    "]<]minimax",
    "<escap",
    "```",
    "`",
    "~~~",
    "<think>",
    '"',
    "'",
    "\\",
    '\\"',
    "\n",
    "\n\n",
    "\r\n",
    "{",
    "}",
    "]",
    "[",
    "(",
    "<",
    "</",
    "&lt;",
    "é",
    "日本語",
    "🙂",
    "\u2028",
    "null",
    "01234",
    " ",
)


@dataclass(frozen=True)
class Call:
    """A call to be written."""

    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Writer:
    """Writes one syntax.

    Attributes:
        parser: the name of the parser that should read it.
        write: gives the text of some calls.
        texts: arguments come back as texts.
        first: nothing may stand before it.
        line: it must begin a line.
        clear: says whether a string value can be told from the markup at all.
        several: whether it can hold more than one call.
    """

    parser: str
    write: Callable[[Sequence[Call]], str]
    texts: bool = False
    first: bool = False
    line: bool = False
    clear: Callable[[str], bool] = lambda text: True
    several: bool = True


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def bare(value: Any) -> str:
    """Give a value as XML-like syntaxes write it."""
    return value if isinstance(value, str) else compact(value)


def each(one: Callable[[Call], str], between: str = "\n") -> Callable[[Sequence[Call]], str]:
    return lambda calls: between.join(one(call) for call in calls)


def hermes(call: Call) -> str:
    return f"<tool_call>\n{compact({'name': call.name, 'arguments': call.arguments})}\n</tool_call>"


def hermes_arguments_first(call: Call) -> str:
    return f"<tool_call>{json.dumps({'arguments': call.arguments, 'name': call.name})}</tool_call>"


def hermes_bare(call: Call) -> str:
    return compact({"name": call.name, "arguments": call.arguments})


def qwen(call: Call) -> str:
    arguments = "".join(
        f"<parameter={key}>\n{bare(value)}\n</parameter>\n" for key, value in call.arguments.items()
    )
    return f"<tool_call>\n<function={call.name}>\n{arguments}</function>\n</tool_call>"


def qwen_bare(call: Call) -> str:
    return qwen(call).removeprefix("<tool_call>\n")


def mimo(call: Call) -> str:
    arguments = "".join(
        f"<parameter={key}>{bare(value)}</parameter>\n" for key, value in call.arguments.items()
    )
    return f"<tool_call>\n<function={call.name}>\n{arguments}</function>\n</tool_call>"


def invoke(call: Call, tag: str = "", kinds: bool = False) -> str:
    arguments = ""
    for key, value in call.arguments.items():
        kind = f' string="{"true" if isinstance(value, str) else "false"}"' if kinds else ""
        arguments += f'<{tag}parameter name="{key}"{kind}>{bare(value)}</{tag}parameter>\n'
    return f'<{tag}invoke name="{call.name}">\n{arguments}</{tag}invoke>\n'


def wrapped(name: str, tag: str = "", kinds: bool = False) -> Callable[[Sequence[Call]], str]:
    def write(calls: Sequence[Call]) -> str:
        inner = "".join(invoke(call, tag, kinds) for call in calls)
        return f"<{tag}{name}>\n{inner}</{tag}{name}>"

    return write


NS = "]<]minimax[>["


def minimax_m3(calls: Sequence[Call]) -> str:
    def element(tag: str, value: Any) -> str:
        if isinstance(value, dict) and value:
            inner = "".join(element(key, item) for key, item in value.items())
        elif isinstance(value, list) and value:
            inner = "".join(element("item", item) for item in value)
        else:
            inner = bare(value)
        return f"{NS}<{tag}>{inner}{NS}</{tag}>"

    text = f"{NS}<tool_call>\n"
    for call in calls:
        inner = "".join(element(key, value) for key, value in call.arguments.items())
        text += f'{NS}<invoke name="{call.name}">{inner}{NS}</invoke>\n'
    return f"{text}{NS}</tool_call>"


def minimax_m1(calls: Sequence[Call]) -> str:
    lines = (compact({"name": call.name, "arguments": call.arguments}) for call in calls)
    return "<tool_calls>\n{}\n</tool_calls>".format("\n".join(lines))


def kimi(calls: Sequence[Call]) -> str:
    inner = "".join(
        f"<|tool_call_begin|>functions.{call.name}:{number}<|tool_call_argument_begin|>"
        f"{compact(call.arguments)}<|tool_call_end|>"
        for number, call in enumerate(calls)
    )
    return f"<|tool_calls_section_begin|>{inner}<|tool_calls_section_end|>"


def kimi_k3(calls: Sequence[Call]) -> str:
    kinds = {str: "string", bool: "boolean", int: "number", float: "number", list: "array"}
    text = "<|open|>tools<|sep|>"
    for number, call in enumerate(calls, 1):
        text += f'<|open|>call tool="{call.name}" index="{number}"<|sep|>'
        for key, value in call.arguments.items():
            kind = kinds.get(type(value), "object")
            text += f'<|open|>argument key="{key}" type="{kind}"<|sep|>{bare(value)}'
            text += "<|close|>argument<|sep|>"
        text += "<|close|>call<|sep|>"
    return f"{text}<|close|>tools<|sep|>"


def deepseek_v3(calls: Sequence[Call]) -> str:
    inner = "\n".join(
        f"<｜tool▁call▁begin｜>function<｜tool▁sep｜>{call.name}\n"
        f"```json\n{compact(call.arguments)}\n```<｜tool▁call▁end｜>"
        for call in calls
    )
    return f"<｜tool▁calls▁begin｜>{inner}<｜tool▁calls▁end｜>"


def deepseek_v31(calls: Sequence[Call]) -> str:
    inner = "".join(
        f"<｜tool▁call▁begin｜>{call.name}<｜tool▁sep｜>{json.dumps(call.arguments)}<｜tool▁call▁end｜>"
        for call in calls
    )
    return f"<｜tool▁calls▁begin｜>{inner}<｜tool▁calls▁end｜>"


def mistral_list(calls: Sequence[Call]) -> str:
    items = [
        {"name": call.name, "arguments": call.arguments, "id": f"{number:09d}"}
        for number, call in enumerate(calls)
    ]
    return f"[TOOL_CALLS] {compact(items)}"


def mistral(call: Call) -> str:
    return f"[TOOL_CALLS]{call.name}[ARGS]{compact(call.arguments)}"


def mistral_with_id(call: Call) -> str:
    return f"[TOOL_CALLS]{call.name}[CALL_ID]abcdefghi[ARGS]{compact(call.arguments)}"


def llama_object(call: Call) -> str:
    return compact({"name": call.name, "parameters": call.arguments})


def llama_tagged(call: Call) -> str:
    return f"<function={call.name}>{compact(call.arguments)}</function>"


def python_call(call: Call) -> str:
    return f"{call.name}({', '.join(f'{key}={value!r}' for key, value in call.arguments.items())})"


def pythonic(calls: Sequence[Call]) -> str:
    return f"[{', '.join(map(python_call, calls))}]"


def glm(call: Call) -> str:
    pairs = "".join(
        f"<arg_key>{key}</arg_key>\n<arg_value>{bare(value)}</arg_value>\n"
        for key, value in call.arguments.items()
    )
    return f"<tool_call>{call.name}\n{pairs}</tool_call>"


def glm_tight(call: Call) -> str:
    pairs = "".join(
        f"<arg_key>{key}</arg_key><arg_value>{bare(value)}</arg_value>"
        for key, value in call.arguments.items()
    )
    return f"<tool_call>{call.name}{pairs}</tool_call>"


def harmony(call: Call) -> str:
    return (
        f"<|channel|>commentary to=functions.{call.name} <|constrain|>json<|message|>"
        f"{compact(call.arguments)}<|call|>"
    )


def harmony_role(call: Call) -> str:
    return (
        f"<|start|>assistant to=functions.{call.name}<|channel|>commentary json<|message|>"
        f"{compact(call.arguments)}<|call|>"
    )


def braces(delimiter: str, opening: str, closing: str) -> Callable[[Call], str]:
    def value(item: Any) -> str:
        if isinstance(item, str):
            return f"{delimiter}{item}{delimiter}"
        if isinstance(item, dict):
            return f"{{{','.join(f'{key}:{value(inner)}' for key, inner in item.items())}}}"
        if isinstance(item, list):
            return f"[{','.join(map(value, item))}]"
        return compact(item)

    return lambda call: f"{opening}call:{call.name}{value(call.arguments)}{closing}"


def tool_code(calls: Sequence[Call]) -> str:
    return "```tool_code\n{}\n```".format("\n".join(map(python_call, calls)))


def react(call: Call) -> str:
    return f"Action: {call.name}\nAction Input: {compact(call.arguments)}"


def json_fence(calls: Sequence[Call]) -> str:
    items = [{"name": call.name, "arguments": call.arguments} for call in calls]
    return f"```json\n{json.dumps(items[0] if len(items) == 1 else items, indent=2)}\n```"


def command_r(calls: Sequence[Call]) -> str:
    items = [{"tool_name": call.name, "parameters": call.arguments} for call in calls]
    return f"Action: ```json\n{json.dumps(items, indent=4)}\n```"


def without(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda text: not compiled.search(text)


# Of a value that holds the very markup that ends it, nobody can say where it ends.
_PARAMETER = without(r"</[^<>]*parameter>\s*($|</?[^<>]*(parameter|invoke|function|tool_call))")
_ARGUMENT = without(r"</arg_value>\s*($|<arg_key>|</?tool_call>)")

WRITERS: dict[str, Writer] = {
    "hermes": Writer("hermes", each(hermes)),
    "hermes, arguments first": Writer("hermes", each(hermes_arguments_first)),
    "hermes, no tags": Writer("hermes", each(hermes_bare), first=True, several=False),
    "qwen3-coder": Writer("qwen3-coder", each(qwen), texts=True, clear=_PARAMETER),
    "qwen3-coder, bare": Writer("qwen3-coder", each(qwen_bare), texts=True, clear=_PARAMETER),
    "minimax-m2": Writer("minimax-m2", wrapped("minimax:tool_call"), texts=True, clear=_PARAMETER),
    "minimax-m3": Writer("minimax-m3", minimax_m3, texts=True, clear=lambda text: NS not in text),
    "minimax-m1": Writer("minimax-m1", minimax_m1),
    "anthropic-xml": Writer("anthropic-xml", wrapped("function_calls"), True, clear=_PARAMETER),
    "anthropic-xml, prefix": Writer(
        "anthropic-xml", wrapped("function_calls", "antml:"), True, clear=_PARAMETER
    ),
    "anthropic-xml, bare": Writer(
        "anthropic-xml", each(invoke, ""), True, line=True, clear=_PARAMETER
    ),
    "deepseek-v3": Writer("deepseek-v3", deepseek_v3),
    "deepseek-v3.1": Writer("deepseek-v3", deepseek_v31),
    "deepseek-v3.2": Writer(
        "deepseek-dsml", wrapped("function_calls", "｜DSML｜", kinds=True), clear=_PARAMETER
    ),
    "deepseek-v4": Writer(
        "deepseek-dsml", wrapped("tool_calls", "｜DSML｜", kinds=True), clear=_PARAMETER
    ),
    "kimi-k2": Writer("kimi-k2", kimi),
    "kimi-k3": Writer("kimi-k3", kimi_k3),
    "mimo": Writer("mimo", each(mimo), texts=True, clear=_PARAMETER),
    "mistral, list": Writer("mistral", mistral_list),
    "mistral": Writer("mistral", each(mistral, "")),
    "mistral, id": Writer("mistral", each(mistral_with_id, "")),
    "llama-json": Writer("llama-json", each(llama_object, "; "), first=True),
    "llama-json, python tag": Writer(
        "llama-json", lambda calls: "<|python_tag|>" + each(llama_object, "; ")(calls)
    ),
    "llama-json, function": Writer("llama-json", each(llama_tagged)),
    "groq, function": Writer("groq", each(llama_tagged)),
    "groq, object": Writer("groq", each(llama_object), first=True, several=False),
    "llama-pythonic": Writer("llama-pythonic", pythonic, first=True),
    "llama-pythonic, tokens": Writer(
        "llama-pythonic", lambda calls: f"<|python_start|>{pythonic(calls)}<|python_end|>"
    ),
    "glm": Writer("glm", each(glm), texts=True, clear=_ARGUMENT),
    "glm, tight": Writer("glm", each(glm_tight), texts=True, clear=_ARGUMENT),
    "harmony": Writer("harmony", each(harmony, "")),
    "harmony, role": Writer("harmony", each(harmony_role, "")),
    "functiongemma": Writer(
        "functiongemma",
        each(braces("<escape>", "<start_function_call>", "<end_function_call>"), ""),
        clear=without("<escape>"),
    ),
    "gemma-4": Writer("gemma-4", each(braces('<|"|>', "<|tool_call>", "<tool_call|>"), "")),
    "gemma-tool-code": Writer("gemma-tool-code", tool_code, line=True),
    "react": Writer("react", each(react), line=True, several=False),
    "json-fence": Writer("json-fence", json_fence, line=True),
    "command-r": Writer("command-r", command_r, line=True),
}
