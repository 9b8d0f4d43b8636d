"""Each family's syntax: the collected texts, what is particular to one, and what is only text."""

from __future__ import annotations

import functools
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from corpus import corpus
from recorded import Recorded, assembled, events, exchanges
from sealegs.calls.arguments import Policy, arrange
from sealegs.calls.choosing import Parsers
from sealegs.calls.parsing import ParsedCall, ToolCallParser
from sealegs.calls.scanning import Scanned, Scanner, scan
from sealegs.calls.validating import Validator
from sealegs.directory import family
from sealegs.schema.codec import IDENTITY
from sealegs_plugins.parsers import ALL

PARSERS = Parsers(ALL)
SCHEMAS: dict[str, Any] = {"get_weather": {"type": "object"}, "get_time": {"type": "object"}}

# What the collected texts call the syntaxes; one of them is only told by its title.
FORMATS = {
    "hermes": "hermes",
    "gemma4": "functiongemma",
    "qwen3_coder": "qwen3-coder",
    "llama3": "llama-json",
    "deepseekv31": "deepseek-v3",
    "deepseekv32": "deepseek-dsml",
    "mistral": "mistral",
    "pythonic": "llama-pythonic",
}
TITLES = {
    "anthropic-style invoke": "anthropic-xml",
    "react": "react",
    "fenced json": "json-fence",
}


def named(name: str) -> ToolCallParser:
    parser = PARSERS.named(name)
    assert parser is not None, name
    return parser


def collected() -> tuple[list[dict[str, Any]], dict[str, Any]]:
    data = json.loads(corpus("toolschema", "tool_call_texts.json").read_text())
    functions = [tool["function"] for tool in data["tools"]]
    return data["fixtures"], {one["name"]: one["parameters"] for one in functions}


def pieces(text: str, size: int, parser: ToolCallParser, schemas: Mapping[str, Any]) -> Scanned:
    scanner = Scanner(parser, schemas)
    found = [scanner.feed(text[at : at + size]) for at in range(0, len(text), size)]
    found.append(scanner.close())
    return Scanned(
        "".join(one.text for one in found), tuple(call for one in found for call in one.calls)
    )


def arranged(call: ParsedCall, schemas: Mapping[str, Any]) -> tuple[str, Any]:
    schema = schemas[call.name]
    outcome = arrange(
        call.arguments,
        seen=schema,
        seen_validator=Validator(schema),
        codec=IDENTITY,
        validator=Validator(schema),
        tool=call.name,
        policy=Policy(),
        whole=call.whole,
    )
    assert outcome.ok, outcome
    return call.name, outcome.arguments


def test_all_collected_texts_are_read_exactly_in_pieces_of_any_size() -> None:
    fixtures, schemas = collected()
    assert len(fixtures) == 20
    for fixture in (one for one in fixtures if one["exp"]):
        parser = named(FORMATS.get(fixture["fmt"]) or TITLES[fixture["n"]])
        whole = scan(fixture["text"], parser, schemas)
        read = [arranged(call, schemas) for call in whole.calls]
        assert read == [tuple(call) for call in fixture["exp"]], fixture["n"]
        for size in range(1, 41):
            assert pieces(fixture["text"], size, parser, schemas) == whole, (fixture["n"], size)


def test_no_parser_makes_a_call_of_what_is_none() -> None:
    fixtures, schemas = collected()
    negatives = [one["text"] for one in fixtures if not one["exp"]]
    assert negatives
    for text in negatives:
        for parser in ALL:
            assert scan(text, parser, schemas) == Scanned(text), parser.name
            for size in range(1, 41):
                assert pieces(text, size, parser, schemas) == Scanned(text), (parser.name, size)


