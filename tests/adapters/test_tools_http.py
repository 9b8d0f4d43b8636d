"""Tools on every wire format, at providers' own hosts, and what holds for all of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import httpx2
import pytest

from calling import CITY, LONG, ORDER, Says, chat_said, chat_stream, chat_tool
from clients import proxied
from corpus import corpus
from loopback import Answer, Asked, Loopback, events, loopback, whole
from sealegs import Settings
from sealegs.framing import framer
from sealegs_adapters import http
from spoken import SPEECHES, Said
from web import HELLO, Bench, installed

UNIQUE = "call_Zb2kQ7LmWx4"
GROQ = "http://api.groq.com/openai/v1/chat/completions"
streamings = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])


@pytest.fixture
def server() -> Iterator[Loopback]:
    with loopback() as running:
        yield running


@pytest.fixture
def bench() -> Bench:
    return Bench()


def tools_use(bench: Bench, number: int = -1) -> Any:
    use = bench.exchanges[number].tools
    assert use is not None
    return use


# ------------------------------------------------------------------ Groq quotes what it refused


def _refusals() -> dict[str, Any]:
    rows = json.loads(corpus("error_bodies.json").read_text())
    found = [row for row in rows if "failed_generation" in row["body"].get("error", {})]
    return {row["body"]["error"]["failed_generation"][:6]: row for row in found}


def _groq(server: Loopback, bench: Bench, model: str, *tools: Any) -> Any:
    groq = pytest.importorskip("groq")
    client = http.wrap(httpx.Client(proxy=server.url, trust_env=False), pipeline=bench.pipeline)
    base = "http://api.groq.com"
    with groq.Groq(api_key="k", base_url=base, http_client=client, max_retries=0) as agent:
        return agent.chat.completions.create(model=model, messages=HELLO, tools=list(tools))


LOOKED_UP: Any = {
    "type": "object",
    "properties": {"name": {"type": "string"}},
    "required": ["name"],
    "additionalProperties": False,
}


def test_a_refused_call_that_the_schema_refuses_too_is_asked_for_once_more(
    server: Loopback, bench: Bench
) -> None:
    (row,) = [row for row in _refusals().values() if "arguments" in json.dumps(row["body"])]
    good = Says("get_something_by_name", '{"name": "bar"}', UNIQUE)
    server.say(whole(row["body"], row["status"]), whole(chat_said(good)))
    answer = _groq(server, bench, row["model"], chat_tool("get_something_by_name", LOOKED_UP))
    (call,) = answer.choices[0].message.tool_calls
    assert (call.function.name, call.function.arguments) == (good.name, good.arguments)
    turn, told = server.asked[1].json["messages"][1:]
    (asked,) = turn["tool_calls"]
    assert json.loads(asked["function"]["arguments"]) == {"foo": "bar"}
    assert told["tool_call_id"] == asked["id"] != ""
    assert "foo" in told["content"]
    assert (tools_use(bench).retries, bench.exchanges[0].status) == (1, 200)


@pytest.mark.parametrize("second", ["refused again", "no retries"])
def test_a_refused_call_that_stays_wrong_stays_the_error_that_it_was(
    second: str, server: Loopback
) -> None:
    groq = pytest.importorskip("groq")
    bench = Bench(settings=Settings.load(tools={"retries": int(second == "refused again")}))
    (row,) = [row for row in _refusals().values() if "arguments" in json.dumps(row["body"])]
    server.say(*[whole(row["body"], row["status"])] * 2)
    with pytest.raises(groq.BadRequestError) as caught:
        _groq(server, bench, row["model"], chat_tool("get_something_by_name", LOOKED_UP))
    assert caught.value.body == row["body"]
    assert [call.outcome for call in tools_use(bench).calls] == ["refused"]
    assert bench.exchanges[0].status == 400


def test_a_refusal_in_which_nothing_can_be_read_stays_the_error_that_it_was(
    server: Loopback, bench: Bench
) -> None:
    groq = pytest.importorskip("groq")
    (row,) = [row for row in _refusals().values() if "arguments" not in json.dumps(row["body"])]
    server.say(whole(row["body"], row["status"]))
    with pytest.raises(groq.BadRequestError) as caught:
        _groq(server, bench, row["model"], chat_tool("get_something_by_name", LOOKED_UP))
    assert caught.value.body == row["body"]
    assert len(server.asked) == 1


def _quoting(text: str) -> Answer:
    error = {"message": "Failed to call a function.", "type": "invalid_request_error"}
    more = {"code": "tool_use_failed", "failed_generation": text}
    return whole({"error": {**error, **more}}, 400)


@pytest.mark.parametrize(
    ("model", "text"),
    [
        ("llama-3.3-70b-versatile", '<function=order>{"item": "tea", "count": "2"}</function>'),
        ("openai/gpt-oss-120b", '{"name": "order", "arguments": {"item": "tea", "count": "2"}}'),
        ("openai/gpt-oss-120b", '{"name": "order", "arguments": {"item": "tea", "count": 2,}}'),
        ("openai/gpt-oss-120b", '[{"name":"order","parameters":{"item":"tea","count":2}}]'),
    ],
)
def test_a_refused_generation_that_can_be_mended_is_a_call(
    model: str, text: str, server: Loopback, bench: Bench
) -> None:
    server.say(_quoting(text))
    answer = _groq(server, bench, model, chat_tool("order", ORDER))
    (call,) = answer.choices[0].message.tool_calls
    assert (call.function.name, json.loads(call.function.arguments)) == (
        "order",
        {"item": "tea", "count": 2},
    )
    assert call.id
    assert answer.choices[0].finish_reason == "tool_calls"
    assert bench.exchanges[0].status == 200


def test_a_refused_call_of_a_tool_that_is_not_there_stays_the_error(
    server: Loopback, bench: Bench
) -> None:
    groq = pytest.importorskip("groq")
    server.say(_quoting('{"name": "browser", "arguments": {}}'))
    with pytest.raises(groq.BadRequestError, match="Failed to call"):
        _groq(server, bench, "openai/gpt-oss-120b", chat_tool("order", ORDER))
    assert [call.outcome for call in tools_use(bench).calls] == ["unknown"]


# ------------------------------------------------------------------ calls written as text

WEATHER = '{"city": "Oslo"}'
WRITTEN = {
    "qwen3-32b": f'<tool_call>\n{{"name": "weather", "arguments": {WEATHER}}}\n</tool_call>',
    "qwen3-coder-480b": "<tool_call>\n<function=weather>\n<parameter=city>\nOslo\n</parameter>\n"
    "</function>\n</tool_call>",
    "MiniMax-M2": '<minimax:tool_call>\n<invoke name="weather">\n<parameter name="city">Oslo'
    "</parameter>\n</invoke>\n</minimax:tool_call>",
    "kimi-k2-instruct": "<|tool_calls_section_begin|><|tool_call_begin|>functions.weather:0"
    f"<|tool_call_argument_begin|>{WEATHER}<|tool_call_end|><|tool_calls_section_end|>",
    "gpt-oss-120b": "<|channel|>commentary to=functions.weather <|constrain|>json<|message|>"
    f"{WEATHER}<|call|>",
    "glm-4.6": "<tool_call>weather\n<arg_key>city</arg_key>\n<arg_value>Oslo</arg_value>\n"
    "</tool_call>",
    "deepseek-v3.1": "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>weather<｜tool▁sep｜>"
    f"{WEATHER}<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
    "mistral-large-2411": f'[TOOL_CALLS][{{"name": "weather", "arguments": {WEATHER}}}]',
    "llama-3.3-70b-instruct": f"<function=weather>{WEATHER}</function>",
}
models = pytest.mark.parametrize("model", WRITTEN)


def _chat(server: Loopback, bench: Bench, model: str, *tools: Any, **more: Any) -> Any:
    """Ask a server that no row knows, and give the choice as a client puts it together."""
    url = server.url + "/v1/chat/completions"
    body = {"model": model, "messages": HELLO, "tools": list(tools), **more}
    with http.wrap(httpx2.Client(trust_env=False, verify=False), pipeline=bench.pipeline) as one:
        response = one.post(url, json=body)
    if not more.get("stream"):
        return response.json()["choices"][0]
    return _joined(response.text)


def _joined(text: str) -> Any:
    message: dict[str, Any] = {"role": "assistant", "content": ""}
    calls: dict[int, Any] = {}
    reason = None
    for line in text.split("\n"):
        if not line.startswith("data: {"):
            continue
        for choice in json.loads(line[6:])["choices"]:
            assert reason is None
            delta, reason = choice.get("delta") or {}, choice.get("finish_reason")
            message["content"] += delta.get("content") or ""
            for entry in delta.get("tool_calls") or ():
                known = calls.setdefault(
                    entry["index"], {"id": "", "function": {"name": "", "arguments": ""}}
                )
                known["id"] += entry.get("id") or ""
                for name in ("name", "arguments"):
                    known["function"][name] += entry.get("function", {}).get(name) or ""
    assert text.endswith("data: [DONE]\n\n")
    if calls:
        message["tool_calls"] = [calls[index] for index in sorted(calls)]
    return {"message": message, "finish_reason": reason}


@models
@pytest.mark.parametrize("size", [0, 1, 3, 17, 400])
def test_a_call_that_a_model_writes_in_its_own_syntax_is_a_call(
    model: str, size: int, server: Loopback, bench: Bench
) -> None:
    text = f"Let me look.\n\n{WRITTEN[model]}"
    server.say(events(chat_stream(text=text, size=size)) if size else whole(chat_said(text=text)))
    choice = _chat(server, bench, model, chat_tool("weather"), stream=bool(size))
    (call,) = choice["message"]["tool_calls"]
    assert call["function"]["name"] == "weather"
    assert json.loads(call["function"]["arguments"]) == {"city": "Oslo"}
    assert call["id"]
    assert choice["message"]["content"].rstrip() == "Let me look."
    assert choice["finish_reason"] == "tool_calls"
    (made,) = tools_use(bench).calls
    assert (made.tool, made.outcome, made.from_text) == ("weather", "mended", True)


@models
@pytest.mark.parametrize("size", [0, 1, 17])
@pytest.mark.parametrize("around", ["<think>\n{}\n</think>\nIt is sunny.", "So:\n```\n{}\n```\n"])
def test_a_call_in_reasoning_or_in_a_code_fence_is_no_call(
    around: str, model: str, size: int, server: Loopback, bench: Bench
) -> None:
    text = around.format(WRITTEN[model])
    server.say(events(chat_stream(text=text, size=size)) if size else whole(chat_said(text=text)))
    choice = _chat(server, bench, model, chat_tool("weather"), stream=bool(size))
    assert choice["message"] == {"role": "assistant", "content": text}
    assert choice["finish_reason"] == "stop"
    assert tools_use(bench).calls == ()


@models
@streamings
def test_in_report_mode_a_call_in_the_text_stays_there_and_is_told_of(
    model: str, streamed: bool, server: Loopback
) -> None:
    bench = Bench(settings=Settings.load(tools={"mode": "report"}))
    text = f"Let me look.\n{WRITTEN[model]}"
    server.say(events(chat_stream(text=text)) if streamed else whole(chat_said(text=text)))
    choice = _chat(server, bench, model, chat_tool("weather"), stream=streamed)
    assert choice["message"] == {"role": "assistant", "content": text}
    assert choice["finish_reason"] == "stop"
    (told,) = tools_use(bench).calls
    assert (told.tool, told.outcome, told.from_text) == ("weather", "mended", True)


@streamings
def test_without_tools_no_text_is_a_call(streamed: bool, server: Loopback, bench: Bench) -> None:
    text = WRITTEN["qwen3-32b"]
    server.say(events(chat_stream(text=text)) if streamed else whole(chat_said(text=text)))
    url = server.url + "/v1/chat/completions"
    with http.wrap(httpx2.Client(trust_env=False, verify=False), pipeline=bench.pipeline) as one:
        body = {"model": "qwen3-32b", "messages": HELLO, "stream": streamed}
        response = one.post(url, json=body)
    assert response.content == (
        b"".join(chat_stream(text=text)) if streamed else whole(chat_said(text=text)).body
    )


@streamings
def test_a_call_that_stands_beside_one_in_the_text_comes_first(
    streamed: bool, server: Loopback, bench: Bench
) -> None:
    text = WRITTEN["qwen3-32b"]
    call = Says("order", '{"item": "tea"}', UNIQUE)
    server.say(
        events(chat_stream(call, text=text, reason="stop"))
        if streamed
        else whole(chat_said(call, text=text, reason="stop"))
    )
    tools = [chat_tool("weather"), chat_tool("order", ORDER)]
    choice = _chat(server, bench, "qwen3-32b", *tools, stream=streamed)
    names = [one["function"]["name"] for one in choice["message"]["tool_calls"]]
    assert names == ["order", "weather"]
    assert choice["finish_reason"] == "tool_calls"


@streamings
def test_a_name_in_which_markup_was_left_is_read(
    streamed: bool, server: Loopback, bench: Bench
) -> None:
    leaked = "weather\n<arg_key>city</arg_key>\n<arg_value>Oslo</arg_value>"
    calls = {
        "glm-5": Says(leaked, "{}", UNIQUE),
        "gpt-oss-120b": Says("weather<|channel|>commentary", WEATHER, UNIQUE),
    }
    for model, call in calls.items():
        server.say(events(chat_stream(call)) if streamed else whole(chat_said(call)))
        choice = _chat(server, bench, model, chat_tool("weather"), stream=streamed)
        (made,) = choice["message"]["tool_calls"]
        assert made["function"]["name"] == "weather"
        assert json.loads(made["function"]["arguments"]) == {"city": "Oslo"}
        (told,) = tools_use(bench).calls
        assert (told.tool, told.outcome, told.from_text) == ("weather", "mended", False)
        assert told.repairs[0] == "markup in the name"


@streamings
def test_a_call_of_a_tool_that_nobody_knows_stays_as_it_is_and_is_told_of(
    streamed: bool, server: Loopback, bench: Bench
) -> None:
    call = Says("browser", '{"x": 1,}', UNIQUE)
    server.say(events(chat_stream(call)) if streamed else whole(chat_said(call)))
    choice = _chat(server, bench, "m", chat_tool("weather"), stream=streamed)
    (made,) = choice["message"]["tool_calls"]
    assert (made["function"]["name"], made["id"]) == ("browser", UNIQUE)
    assert [call.outcome for call in tools_use(bench).calls] == ["unknown"]


# ------------------------------------------------------------------ every format, at its own host


@dataclass(frozen=True)
class Format:
    """One wire format at the host of who speaks it, with where it keeps names and arguments."""

    wire: str
    url: str
    stream_url: str
    body: Callable[[Sequence[str], Any], Any]
    names: Callable[[Any], list[str]]
    choice: Callable[[Any], Any]
    called: Callable[[Any], list[tuple[str, Any]]]
    turns: Callable[[str, str], list[Any]]
    history: str = "messages"
    streams: bool = True
    parsed: bool = False


def _chat_body(names: Sequence[str], schema: Any) -> Any:
    tools = [chat_tool(name, schema) for name in names]
    choice = {"type": "function", "function": {"name": names[0]}}
    return {"model": "m", "messages": HELLO, "tools": tools, "tool_choice": choice}


def _function_names(body: Any) -> list[str]:
    return [tool["function"]["name"] for tool in body["tools"]]


def _functions(calls: Any) -> list[tuple[str, Any]]:
    return [(c["function"]["name"], _read(c["function"]["arguments"])) for c in calls or ()]


def _read(arguments: Any) -> Any:
    return json.loads(arguments) if isinstance(arguments, str) else arguments


def _chat_turns(name: str, call_id: str) -> list[Any]:
    call = {"id": call_id, "type": "function"}
    said = {**call, "function": {"name": name, "arguments": WEATHER}}
    return [
        {"role": "assistant", "content": "", "tool_calls": [said]},
        {"role": "tool", "tool_call_id": call_id, "name": name, "content": "15 C"},
    ]


def _ollama_turns(name: str, call_id: str) -> list[Any]:
    said = {"function": {"name": name, "arguments": {"city": "Oslo"}}}
    return [
        {"role": "assistant", "content": "", "tool_calls": [said]},
        {"role": "tool", "tool_name": name, "content": "15 C"},
    ]


def _gemini_body(names: Sequence[str], schema: Any) -> Any:
    declared = [
        {"name": name, "description": "It does.", "parametersJsonSchema": schema} for name in names
    ]
    calling = {"mode": "ANY", "allowedFunctionNames": [names[0]]}
    return {
        "contents": [{"role": "user", "parts": [{"text": "hello"}]}],
        "tools": [{"functionDeclarations": declared}, {"googleSearch": {}}],
        "toolConfig": {"functionCallingConfig": calling},
    }


def _gemini_called(reply: Any) -> list[tuple[str, Any]]:
    parts = reply["candidates"][0]["content"]["parts"]
    return [
        (p["functionCall"]["name"], p["functionCall"]["args"]) for p in parts if "functionCall" in p
    ]


def _gemini_turns(name: str, call_id: str) -> list[Any]:
    call = {"functionCall": {"name": name, "args": {"city": "Oslo"}}}
    answer = {"functionResponse": {"name": name, "response": {"result": "15 C"}}}
    return [{"role": "model", "parts": [call]}, {"role": "user", "parts": [answer]}]


def _converse_body(names: Sequence[str], schema: Any) -> Any:
    specs = [
        {"toolSpec": {"name": n, "description": "It does.", "inputSchema": {"json": schema}}}
        for n in names
    ]
    return {
        "messages": [{"role": "user", "content": [{"text": "hello"}]}],
        "toolConfig": {"tools": specs, "toolChoice": {"tool": {"name": names[0]}}},
    }


def _converse_called(reply: Any) -> list[tuple[str, Any]]:
    blocks = reply["output"]["message"]["content"]
    return [(b["toolUse"]["name"], b["toolUse"]["input"]) for b in blocks if "toolUse" in b]


def _converse_turns(name: str, call_id: str) -> list[Any]:
    used = {"toolUseId": call_id, "name": name, "input": {"city": "Oslo"}}
    result = {"toolUseId": call_id, "content": [{"text": "15 C"}]}
    return [
        {"role": "assistant", "content": [{"toolUse": used}]},
        {"role": "user", "content": [{"toolResult": result}]},
    ]


_GEMINI = "http://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro"
_BEDROCK = "http://bedrock-runtime.us-east-1.amazonaws.com/model/us.anthropic.claude-opus-4-5-v1:0"
FORMATS = (
    Format(
        "openai-chat",
        "http://api.openai.com/v1/chat/completions",
        "http://api.openai.com/v1/chat/completions",
        _chat_body,
        _function_names,
        lambda body: body["tool_choice"]["function"]["name"],
        lambda reply: _functions(reply["choices"][0]["message"].get("tool_calls")),
        _chat_turns,
    ),
    Format(
        "mistral",
        "http://api.mistral.ai/v1/chat/completions",
        "http://api.mistral.ai/v1/chat/completions",
        _chat_body,
        _function_names,
        lambda body: body["tool_choice"]["function"]["name"],
        lambda reply: _functions(reply["choices"][0]["message"].get("tool_calls")),
        _chat_turns,
    ),
    Format(
        "gemini",
        f"{_GEMINI}:generateContent",
        f"{_GEMINI}:streamGenerateContent?alt=sse",
        _gemini_body,
        lambda body: [d["name"] for d in body["tools"][0]["functionDeclarations"]],
        lambda body: body["toolConfig"]["functionCallingConfig"]["allowedFunctionNames"][0],
        _gemini_called,
        _gemini_turns,
        history="contents",
        streams=False,
        parsed=True,
    ),
    Format(
        "bedrock-converse",
        f"{_BEDROCK}/converse",
        f"{_BEDROCK}/converse-stream",
        _converse_body,
        lambda body: [one["toolSpec"]["name"] for one in body["toolConfig"]["tools"]],
        lambda body: body["toolConfig"]["toolChoice"]["tool"]["name"],
        _converse_called,
        _converse_turns,
        streams=False,
    ),
    Format(
        "cohere-v2",
        "http://api.cohere.com/v2/chat",
        "http://api.cohere.com/v2/chat",
        lambda names, schema: {
            **_chat_body(names, schema),
            "tool_choice": "REQUIRED",
        },
        _function_names,
        lambda body: _function_names(body)[0],
        lambda reply: _functions(reply["message"].get("tool_calls")),
        _chat_turns,
    ),
    Format(
        "ollama",
        "http://127.0.0.1:11434/api/chat",
        "http://127.0.0.1:11434/api/chat",
        lambda names, schema: {
            key: value for key, value in _chat_body(names, schema).items() if key != "tool_choice"
        },
        _function_names,
        lambda body: _function_names(body)[0],
        lambda reply: _functions(reply["message"].get("tool_calls")),
        _ollama_turns,
        parsed=True,
    ),
)
formats = pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.wire)
NAMES = ("ns/files.read", LONG, "é")


class Speaker:
    """Says one thing in a format, whole or streamed, and joins what came of it."""

    def __init__(self, form: Format, streamed: bool) -> None:
        self.form, self.streamed = form, streamed
        self.says = next(one for one in SPEECHES if one.wire == form.wire)
        self.wire = installed().wires[form.wire]

    def answer(self, said: Said, size: int = 7) -> Answer:
        if not self.streamed:
            return whole(self.says.whole(said))
        kinds = {
            "aws-eventstream": "application/vnd.amazon.eventstream",
            "sse": "text/event-stream",
        }
        kind = kinds.get(self.wire.framing, "application/x-ndjson")
        parts = tuple(self.says.stream(said, size))
        return Answer(parts, 200, (("content-type", kind),), chunked=True)

    def ask(self, server: Loopback, bench: Bench | None, body: Any) -> Any:
        """Ask as the provider's client would, and give the whole reply."""
        url = self.form.stream_url if self.streamed else self.form.url
        if self.form.streams:
            body = {**body, "stream": self.streamed}
        with proxied(server, bench) as client:
            response = client.post(url, json=body, headers={"authorization": "Bearer k"})
        assert response.status_code == 200, response.text
        if not self.streamed:
            return response.json()
        assembler, frames = self.wire.assembler(), framer(self.wire.framing)
        for event in (*frames.feed(response.content), *frames.close()):
            assembler.feed(event.name, event.data)
        assert assembler.terminal
        return assembler.reply()


