"""Tools through the clients of Google and Ollama, which hold arguments parsed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from calling import AWKWARD, CITY, ORDER
from loopback import Answer, Asked, Loopback, events, loopback, sse, whole
from sealegs_adapters import http
from web import Bench

streamings = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
pytestmark = pytest.mark.filterwarnings("ignore:Inheritance class Aiohttp:DeprecationWarning")


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


# ------------------------------------------------------------------ google-genai

GEMINI = "gemini-2.5-pro"
DATES: Any = {
    "type": "object",
    "properties": {
        "day": {"type": "string", "const": "monday"},
        "hours": {"type": "array", "items": {"type": "integer"}, "uniqueItems": True},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "required": ["day"],
}


class Google:
    """A client of google-genai whose requests reach Google's host by way of the server."""

    def __init__(self, server: Loopback, bench: Bench | None) -> None:
        genai = pytest.importorskip("google.genai")
        self.types: Any = genai.types
        inner = httpx.Client(proxy=server.url, trust_env=False, verify=False)
        client = http.wrap(inner, pipeline=bench.pipeline) if bench else inner
        self.inner = inner
        base = "http://generativelanguage.googleapis.com"
        options = self.types.HttpOptions(base_url=base, httpx_client=client)
        self.client: Any = genai.Client(api_key="k", http_options=options)

    def ask(self, streamed: bool, contents: Any, *declared: Any, **config: Any) -> list[Any]:
        """Ask, and give the calls."""
        with self.inner:
            return self._calls(streamed, contents, declared, config)

    def _calls(self, streamed: bool, contents: Any, declared: Any, config: Any) -> list[Any]:
        tools = [self.types.Tool(function_declarations=list(declared))]
        given = self.types.GenerateContentConfig(tools=tools, **config)
        models = self.client.models
        if not streamed:
            answer = models.generate_content(model=GEMINI, contents=contents, config=given)
            return list(answer.function_calls or ())
        chunks = models.generate_content_stream(model=GEMINI, contents=contents, config=given)
        return [call for chunk in chunks for call in chunk.function_calls or ()]


def gemini_said(streamed: bool, *calls: tuple[str, Any]) -> Answer:
    def chunk(parts: list[Any], reason: str | None) -> Any:
        candidate: Any = {"index": 0, "content": {"role": "model", "parts": parts}}
        if reason:
            candidate["finishReason"] = reason
        return {"candidates": [candidate], "modelVersion": GEMINI}

    parts = [{"functionCall": {"name": name, "args": given}} for name, given in calls]
    if not streamed:
        return whole(chunk(parts, "STOP"))
    chunks = [chunk([part], None) for part in parts]
    return events([sse(one) for one in (*chunks, chunk([{"text": ""}], "STOP"))])


def declared(names: Any) -> list[Any]:
    return [
        {"name": name, "description": "It does.", "parameters_json_schema": CITY} for name in names
    ]


@streamings
def test_googles_client_sends_legal_names_and_gets_its_own(
    streamed: bool, server: Loopback, bench: Bench
) -> None:
    google = Google(server, bench)

    def script(seen: Asked) -> Answer:
        (tool,) = seen.json["tools"]
        names = [one["name"] for one in tool["functionDeclarations"]]
        return gemini_said(streamed, *((name, {"city": "Oslo"}) for name in names))

    server.script = script
    calling = {"mode": "ANY", "allowed_function_names": ["é"]}
    config = {"tool_config": {"function_calling_config": calling}}
    calls = google.ask(streamed, "hello", *declared(AWKWARD), **config)
    assert [(call.name, call.args) for call in calls] == [
        (name, {"city": "Oslo"}) for name in AWKWARD
    ]
    sent = server.asked[0].json
    names = [one["name"] for one in sent["tools"][0]["functionDeclarations"]]
    assert names[0] == "files.read"  # a dot is legal there
    assert all(len(name) <= 64 and name.isascii() for name in names)
    allowed = sent["toolConfig"]["functionCallingConfig"]["allowedFunctionNames"]
    assert allowed == [names[2]]
    assert bench.exchanges[0].failures == ()


@streamings
def test_what_google_does_not_hold_is_checked_when_the_call_comes(
    streamed: bool, server: Loopback, bench: Bench
) -> None:
    google = Google(server, bench)
    given = {"day": "monday", "hours": ["1", 2], "labels": {"a": "b"}}
    server.say(gemini_said(streamed, ("dates", given)))
    tool = {"name": "dates", "description": "Dates.", "parameters_json_schema": DATES}
    (call,) = google.ask(streamed, "hello", tool)
    assert call.args == {"day": "monday", "hours": [1, 2], "labels": {"a": "b"}}
    (made,) = tools_use(bench).calls
    assert (made.outcome, made.worst) == ("mended", "unambiguous")