@pytest.mark.parametrize(
    ("model", "provider", "parser"),
    [
        ("Qwen/Qwen3-Coder-30B-A3B-Instruct", "vllm", "qwen3-coder"),
        ("Qwen/Qwen3.5-9B", "doubleword", "qwen3-coder"),
        ("qwen3:4b", "ollama", "hermes"),
        ("Qwen/Qwen3-32B", "groq", "hermes"),
        ("qwen3-max", "alibaba", "hermes"),
        ("qwen2.5-coder:7b", "ollama", "hermes"),
        ("NousResearch/Hermes-3-Llama-3.1-8B", "vllm", "hermes"),
        ("minimax/minimax-m2:free", "openrouter", "minimax-m2"),
        ("MiniMax-M2.7", "minimax", "minimax-m2"),
        ("MiniMax-M3", "minimax", "minimax-m3"),
        ("MiniMax-M1", "vllm", "minimax-m1"),
        ("moonshotai/Kimi-K2-Thinking", "moonshot", "kimi-k2"),
        ("kimi-k2.6", "moonshot", "kimi-k2"),
        ("moonshotai/Kimi-K3", "moonshot", "kimi-k3"),
        ("nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16", "vllm", "qwen3-coder"),
        ("XiaomiMiMo/MiMo-V2-Flash", "vllm", "mimo"),
        ("zai-org/GLM-4.6", "zai", "glm"),
        ("accounts/fireworks/models/glm-4p7", "fireworks", "glm"),
        ("glm-5.2", "zai", "glm"),
        ("deepseek-ai/DeepSeek-V3.1", "vllm", "deepseek-v3"),
        ("deepseek-ai/DeepSeek-R1-0528", "huggingface", "deepseek-v3"),
        ("deepseek-v3.2-exp", "deepseek", "deepseek-dsml"),
        ("deepseek-v4-flash", "deepseek", "deepseek-dsml"),
        ("deepseek-chat", "deepseek", "deepseek-dsml"),
        ("openai/gpt-oss-120b", "groq", "harmony"),
        ("openai.gpt-oss-20b", "bedrock", "harmony"),
        ("mistral-small-latest", "mistral", "mistral"),
        ("devstral-2512", "mistral", "mistral"),
        ("meta-llama/Llama-3.3-70B-Instruct", "vllm", "llama-json"),
        ("llama-3.3-70b-versatile", "groq", "groq"),
        ("llama3.2:3b", "ollama", "llama-pythonic"),
        ("meta-llama/Llama-4-Scout-17B-16E-Instruct", "vllm", "llama-pythonic"),
        ("us.meta.llama3-3-70b-instruct-v1:0", "bedrock", "llama-json"),
        ("google/functiongemma-270m-it", "vllm", "functiongemma"),
        ("google/gemma-3-27b-it", "vllm", "gemma-tool-code"),
        ("gemma-4-31b", "vllm", "gemma-4"),
        ("claude-opus-4-8", "anthropic", "anthropic-xml"),
        ("command-r-plus-08-2024", "cohere", "command-r"),
        ("gpt-5.2", "openai", None),
        ("gemini-3-pro", "google", None),
        ("grok-4", "xai", None),
        ("", "unknown", None),
    ],
)
def test_the_model_says_the_syntax(model: str, provider: str, parser: str | None) -> None:
    found = PARSERS.find(family(model), "openai-chat", provider)
    assert (found and found.name) == parser


def test_names_are_unique_and_every_row_has_its_source() -> None:
    assert len({parser.name for parser in ALL}) == len(ALL)
    for parser in ALL:
        assert parser.source, parser.name  # type: ignore[attr-defined]
        assert set(parser.grammar.starts) >= {one.text for one in parser.openers}  # type: ignore[attr-defined]


def calls(name: str, text: str) -> list[tuple[str, Any]]:
    """Read a text whole and in single characters."""
    found = scan(text, named(name), SCHEMAS)
    assert pieces(text, 1, named(name), SCHEMAS) == found
    return [(call.name, call.arguments) for call in found.calls]