@formats
@streamings
def test_names_go_out_legal_and_come_back_as_they_were(
    form: Format, streamed: bool, server: Loopback, bench: Bench
) -> None:
    speaker = Speaker(form, streamed)

    def script(seen: Asked) -> Answer:
        names = form.names(seen.json)
        return speaker.answer(
            Said(calls=tuple((f"id{n:07}", x, WEATHER) for n, x in enumerate(names)))
        )

    server.script = script
    reply = speaker.ask(server, bench, form.body(NAMES, CITY))
    assert form.called(reply) == [(name, {"city": "Oslo"}) for name in NAMES]
    sent = server.asked[0].json
    names = form.names(sent)
    assert not set(names) & {LONG, "é"}
    assert len(set(names)) == 3
    assert all(name.isascii() and len(name) <= 64 and "/" not in name for name in names)
    assert form.choice(sent) == names[0]
    assert bench.exchanges[0].failures == ()
    assert tools_use(bench).rewritten == 3
    assert [call.outcome for call in tools_use(bench).calls] == ["clean"] * 3


@formats
def test_history_names_tools_and_calls_as_the_provider_takes_them(
    form: Format, server: Loopback, bench: Bench
) -> None:
    speaker = Speaker(form, False)
    server.script = lambda _: speaker.answer(Said(text="Good."))
    body = form.body(("ns/files.read",), CITY)
    history = [*body[form.history], *form.turns("ns/files.read", "call/1.ü")]
    for _ in range(2):
        speaker.ask(server, bench, {**body, form.history: history})
        history += [history[0]]
    first, second = (seen.json for seen in server.asked)
    (name,) = form.names(first)
    turns = first[form.history]
    given = json.dumps(turns)
    assert "ns/files.read" not in given
    assert given.count(json.dumps(name)) >= 1
    assert second[form.history][: len(turns)] == turns
    if form.wire in ("bedrock-converse", "mistral"):
        assert "call/1" not in given
    assert turns[0] == body[form.history][0]


