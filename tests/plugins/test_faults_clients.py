"""The official clients meet errors as fault lenses word them, and raise their own for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, get_args

import pytest

from loopback import Answer, Loopback, loopback, whole
from recorded import WIRES, events
from sealegs.perturbation.edits import ErrorKind
from sealegs_plugins.faults import ALL
from spoken import SPEECHES, Said

LENSES = {wire: lens for lens in ALL for wire in lens.wires}
KINDS: tuple[ErrorKind, ...] = get_args(ErrorKind)
STATUSES: dict[ErrorKind, int] = {
    "rate_limit": 429,
    "overloaded": 529,
    "server_error": 500,
    "bad_gateway": 502,
    "unavailable": 503,
    "gateway_timeout": 504,
    "context_length": 400,
    "bad_request": 400,
    "authentication": 401,
    "permission": 403,
    "quota": 429,
    "not_found": 404,
}
ERRORS = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    429: "RateLimitError",
}
PROMPT: Any = [{"role": "user", "content": "hi"}]
MEDIA = {"sse": "text/event-stream", "ndjson": "application/x-ndjson"}


def _openai(server: Loopback) -> Any:
    import openai

    return openai.OpenAI(base_url=server.url, api_key="k", max_retries=0)


def chat(server: Loopback, *, stream: bool) -> Any:
    with _openai(server) as client:
        answer = client.chat.completions.create(model="m", messages=PROMPT, stream=stream)
        return list(answer) if stream else answer


def chat_helper(server: Loopback, *, stream: bool) -> Any:
    with (
        _openai(server) as client,
        client.chat.completions.stream(model="m", messages=PROMPT) as found,
    ):
        for _ in found:
            pass
        return found.get_final_completion()


def responses(server: Loopback, *, stream: bool) -> Any:
    with _openai(server) as client:
        answer = client.responses.create(model="m", input="hi", stream=stream)
        return list(answer) if stream else answer


def responses_helper(server: Loopback, *, stream: bool) -> Any:
    with _openai(server) as client, client.responses.stream(model="m", input="hi") as found:
        for _ in found:
            pass
        return found.get_final_response()


def messages(server: Loopback, *, stream: bool) -> Any:
    import anthropic

    with anthropic.Anthropic(base_url=server.url, api_key="k", max_retries=0) as client:
        answer = client.messages.create(model="m", max_tokens=9, messages=PROMPT, stream=stream)
        return list(answer) if stream else answer


def messages_helper(server: Loopback, *, stream: bool) -> Any:
    import anthropic

    with (
        anthropic.Anthropic(base_url=server.url, api_key="k", max_retries=0) as client,
        client.messages.stream(model="m", max_tokens=9, messages=PROMPT) as found,
    ):
        return found.get_final_message()


def genai(server: Loopback, *, stream: bool) -> Any:
    from google import genai

    options: Any = {"base_url": server.url}
    with genai.Client(api_key="k", http_options=options) as client:
        if stream:
            return list(client.models.generate_content_stream(model="m", contents="hi"))
        return client.models.generate_content(model="m", contents="hi")


def ollama(server: Loopback, *, stream: bool) -> Any:
    import ollama

    with ollama.Client(host=server.url) as client:
        answer = client.chat("m", PROMPT, stream=stream)
        return list(answer) if stream else answer


CLIENTS: dict[str, tuple[str, Callable[..., Any]]] = {
    "openai, chat": ("openai-chat", chat),
    "openai, responses": ("openai-responses", responses),
    "anthropic": ("anthropic-messages", messages),
    "google-genai": ("gemini", genai),
    "ollama": ("ollama", ollama),
}
HELPERS: dict[str, tuple[str, Callable[..., Any]]] = {
    "openai, chat": ("openai-chat", chat_helper),
    "openai, responses": ("openai-responses", responses_helper),
    "anthropic": ("anthropic-messages", messages_helper),
    "google-genai": ("gemini", genai),
    "ollama": ("ollama", ollama),
}


def raised(ask: Callable[..., Any], server: Loopback, *, stream: bool) -> BaseException:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - which one, each test says
        ask(server, stream=stream)
    return caught.value


def streamed(wire: str, said: Said) -> Sequence[Any]:
    speech = next(one for one in SPEECHES if one.wire == wire)
    return events(WIRES[wire], speech.stream(said, 5))


def serving(wire: str, parts: Sequence[bytes]) -> Any:
    kind = (("content-type", MEDIA[WIRES[wire].framing]), ("connection", "close"))
    return loopback(Answer(tuple(parts), 200, kind, chunked=True))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["openai, chat", "openai, responses", "anthropic"])
def test_a_client_raises_its_own_error_for_a_refusal(name: str, kind: ErrorKind) -> None:
    import anthropic
    import openai

    wire, ask = CLIENTS[name]
    status = STATUSES[kind]
    body: Any = LENSES[wire].error(kind, status, "")
    with loopback(whole(body, status)) as server:
        error: Any = raised(ask, server, stream=False)
    module: Any = anthropic if name == "anthropic" else openai
    want = getattr(module, ERRORS.get(status, "InternalServerError"))
    assert isinstance(error, want)
    assert isinstance(error, module.APIStatusError)
    assert error.status_code == status
    assert body["error"]["message"] in str(error)
    if name == "anthropic":
        assert (error.body, error.type) == (body, body["error"]["type"])
    else:
        code = body["error"]["code"]
        assert (error.body, error.type) == (body["error"], body["error"]["type"])
        assert str(error.code) == str(code)


@pytest.mark.parametrize("kind", KINDS)
def test_googles_client_raises_its_own_error_for_a_refusal(kind: ErrorKind) -> None:
    from google.genai import errors

    status = STATUSES[kind]
    body: Any = LENSES["gemini"].error(kind, status, "")
    with loopback(whole(body, status)) as server:
        error: Any = raised(genai, server, stream=False)
    assert isinstance(error, errors.ClientError if status < 500 else errors.ServerError)
    said = body["error"]
    assert (error.code, error.status, error.message) == (status, said["status"], said["message"])


@pytest.mark.parametrize("kind", KINDS)
def test_ollamas_client_raises_its_own_error_for_a_refusal(kind: ErrorKind) -> None:
    from ollama import ResponseError

    body: Any = LENSES["ollama"].error(kind, STATUSES[kind], "")
    with loopback(whole(body, STATUSES[kind])) as server:
        error: Any = raised(ollama, server, stream=False)
    assert isinstance(error, ResponseError)
    assert (error.status_code, error.error) == (STATUSES[kind], body["error"])


@pytest.mark.parametrize("kind", ["overloaded", "rate_limit", "server_error", "context_length"])
@pytest.mark.parametrize("name", sorted(CLIENTS))
def test_a_client_raises_its_own_error_in_the_midst_of_a_stream(name: str, kind: ErrorKind) -> None:
    import anthropic
    import openai
    from google.genai import errors
    from ollama import ResponseError

    wire, ask = CLIENTS[name]
    kinds = {
        "openai-chat": openai.APIError,
        "openai-responses": openai.APIError,
        "anthropic-messages": anthropic.APIStatusError,
        "gemini": errors.APIError,
        "ollama": ResponseError,
    }
    lens = LENSES[wire]
    found = streamed(wire, Said("Some words to be cut off."))
    place = next(n for n, event in enumerate(found) if lens.carries(event))
    error = lens.stream_error(kind, "")
    with serving(wire, [*(event.raw for event in found[: place + 1]), error.raw]) as server:
        caught: Any = raised(ask, server, stream=True)
    assert isinstance(caught, kinds[wire])
    assert WIRES[wire].error(error.data)
    said = error.data["error"]
    assert (said if isinstance(said, str) else said["message"]) in str(caught)


@pytest.mark.parametrize("name", sorted(HELPERS))
@pytest.mark.parametrize("text", ["", "Some words."])
def test_a_client_reads_a_stream_from_which_the_calls_were_taken(name: str, text: str) -> None:
    wire, ask = HELPERS[name]
    lens = LENSES[wire]
    out: list[bytes] = []
    for event in streamed(wire, Said(text, (("id1", "look", '{"x": 1}'),))):
        data = lens.without_calls(event.data) if isinstance(event.data, dict) else event.data
        if data is event.data:
            out.append(event.raw)
        elif data is not None:
            out.append(rewritten(wire, event, data))
    with serving(wire, out) as server:
        reply = ask(server, stream=True)
    shown = repr(reply)
    assert "look" not in shown
    assert all(word in shown for word in text.split()[:1])


def rewritten(wire: str, event: Any, data: Any) -> bytes:
    from sealegs.framing import framer
    from sealegs.jsons import dump

    return framer(WIRES[wire].framing).write(event, dump(data))


@pytest.mark.parametrize("name", sorted(HELPERS))
def test_a_client_reads_a_stream_whose_reason_model_and_counts_are_others(name: str) -> None:
    wire, ask = HELPERS[name]
    lens = LENSES[wire]
    out: list[bytes] = []
    for event in streamed(wire, Said("Some words.")):
        data = event.data
        if isinstance(data, dict):
            data = lens.counted(lens.modelled(lens.finished(data, "length"), "other-model"), 3.0)
        out.append(event.raw if data is event.data else rewritten(wire, event, data))
    if name == "openai, chat":
        import openai

        with serving(wire, out) as server:
            error = raised(ask, server, stream=True)
        assert isinstance(error, openai.LengthFinishReasonError)
        return
    if name == "openai, responses":  # its helper knows responses that are completed, no others
        ask = responses
    with serving(wire, out) as server:
        shown = repr(ask(server, stream=True))
    assert "other-model" in shown
    assert "words" in shown