@pytest.mark.parametrize(
    ("parser", "text", "expected"),
    [
        # the outer tag is missing, or another is there
        (
            "minimax-m2",
            'Now:\n<invoke name="f"><parameter name="a">1</parameter></invoke>',
            [("f", {"a": "1"})],
        ),
        (
            "minimax-m2",
            '<minimax:tool_call>\n<invoke name="f">\n</invoke>\n</minimax:tool_call>',
            [("f", {})],
        ),
        # MiniMax-M3#31, with Windows' backslashes and tags in lines
        (
            "minimax-m3",
            'Let me read.]<]minimax[>[<tool_call>\n]<]minimax[>[<invoke name="read_file">'
            "]<]minimax[>[<path>C:\\src\\main.rs]<]minimax[>[</path>"
            "]<]minimax[>[<start_line>130]<]minimax[>[</start_line>"
            "]<]minimax[>[</invoke>\n]<]minimax[>[</tool_call>",
            [("read_file", {"path": "C:\\src\\main.rs", "start_line": "130"})],
        ),
        # several objects between one pair of tags; nothing at all to give; a list
        (
            "hermes",
            '<tool_call>{"name": "f", "arguments": {}}\n{"name": "g"}</tool_call>',
            [("f", "{}"), ("g", "{}")],
        ),
        (
            "hermes",
            '<tool_call>[{"name": "f", "arguments": {"a": 1}}]</tool_call>',
            [("f", '{"a": 1}')],
        ),
        (
            "hermes",
            '<tool_call>{"name": "f", "arguments": {"a": "</tool_call>"}}</tool_call>',
            [("f", '{"a": "</tool_call>"}')],
        ),
        (
            "hermes",
            '<tool_call>\n{"name": "f", "arguments": {"a": 1}\n<tool_call>\n{"name": "g"}',
            [("f", '{"a": 1}'), ("g", "{}")],
        ),
        # the opening tag is missing, or both are
        (
            "hermes",
            '{"name": "get_time", "arguments": {"tz": "UTC"}}\n</tool_call>',
            [("get_time", '{"tz": "UTC"}')],
        ),
        ("hermes", "{'name': 'get_time', 'arguments': {}}", [("get_time", "{}")]),
        # a value that holds the tag that ends values
        (
            "qwen3-coder",
            "<function=f>\n<parameter=a>\nx </parameter> y\n</parameter>\n</function>",
            [("f", {"a": "x </parameter> y"})],
        ),
        (
            "qwen3-coder",
            "<tool_call>\n<function=f>\n<parameter=a>\n\n\nx\n\n</parameter>\n</function>\n"
            "<function=g>\n</function>\n</tool_call>",
            [("f", {"a": "\n\nx\n"}), ("g", {})],
        ),
        # the section's tokens are missing; arguments in a fence; ids of other shapes
        (
            "kimi-k2",
            '<|tool_call_begin|>functions.f:3<|tool_call_argument_begin|>{"a": 1}<|tool_call_end|>',
            [("f", '{"a": 1}')],
        ),
        (
            "kimi-k2",
            "<|tool_calls_section_begin|>\n<|tool_call_begin|>\nfunctions.f\n```json\n"
            '{"a": 1}\n```\n<|tool_call_end|>\n<|tool_calls_section_end|>',
            [("f", '{"a": 1}')],
        ),
        (
            "kimi-k2",
            "<|tool_calls_section_begin|><|tool_call_begin|>mcp.files.read:0"
            "<|tool_call_argument_begin|><|tool_call_end|><|tool_calls_section_end|>",
            [("mcp.files.read", "{}")],
        ),
        # an object in the place of parameters; other bars
        (
            "deepseek-dsml",
            '<｜DSML｜function_calls>\n<｜DSML｜invoke name="f">\n{"a": "</｜DSML｜invoke>"}\n'
            "</｜DSML｜invoke>\n</｜DSML｜function_calls>",
            [("f", '{"a": "</｜DSML｜invoke>"}')],
        ),
        (
            "deepseek-dsml",
            '<｜｜DSML｜｜tool_calls>\n<｜｜DSML｜｜invoke name="f">\n'
            '<｜｜DSML｜｜parameter name="a" string="true">"x"</｜｜DSML｜｜parameter>\n'
            '<｜｜DSML｜｜parameter name="b" string="false">[1, {}]</｜｜DSML｜｜parameter>\n'
            "</｜｜DSML｜｜invoke>\n</｜｜DSML｜｜tool_calls>",
            [("f", '{"a": "\\"x\\"", "b": [1, {}]}')],
        ),
        (
            "deepseek-v3",
            "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>get_time<｜tool▁sep｜>{}<｜tool▁call▁end｜>"
            "<｜tool▁calls▁end｜>",
            [("get_time", "{}")],
        ),
        # names without [ARGS]
        ("mistral", '[TOOL_CALLS]f{"a": "]"}', [("f", '{"a": "]"}')]),
        ("mistral", '[TOOL_CALLS][{"name": "f", "arguments": {}}]', [("f", "{}")]),
        # forms that Groq and small Llamas give
        (
            "llama-json",
            '{"type": "function", "name": "f", "parameters": {"a": 1}}',
            [("f", '{"a": 1}')],
        ),
        ("llama-json", '{"function": "f", "parameters": {"a": 1}}', [("f", '{"a": 1}')]),
        (
            "llama-json",
            '{"type": "function", "function": {"name": "f", "arguments": "{}"}}',
            [("f", '"{}"')],
        ),
        ("llama-json", '<|python_tag|>{"name": "f", "parameters": {}}<|eom_id|>', [("f", "{}")]),
        ("groq", '<function=f{"a": 1}</function>', [("f", '{"a": 1}')]),
        ("groq", '<function=f>{"a": 1}<function>', [("f", '{"a": 1}')]),
        ("groq", '<function=f({"a": 1})</function>', [("f", '{"a": 1}')]),
        ("groq", '{"name": "f", "arguments": {"a": 1}}', [("f", '{"a": 1}')]),
        ("groq", '[{"name": "f", "parameters": {"a": 1}}]', [("f", '{"a": 1}')]),
        (
            "llama-pythonic",
            """[get_weather(city='It\\'s "x"', days=-3, on=True, opts={'a': (1, 2.5)})]""",
            [
                (
                    "get_weather",
                    '{"city":"It\'s \\"x\\"","days":-3,"on":true,"opts":{"a":[1,2.5]}}',
                )
            ],
        ),
        ("glm", "<tool_call>get_time</tool_call>", [("get_time", {})]),
        (
            "glm",
            "<tool_call>f\n<arg_key>a</arg_key>\n<arg_value></arg_value> b</arg_value>\n"
            "<tool_call>g\n</tool_call>",
            [("f", {"a": "</arg_value> b"}), ("g", {})],
        ),
        (
            "harmony",
            "<|channel|>analysis<|message|>I call.<|end|><|start|>assistant<|channel|>commentary "
            'to=functions.f <|constrain|>json<|message|>{"a": "<|call|>"}<|call|>',
            [("f", '{"a": "<|call|>"}')],
        ),
        (
            "harmony",
            'commentary to=functions.get_weather json{"city":"Paris"}',
            [("get_weather", '{"city":"Paris"}')],
        ),
        (
            "harmony",
            '<|channel|>comment to=f json<|message|>{"a": 1}<|call|>',
            [("f", '{"a": 1}')],
        ),
        (
            "functiongemma",
            "<start_function_call>call:f{a:<escape>{x},[y]<escape>,b:{c:[1,true]},d:plain words}"
            "<end_function_call>",
            [("f", '{"a":"{x},[y]","b":{"c":[1,true]},"d":"plain words"}')],
        ),
        (
            "gemma-tool-code",
            "```tool_code\nprint(default_api.get_weather(city='```'))\n```",
            [("get_weather", '{"city":"```"}')],
        ),
        (
            "react",
            'Action: f\nAction Input: ```json\n{"a": 1}\n```\nObservation: fine',
            [("f", '{"a": 1}')],
        ),
        (
            "json-fence",
            '```json\n{"action": "get_time", "action_input": {"tz": "UTC"}}\n```',
            [("get_time", '{"tz": "UTC"}')],
        ),
    ],
)
def test_what_is_particular_to_a_syntax(
    parser: str, text: str, expected: list[tuple[str, Any]]
) -> None:
    assert calls(parser, text) == expected


