"""LangChain's chat models meet faults of transport as their own clients do, in an agent too."""

from __future__ import annotations

import asyncio
import contextvars
import json
import time
from collections.abc import Callable
from typing import Any

import anthropic
import openai
import pytest
from langchain.agents.middleware import ModelRequest, ModelResponse
from langchain_anthropic import ChatAnthropic
from langchain_core.messages import AIMessage, HumanMessage
from pydantic import SecretStr

from chat_models import Bench, Case, agent, bench, case, said
from faulty import Faulty, told, trial_of
from model_server import ANSWER
from sealegs import Pipeline
from sealegs.perturbation.edits import BrokenBody, BrokenCalls, CutStream, Fault, Raised, Refused
from sealegs_adapters import _message_calls
from sealegs_adapters.langgraph import SealegsMiddleware
from sites import STAGING

__all__ = ["bench"]

MODELS = pytest.mark.parametrize("name", ["ChatOpenAI", "ChatAnthropic"])
WAYS = pytest.mark.parametrize("way", ["invoke", "ainvoke"])
CLIENTS: dict[str, Any] = {"ChatOpenAI": openai, "ChatAnthropic": anthropic}


def pipeline() -> Pipeline:
    """All layers, where agents may be disturbed."""
    return Pipeline.load(settings=STAGING, store="memory:")


def asked(bench: Bench, one: Case, server: Any, way: str, *, retries: int = 0, **more: Any) -> Any:
    model = bench.model(one, server, **more)
    for name in ("root_client", "root_async_client", "_client", "_async_client"):
        client = getattr(model, name, None)
        if client is not None:
            client.max_retries = retries
    made = agent(model, SealegsMiddleware(pipeline=pipeline()))
    return bench.answer(way, made, said("What is the weather?"), {})


@WAYS
@MODELS
def test_an_agents_model_outlasts_a_short_burst_by_its_clients_own_retries(
    name: str, way: str, bench: Bench
) -> None:
    one = case(name)
    server = bench.serve(one.dialect)
    with trial_of(Refused("rate_limit", 429, {"retry-after-ms": "1"}), tries=1) as trial:
        state = asked(bench, one, server, way, retries=1)
    assert state["messages"][-1].text == ANSWER
    assert told(trial) == [(True, "the client got status 429")] * 2  # at each of two turns
    assert len(server.requests) == 2


@WAYS
@MODELS
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Raised("connect"), "APIConnectionError"),
        (Raised("read_timeout"), "APITimeoutError"),
        (Refused("authentication", 401), "AuthenticationError"),
        (Refused("overloaded", 529), "InternalServerError"),
    ],
    ids=str,
)
def test_an_agent_meets_the_error_of_its_models_own_client(
    fault: Fault, error: str, name: str, way: str, bench: Bench
) -> None:
    one = case(name)
    server = bench.serve(one.dialect)
    with trial_of(fault) as trial, pytest.raises(getattr(CLIENTS[name], error)):
        asked(bench, one, server, way)
    assert [delivered for delivered, _ in told(trial)] == [True]
    assert server.requests == []


@WAYS
def test_an_agent_runs_on_with_a_call_of_a_tool_that_it_has_not(way: str, bench: Bench) -> None:
    one = case("ChatOpenAI")
    server = bench.serve(one.dialect)
    with trial_of(BrokenCalls(name="no_such_tool")) as trial:
        state = asked(bench, one, server, way)
    results = [message for message in state["messages"] if message.type == "tool"]
    assert "no_such_tool is not a valid tool" in results[0].content
    assert [delivered for delivered, _ in told(trial)] == [True, False]


@WAYS
def test_a_model_that_streams_meets_the_cut(way: str, bench: Bench) -> None:
    one = case("ChatOpenAI")
    server = bench.serve(one.dialect)
    with trial_of(CutStream(1, "close")) as trial, pytest.raises(openai.APIConnectionError):
        asked(bench, one, server, way, streaming=True)
    assert told(trial) == [(True, "the stream ended after 1 events: close")]
    assert len(server.requests) == 1


# ------------------------------------------------------------------ at the level of messages


def met(fault: Fault | None, way: str, *, timeout: float | None = None) -> ModelResponse[Any]:
    """Call a model that is seen as messages alone; it would say hello."""
    model = ChatAnthropic(
        model_name="claude-opus-4-5",
        api_key=SecretStr("k"),
        timeout=timeout,
        stop=None,
    )
    request: ModelRequest[Any] = ModelRequest(
        model=model, messages=[HumanMessage("Hello?")], state={"messages": []}, tools=[]
    )
    served = _message_calls.serves(model)
    assert served is not None
    answer = ModelResponse(result=[AIMessage("Hello.", id="run-1")])
    pipeline = Faulty().pipeline
    if way == "invoke":
        return _message_calls.call(request, lambda _: answer, served, pipeline, "")

    async def handler(_: Any) -> ModelResponse[Any]:
        return answer

    async def main() -> ModelResponse[Any]:
        return await _message_calls.acall(request, handler, served, pipeline, "")

    with asyncio.Runner() as runner:
        return runner.run(main(), context=contextvars.copy_context())


RAISES: list[tuple[Fault, str, Callable[[Any], bool]]] = [
    (Raised("connect"), "APIConnectionError", lambda e: "refused" in str(e.__cause__)),
    (Raised("reset", sent=True), "APIConnectionError", lambda e: "reset" in str(e.__cause__)),
    (Raised("read_timeout"), "APITimeoutError", lambda e: True),
    (Refused("rate_limit", 429, {"retry-after": "3"}), "RateLimitError", lambda e: (
        e.response.headers["retry-after"] == "3" and e.type == "rate_limit_error"
    )),
    (Refused("overloaded", 529), "OverloadedError", lambda e: e.type == "overloaded_error"),
    (Refused("server_error", 500), "InternalServerError", lambda e: e.status_code == 500),
    (Refused("bad_request", 418), "APIStatusError", lambda e: e.status_code == 418),
]  # fmt: skip


@WAYS
@pytest.mark.parametrize(("fault", "error", "fits"), RAISES, ids=lambda one: str(one)[:30])
def test_where_only_messages_are_seen_the_clients_own_errors_are_raised(
    fault: Fault, error: str, fits: Callable[[Any], bool], way: str
) -> None:
    with trial_of(fault) as trial, pytest.raises(getattr(anthropic, error)) as caught:
        met(fault, way)
    assert fits(caught.value)
    assert [delivered for delivered, _ in told(trial)] == [True]


@WAYS
def test_where_only_messages_are_seen_a_timeout_takes_the_models_own_time(way: str) -> None:
    began = time.monotonic()
    with trial_of(Raised("read_timeout", 60.0)), pytest.raises(anthropic.APITimeoutError):
        met(None, way, timeout=0.1)
    assert 0.1 <= time.monotonic() - began < 5


@WAYS
def test_where_only_messages_are_seen_a_broken_body_cannot_be_read(way: str) -> None:
    with trial_of(BrokenBody("invalid_json")), pytest.raises(json.JSONDecodeError):
        met(None, way)


@WAYS
def test_where_only_messages_are_seen_streams_are_not_cut(way: str) -> None:
    with trial_of(CutStream(1, "reset")) as trial:
        answer = met(None, way)
    assert answer.result[0].text == "Hello."
    assert told(trial) == [(False, "the reply was not streamed: let the agent ask for streams")]
