"""Tools on every wire format, at providers' own hosts, and what holds for all of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import httpx2
import pytest

from calling import ORDER, Says, chat_said, chat_stream, chat_tool
from clients import proxied
from corpus import corpus
from loopback import Answer, Asked, Loopback, events, loopback, sse, whole
from sealegs import Settings
from sealegs_adapters import http
from web import HELLO, Bench

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


__all__ = ["Asked", "proxied", "sse"]