def test_ids_come_back_where_the_syntax_writes_them() -> None:
    kimi = (
        "<|tool_calls_section_begin|><|tool_call_begin|>functions.get_time:2"
        "<|tool_call_argument_begin|>{}<|tool_call_end|><|tool_calls_section_end|>"
    )
    mistral = '[TOOL_CALLS]f[CALL_ID]abc123XYZ[ARGS]{}[TOOL_CALLS] [{"name": "g", "id": "9"}]'
    assert [call.id for call in scan(kimi, named("kimi-k2"), {}).calls] == ["functions.get_time:2"]
    assert [call.id for call in scan(mistral, named("mistral"), {}).calls] == ["abc123XYZ", "9"]


@pytest.mark.parametrize(
    ("parser", "text"),
    [
        ("llama-json", '{"name": "Bob", "age": 3}'),
        ("llama-json", '{"answer": {"name": "get_time", "parameters": {}}}'),
        ("llama-json", 'As JSON: {"name": "get_time", "parameters": {}}'),
        ("llama-json", "<|python_tag|>print(1)"),
        ("llama-pythonic", "[1] and [see(x)] say so."),
        ("llama-pythonic", "[unknown(a=1)]"),
        ("llama-pythonic", "[get_time(__import__('os'))]"),
        ("llama-pythonic", "[get_time(tz=tz)]"),
        ("llama-pythonic", "[x](https://example.org/get_time())"),
        ("json-fence", '```json\n{"name": "unknown", "arguments": {}}\n```'),
        ("json-fence", '```json\n{"city": "Paris"}\n```'),
        ("json-fence", '```json\n{"name": "get_time", "arguments": {}} // so\n```'),
        ("json-fence", '```python\n{"name": "get_time", "arguments": {}}\n```'),
        ("gemma-tool-code", "```tool_code\nimport os\nget_time()\n```"),
        ("gemma-tool-code", "```tool_code\nfor x in y:\n    get_time()\n```"),
        ("gemma-tool-code", "```python\nget_time()\n```"),
        ("react", "Action: Review the plan\n\nThen go on."),
        ("react", "The Action: get_time\nAction Input: {}"),
        ("anthropic-xml", '<invoke name="unknown">\n</invoke>'),
        ("hermes", "<tool_call> is how a call begins, and </tool_call> how it ends."),
        ("hermes", "<tool_call>{}</tool_call>"),
        ("hermes", '{"name": "Bob", "age": 3}'),
        ("hermes", '{"name": "get_time"}'),
        ("hermes", '{"name": "get_time", "arguments": {}, "why": "so"}'),
        ("hermes", '{"name": "unknown", "arguments": {}}'),
        ("hermes", 'So: {"name": "get_time", "arguments": {}}'),
        ("qwen3-coder", "a <function= b"),
        ("glm", "<tool_call>` begins a call"),
        ("harmony", "<|channel|>final<|message|>Text.<|return|>"),
        ("harmony", "<|channel|>commentary to=python code<|message|>print(1)<|call|>"),
    ],
)
def test_what_only_looks_like_a_call_stays_text(parser: str, text: str) -> None:
    for one in (text, f"{text}\n"):
        assert scan(one, named(parser), SCHEMAS) == Scanned(one)
        assert pieces(one, 1, named(parser), SCHEMAS) == Scanned(one)


