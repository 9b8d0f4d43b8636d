"""The official clients read edited streams, from a server on the loopback interface."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from loopback import Answer, Asked, Loopback, loopback
from menders import Reading, Rewriting
from recorded import WIRES, events
from sealegs.calls.saying import Mender
from sealegs_plugins.lenses import ALL
from spoken import SPEECHES, Said

LENSES = {wire: lens for lens in ALL for wire in lens.wires}
Heard = tuple[str, list[tuple[str, Any]], Any]
"""The text, the calls, and why the reply stopped, as a client has them."""

SAIDS: dict[str, tuple[Said, Callable[[], Mender]]] = {
    "read": (Said('Look. [[call look {"a":1}]][[call find {"b":"é"}]]', (), "why"), Reading),
    "alone": (Said('[[call look {"a":1}]]', (), "why"), Reading),
    "beside": (Said("[[call look {}]]", (("id1", "real", '{"x": 1}'),)), Reading),
    "rewritten": (
        Said("Two.", (("id1", "real", '{"x": 1}'), ("id2", "other", "{}")), "why"),
        lambda: Rewriting(reads_text=False),
    ),
}
WANT: dict[str, tuple[str, list[tuple[str, Any]]]] = {
    "read": ("Look. ", [("look", {"a": 1}), ("find", {"b": "é"})]),
    "alone": ("", [("look", {"a": 1})]),
    "beside": ("", [("real", {"x": 1}), ("look", {})]),
    "rewritten": (
        "Two.",
        [
            ("my_real", {"had": {"x": 1}, "more": "é\n"}),
            ("my_other", {"had": {}, "more": "é\n"}),
        ],
    ),
}
KINDS = {"sse": "text/event-stream", "ndjson": "application/x-ndjson"}
PROMPT: Any = [{"role": "user", "content": "hi"}]
_SCHEMA: Any = {"type": "object", "properties": {}}
_NAMES = ("look", "find", "real", "my_real", "my_other")
TOOLS: Any = [
    {"type": "function", "function": {"name": name, "parameters": _SCHEMA}} for name in _NAMES
]


@pytest.fixture(params=sorted(SAIDS))
def what(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def serving(wire: str, what: str) -> Any:
    """A server that answers every request with the edited stream."""
    said, mender = SAIDS[what]
    speech = next(one for one in SPEECHES if one.wire == wire)
    push = LENSES[wire].filter(mender())
    found = events(WIRES[wire], speech.stream(said, 5))
    out = [one.raw for event in found for one in push.feed(event)]
    kind = (("content-type", KINDS[WIRES[wire].framing]), ("connection", "close"))

    def answer(asked: Asked) -> Answer:
        return Answer(tuple(out), 200, kind, chunked=True)

    return loopback(script=answer)


def _chat(server: Loopback) -> Heard:
    import openai

    with openai.OpenAI(base_url=server.url, api_key="k", max_retries=0) as client:
        asked = client.chat.completions.stream(model="m", messages=PROMPT, tools=TOOLS)
        with asked as stream:
            completion = stream.get_final_completion()
    choice = completion.choices[0]
    calls = choice.message.tool_calls or []
    said = [(call.function.name, json.loads(call.function.arguments)) for call in calls]
    assert all(call.id for call in calls)
    return choice.message.content or "", said, choice.finish_reason == "tool_calls"


def _responses(server: Loopback) -> Heard:
    import openai

    texts: list[str] = []
    named: list[str] = []
    with (
        openai.OpenAI(base_url=server.url, api_key="k", max_retries=0) as client,
        client.responses.stream(model="m", input="hi") as stream,
    ):
        for event in stream:
            if event.type == "response.output_text.delta":
                texts.append(event.delta)
            elif event.type == "response.function_call_arguments.done":
                named.append(event.arguments)
        response = stream.get_final_response()
    calls = [item for item in response.output if item.type == "function_call"]
    assert "".join(texts) == response.output_text
    assert named == [call.arguments for call in calls]
    said = [(call.name, json.loads(call.arguments)) for call in calls]
    return response.output_text, said, response.status == "completed"


def _anthropic(server: Loopback) -> Heard:
    import anthropic

    with (
        anthropic.Anthropic(base_url=server.url, api_key="k", max_retries=0) as client,
        client.messages.stream(model="m", max_tokens=9, messages=PROMPT) as stream,
    ):
        texts = list(stream.text_stream)
        message = stream.get_final_message()
    text = "".join(block.text for block in message.content if block.type == "text")
    assert "".join(texts) == text
    calls = [block for block in message.content if block.type == "tool_use"]
    said = [(call.name, call.input) for call in calls]
    return text, said, message.stop_reason == "tool_use"


def _genai(server: Loopback) -> Heard:
    from google import genai

    options: Any = {"base_url": server.url}
    client = genai.Client(api_key="k", http_options=options)
    said: list[tuple[str, Any]] = []
    text = ""
    for chunk in client.models.generate_content_stream(model="m", contents="hi"):
        for candidate in chunk.candidates or []:
            for part in (candidate.content and candidate.content.parts) or []:
                text += (not part.thought and part.text) or ""
                if part.function_call:
                    said.append((str(part.function_call.name), part.function_call.args))
    return text, said, True


def _ollama(server: Loopback) -> Heard:
    import ollama

    said: list[tuple[str, Any]] = []
    text = ""
    for chunk in ollama.Client(host=server.url).chat("m", PROMPT, stream=True):
        text += chunk.message.content or ""
        calls = chunk.message.tool_calls or []
        said += [(call.function.name, dict(call.function.arguments)) for call in calls]
    return text, said, True


def _model(module: str, name: str, **given: Any) -> Callable[[Loopback], Heard]:
    """A chat model of LangChain's."""

    def ask(server: Loopback) -> Heard:
        kind = getattr(pytest.importorskip(module), name)
        model = kind(**{key: _at(value, server) for key, value in given.items()})
        chunks = iter(model.bind_tools(TOOLS).stream("hi"))
        message = next(chunks)
        for chunk in chunks:
            message += chunk
        content = message.content if isinstance(message.content, list) else [message.content]
        texts = [
            part if isinstance(part, str) else part.get("text", "")
            for part in content
            if isinstance(part, str) or part.get("type") == "text"
        ]
        calls = [(call["name"], call["args"]) for call in message.tool_calls]
        assert message.invalid_tool_calls == []
        return "".join(texts), calls, True

    return ask