BROKEN_ORDER = '{"item": "tea", "count": "2", "labels": "{\\"a\\": \\"b\\"}"}'


@formats
@streamings
def test_mistyped_arguments_are_what_the_tool_wants(
    form: Format, streamed: bool, server: Loopback, bench: Bench
) -> None:
    speaker = Speaker(form, streamed)
    server.say(speaker.answer(Said(calls=(("id0000001", "order", BROKEN_ORDER),))))
    reply = speaker.ask(server, bench, form.body(("order",), ORDER))
    assert form.called(reply) == [("order", {"item": "tea", "count": 2, "labels": {"a": "b"}})]
    (made,) = tools_use(bench).calls
    assert (made.outcome, made.worst) == ("mended", "unambiguous")


@formats
def test_a_call_that_must_not_run_is_asked_for_once_more(
    form: Format, server: Loopback, bench: Bench
) -> None:
    speaker = Speaker(form, False)
    server.say(
        speaker.answer(Said(calls=(("id0000001", "order", '{"count": 2}'),))),
        speaker.answer(Said(calls=(("id0000002", "order", '{"item": "tea"}'),))),
    )
    reply = speaker.ask(server, bench, form.body(("order",), ORDER))
    assert form.called(reply) == [("order", {"item": "tea"})]
    first, second = (seen.json for seen in server.asked)
    before = first[form.history]
    assert second[form.history][: len(before)] == before
    assert len(second[form.history]) == len(before) + 2
    assert "item" in json.dumps(second[form.history][-1])
    assert {k: v for k, v in first.items() if k != form.history} == {
        k: v for k, v in second.items() if k != form.history
    }
    assert tools_use(bench).retries == 1