def test_what_groq_could_not_read_is_read() -> None:
    bodies = [row["body"] for row in json.loads(corpus("error_bodies.json").read_text())]
    failed = [
        body["error"]["failed_generation"]
        for body in bodies
        if isinstance(body, dict) and "failed_generation" in (body.get("error") or {})
    ]
    found = [scan(text, named("groq"), {}) for text in failed]
    assert [
        (call.name, json.loads(str(call.arguments))) for one in found for call in one.calls
    ] == [("get_something_by_name", {"foo": "bar"})]
    assert [one.text for one in found] == ["", "maybe"]


def test_calls_that_a_server_cut_wrongly_are_salvaged() -> None:
    leaked = "read<arg_key>filePath</arg_key><arg_value>/srv/x</arg_value>"
    assert named("glm").salvaged(leaked, "{}") == ParsedCall("read", {"filePath": "/srv/x"})
    assert named("glm").salvaged("read", "{}") is None
    channel = "get_time<|channel|>commentary"
    assert named("harmony").salvaged(channel, "{}") == ParsedCall("get_time", "{}")
    assert named("harmony").salvaged("functions.get_time", "{}") == ParsedCall("get_time", "{}")
    assert named("harmony").salvaged("get_time", "{}") is None
    assert named("hermes").salvaged(leaked, "{}") is None