def test_googles_history_names_functions_as_they_are_sent(server: Loopback, bench: Bench) -> None:
    google = Google(server, bench)
    server.say(gemini_said(False, ("x", {})))
    call = {"function_call": {"name": "é", "args": {"city": "Oslo"}}}
    answer = {"function_response": {"name": "é", "response": {"result": "15"}}}
    contents = [
        {"role": "user", "parts": [{"text": "hello"}]},
        {"role": "model", "parts": [call]},
        {"role": "user", "parts": [answer]},
    ]
    google.ask(False, contents, *declared(["é"]))
    sent = server.asked[0].json
    (name,) = [one["name"] for one in sent["tools"][0]["functionDeclarations"]]
    turn, result = (content["parts"][0] for content in sent["contents"][1:])
    assert turn["functionCall"]["name"] == result["functionResponse"]["name"] == name != "é"


# ------------------------------------------------------------------ ollama


def _ollama(server: Loopback, bench: Bench | None) -> Any:
    ollama = pytest.importorskip("ollama")
    client = ollama.Client(host=server.url)
    if bench is not None:
        http.wrap(client._client, pipeline=bench.pipeline)
    return client


def ollama_said(streamed: bool, text: str = "", *calls: tuple[str, Any]) -> Answer:
    head = {"model": "m", "created_at": "2026-01-01T00:00:00Z"}
    entries = [{"function": {"name": name, "arguments": given}} for name, given in calls]
    message = {"role": "assistant", "content": text}
    if entries:
        message["tool_calls"] = entries  # type: ignore[assignment]
    end = {"done": True, "done_reason": "stop"}
    if not streamed:
        return whole({**head, "message": message, **end})
    pieces = [{"role": "assistant", "content": text[at : at + 5]} for at in range(0, len(text), 5)]
    if entries:
        pieces.append({"role": "assistant", "content": "", "tool_calls": entries})  # type: ignore[dict-item]
    lines = [{**head, "message": piece, "done": False} for piece in pieces]
    lines.append({**head, "message": {"role": "assistant", "content": ""}, **end})
    parts = tuple(json.dumps(line).encode() + b"\n" for line in lines)
    return Answer(parts, 200, (("content-type", "application/x-ndjson"),), chunked=True)


def _chat(client: Any, streamed: bool, **given: Any) -> tuple[str, list[tuple[str, Any]]]:
    with client._client:
        answer = client.chat(stream=streamed, **given)
        chunks = list(answer) if streamed else [answer]
    text = "".join(chunk.message.content or "" for chunk in chunks)
    calls = [call for chunk in chunks for call in chunk.message.tool_calls or ()]
    return text, [(call.function.name, dict(call.function.arguments)) for call in calls]


def _tool(name: str, parameters: Any) -> Any:
    function = {"name": name, "description": "It does.", "parameters": parameters}
    return {"type": "function", "function": function}


@streamings
def test_ollamas_client_gets_its_own_names_and_arguments(
    streamed: bool, server: Loopback, bench: Bench
) -> None:
    given = {"item": "tea", "count": "2"}

    def script(seen: Asked) -> Answer:
        name = seen.json["tools"][0]["function"]["name"]
        return ollama_said(streamed, "", (name, given))

    server.script = script
    hello = [{"role": "user", "content": "hello"}]
    tools = [_tool("files order", ORDER)]
    _, calls = _chat(_ollama(server, bench), streamed, model="m", messages=hello, tools=tools)
    assert calls == [("files order", {"item": "tea", "count": 2})]
    assert server.asked[0].json["tools"][0]["function"]["name"] != "files order"
    assert [call.outcome for call in tools_use(bench).calls] == ["mended"]


@streamings
def test_a_call_that_ollama_left_in_the_text_is_a_call(
    streamed: bool, server: Loopback, bench: Bench
) -> None:
    text = 'Let me look.\n<tool_call>\n{"name": "weather", "arguments": {"city": "Oslo"}}\n'
    server.say(ollama_said(streamed, text + "</tool_call>"))
    hello = [{"role": "user", "content": "hello"}]
    tools = [_tool("weather", CITY)]
    client = _ollama(server, bench)
    said, calls = _chat(client, streamed, model="qwen3:8b", messages=hello, tools=tools)
    assert (said.strip(), calls) == ("Let me look.", [("weather", {"city": "Oslo"})])
    assert [call.from_text for call in tools_use(bench).calls] == [True]