@formats
@streamings
@pytest.mark.parametrize("mode", ["report", "off"])
def test_where_nothing_may_be_changed_every_byte_is_the_same(
    mode: str, form: Format, streamed: bool, server: Loopback
) -> None:
    bench = Bench(settings=Settings.load(tools={"mode": mode}, retention={"mode": "off"}))
    speaker = Speaker(form, streamed)
    said = Said(text=XML_CALL, calls=(("id0000001", NAMES[0], BROKEN_ORDER),))
    body = form.body(NAMES, ORDER)
    raw = []
    for one in (None, bench):
        server.say(speaker.answer(said))
        url = form.stream_url if streamed else form.url
        with proxied(server, one) as client:
            raw.append(client.post(url, json=body, headers={"authorization": "Bearer k"}).content)
    assert raw[0] == raw[1]
    assert server.asked[0].body == server.asked[1].body
    use = bench.exchanges[0].tools
    if mode == "off":
        assert use is None
        return
    assert use is not None
    assert use.rewritten == 3
    assert [(call.tool, call.outcome) for call in use.calls if not call.from_text] == [
        (NAMES[0], "mended")
    ]


XML_CALL = '<function_calls>\n<invoke name="é">\n<parameter name="item">tea</parameter>\n</invoke>'


@formats
@streamings
def test_a_request_with_nothing_to_change_goes_out_as_the_very_bytes_that_came(
    form: Format, streamed: bool, server: Loopback
) -> None:
    bench = Bench(settings=Settings.load(retention={"mode": "off"}))
    speaker = Speaker(form, streamed)
    said = Said(text="Hello.", calls=(("id0000001", "weather", WEATHER),))
    body = form.body(("weather",), {k: v for k, v in CITY.items() if k != "additionalProperties"})
    replies = []
    for one in (None, bench):
        server.say(speaker.answer(said))
        replies.append(speaker.ask(server, one, body))
    assert server.asked[0].body == server.asked[1].body
    assert tools_use(bench).rewritten == 0
    assert replies[0] == replies[1]