def test_brackets_without_end_end_in_time() -> None:
    for name, text in (
        ("llama-pythonic", "[get_time(tz=" + "[" * 50_000),
        ("llama-pythonic", "[get_time(tz=" + "[" * 20_000 + "]" * 20_000 + ")]"),
        ("hermes", '<tool_call>{"name": "f", "arguments": ' + "[" * 50_000),
        ("functiongemma", "<start_function_call>call:f{a:" + "{a:" * 20_000),
    ):
        found = scan(text, named(name), SCHEMAS)
        assert not any(call.whole for call in found.calls)


# ------------------------------------------------------------------ recorded traffic


def texts(one: Recorded) -> Iterator[str]:
    """Every visible text of the assistant in an exchange, asked and answered."""
    if isinstance(one.request, dict):
        for turn in one.wire.read(one.body, one.head).turns:
            if turn.role == "assistant":
                yield one.wire.outline(one.wire.message(turn.raw)).text
    reply = one.response
    if one.stream:
        reply = assembled(one.wire, events(one.wire, [one.stream])).reply()
    if isinstance(reply, dict) and not one.wire.error(reply):
        for message in one.wire.messages(reply):
            yield one.wire.outline(message).text


@functools.cache
def spoken() -> list[tuple[str, str]]:
    """Model and text of everything that a model said in the recorded traffic."""
    found: list[tuple[str, str]] = []
    for one in exchanges():
        model = ""
        if isinstance(one.request, dict):
            model = one.wire.read(one.body, one.head).model
        found += [(family(model), text) for text in texts(one) if text]
    return found


def trajectories() -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for path in sorted(corpus("trajectories").glob("*.json")):
        run = json.loads(path.read_text())
        if isinstance(run, dict):
            model = family(str(run["model"]))
            for message in run["messages"]:
                content = message.get("content")
                parts = content if isinstance(content, list) else [{"text": content}]
                if message["role"] == "assistant":
                    found += [(model, part["text"]) for part in parts if part.get("text")]
    return found


def test_no_call_is_made_of_what_models_said() -> None:
    counts: Counter[str] = Counter()
    for model, text in (*spoken(), *trajectories()):
        parser = PARSERS.find(model, "openai-chat", "unknown")
        counts[parser.name if parser else "none"] += 1
        if parser is not None:
            assert scan(text, parser, SCHEMAS) == Scanned(text), (model, text)
            assert pieces(text, 5, parser, SCHEMAS) == Scanned(text), (model, text)
    print(dict(sorted(counts.items())))
    assert sum(counts.values()) > 700
    assert counts["hermes"] > 20


def test_no_parser_at_all_makes_a_call_of_what_models_said() -> None:
    said = {text for _, text in (*spoken(), *trajectories())}
    # One run was prompted to write calls in Qwen's syntax, and did.
    for text in sorted(text for text in said if "<function=" not in text):
        for parser in ALL:
            assert scan(text, parser, SCHEMAS) == Scanned(text), (parser.name, text)