def _at(value: Any, server: Loopback) -> Any:
    return value.replace("URL", server.url) if isinstance(value, str) else value


CLIENTS: dict[str, tuple[str, Callable[[Loopback], Heard]]] = {
    "openai, chat": ("openai-chat", _chat),
    "openai, responses": ("openai-responses", _responses),
    "anthropic": ("anthropic-messages", _anthropic),
    "google-genai": ("gemini", _genai),
    "ollama": ("ollama", _ollama),
    "ChatOpenAI": (
        "openai-chat",
        _model("langchain_openai", "ChatOpenAI", model="m", base_url="URL/v1", api_key="k"),
    ),
    "ChatOpenAI, responses": (
        "openai-responses",
        _model("langchain_openai", "ChatOpenAI", model="m", base_url="URL/v1", api_key="k",
               use_responses_api=True),
    ),
    "ChatAnthropic": (
        "anthropic-messages",
        _model("langchain_anthropic", "ChatAnthropic", model="claude-opus-4-5", base_url="URL",
               api_key="k"),
    ),
    "ChatGoogleGenerativeAI": (
        "gemini",
        _model("langchain_google_genai", "ChatGoogleGenerativeAI", model="m", api_key="k",
               base_url="URL"),
    ),
    "ChatOllama": (
        "ollama",
        _model("langchain_ollama", "ChatOllama", model="m", base_url="URL"),
    ),
    "ChatMistralAI": (
        "mistral",
        _model("langchain_mistralai", "ChatMistralAI", model="m", endpoint="URL/v1", api_key="k"),
    ),
    "ChatGroq": (
        "openai-chat",
        _model("langchain_groq", "ChatGroq", model="m", base_url="URL", api_key="k"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("client", sorted(CLIENTS))
def test_a_client_has_the_calls_of_an_edited_stream(client: str, what: str) -> None:
    wire, ask = CLIENTS[client]
    with serving(wire, what) as server:
        text, calls, stopped = ask(server)
    assert (text, calls) == WANT[what]
    assert stopped
