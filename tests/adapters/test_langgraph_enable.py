"""What `enable` changes and leaves alone, and what the middleware says where it cannot help."""

from __future__ import annotations

import copy
import gc
import subprocess
import sys
import warnings
from typing import Any

import pytest
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.prompts import ChatPromptTemplate
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.prebuilt import ToolNode, create_react_agent
from pydantic import BaseModel

from chat_models import (
    KEY,
    QUESTIONS,
    Bench,
    Watcher,
    agent,
    ask,
    bench,
    blank,
    case,
    graph,
    look,
    pipeline,
    said,
    thread,
    whole,
)
from sealegs_adapters import http
from sealegs_adapters._tapping import AsyncTap, Tap
from sealegs_adapters.langgraph import SealegsMiddleware, disable, enable

__all__ = ["bench"]

OPENAI = case("ChatOpenAI")
WAYS = pytest.mark.parametrize("way", ["invoke", "ainvoke"])


class Look(BaseModel):
    """Look out of the window."""

    city: str


def tapped(model: Any) -> tuple[bool, bool]:
    sync, asynchronous = model.root_client._client, model.root_async_client._client
    return (isinstance(sync._transport, Tap), isinstance(asynchronous._transport, AsyncTap))


def talk(bench: Bench, way: str, first: Any, then: Any) -> None:
    """Hold a conversation by hand: one model call for the tool, the next with its result."""
    history: list[Any] = [HumanMessage(QUESTIONS[0])]
    reply = bench.answer(way, first, history, {})
    assert isinstance(reply, AIMessage)
    history += [reply, ToolMessage("sunny", tool_call_id=reply.tool_calls[0]["id"])]
    bench.answer(way, then, history, {})


@WAYS
def test_a_bound_model_can_be_enabled_before_and_after_binding(way: str, bench: Bench) -> None:
    server = bench.serve(OPENAI.dialect)
    before = enable(bench.model(OPENAI, server), pipeline=pipeline()).bind_tools([look])
    after = enable(bench.model(OPENAI, server).bind_tools([look]), pipeline=pipeline())
    for bound in (before, after):
        talk(bench, way, bound, bound)
        assert server.kept() == whole(server)
        server.forget()


@WAYS
def test_structured_output_carries_reasoning(way: str, bench: Bench) -> None:
    server = bench.serve(OPENAI.dialect)
    for more in ({}, {"include_raw": True}):
        model = bench.model(OPENAI, server)
        structured = model.with_structured_output(look, method="function_calling", **more)
        enable(structured, pipeline=pipeline())
        talk(bench, way, model.bind_tools([look]), structured)
        assert server.kept() == whole(server)
        server.forget()


@WAYS
def test_fallbacks_are_enabled_too(way: str, bench: Bench) -> None:
    broken, server = bench.serve(OPENAI.dialect), bench.serve(OPENAI.dialect)
    broken.refuse = lambda _: {"error": {"message": "no", "type": "invalid_request_error"}}
    first = bench.model(OPENAI, broken).bind_tools([look])
    second = bench.model(OPENAI, server).bind_tools([look])
    both = enable(first.with_fallbacks([second]), pipeline=pipeline())
    talk(bench, way, both, both)
    assert len(broken.requests) == 2
    assert server.kept() == whole(server)


@WAYS
def test_a_chain_around_a_model_can_be_enabled(way: str, bench: Bench) -> None:
    server = bench.serve(OPENAI.dialect)
    prompt = ChatPromptTemplate([("system", "Be brief."), ("placeholder", "{messages}")])
    chain = prompt | bench.model(OPENAI, server).bind_tools([look]).with_retry()
    enable(chain, pipeline=pipeline())
    asked = (lambda messages: {"messages": messages}) | chain
    talk(bench, way, asked, asked)
    assert server.kept() == whole(server)


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainDeprecationWarning")
@pytest.mark.filterwarnings("ignore:create_react_agent:DeprecationWarning")
def test_the_old_react_agent_carries_reasoning(bench: Bench) -> None:
    server = bench.serve(OPENAI.dialect)
    model = enable(bench.model(OPENAI, server), pipeline=pipeline())
    made = create_react_agent(model, ToolNode([look]), checkpointer=InMemorySaver())
    ask(made, thread("t"))
    assert len(server.kept()) == 4
    assert server.kept() == whole(server)


def test_disabling_puts_back_the_very_clients(bench: Bench) -> None:
    server = bench.serve(OPENAI.dialect)
    model = bench.model(OPENAI, server)
    before = (model.root_client._client, model.root_async_client._client)
    assert enable(model, pipeline=pipeline()) is model
    assert tapped(model) == (True, True)
    assert disable(model) is model
    assert (model.root_client._client, model.root_async_client._client) == before
    ask(graph(model, checkpointer=InMemorySaver()), thread("t"))
    assert server.kept() == blank(server)
    assert disable(model) is model


def test_disabling_what_was_never_enabled_changes_nothing(bench: Bench) -> None:
    model = bench.model(OPENAI, bench.serve(OPENAI.dialect))
    before = model.root_client._client
    disable(model.bind_tools([look]))
    assert model.root_client._client is before


def test_enabling_twice_is_enabling_once(bench: Bench) -> None:
    server, first, second = bench.serve(OPENAI.dialect), Watcher(), Watcher()
    model = enable(bench.model(OPENAI, server), pipeline=pipeline(first))
    inner = model.root_client._client._transport
    enable(model, pipeline=pipeline(second))
    assert model.root_client._client._transport is inner
    made = agent(model, SealegsMiddleware(pipeline=pipeline(second)))
    made.invoke(said(QUESTIONS[0]))
    assert (len(first.exchanges), len(second.exchanges)) == (2, 0)
    assert server.kept() == whole(server)
    assert tapped(disable(model)) == (False, False)


@pytest.mark.parametrize("name", ["ChatOpenAI", "ChatAnthropic"])
def test_models_that_share_a_client_are_left_alone(name: str, bench: Bench) -> None:
    """LangChain keeps one HTTP client for all models of one base URL."""
    server, watcher = bench.serve(case(name).dialect), Watcher()
    mine, other = bench.model(case(name), server), bench.model(case(name), server)
    holder = "root_client" if name == "ChatOpenAI" else "_client"
    assert getattr(mine, holder)._client is getattr(other, holder)._client
    enable(mine, pipeline=pipeline(watcher))
    mine.invoke("?")
    other.invoke("?")
    assert len(server.requests) == 2
    assert len(watcher.exchanges) == 1


def test_a_model_that_goes_closes_nothing_that_others_use(bench: Bench) -> None:
    server = bench.serve(OPENAI.dialect)
    other = bench.model(OPENAI, server)
    mine = enable(
        OPENAI.make(pytest.importorskip(OPENAI.module), server.origin), pipeline=pipeline()
    )
    for one in (mine, other):
        one.invoke("?")
    pool = other.root_client._client._transport._pool
    assert [one.is_closed() for one in pool.connections] == [False]
    disable(mine)
    enable(mine, pipeline=pipeline())
    del mine, one
    gc.collect()
    assert [one.is_closed() for one in pool.connections] == [False]
    other.invoke("?")


def test_copies_of_an_enabled_model_are_enabled(bench: Bench) -> None:
    server = bench.serve(OPENAI.dialect)
    model = enable(bench.model(OPENAI, server), pipeline=pipeline())
    for made in (copy.copy(model), model.model_copy(update={"temperature": 0.5})):
        ask(graph(made, checkpointer=InMemorySaver()), thread("t"))
        assert server.kept() == whole(server)
        server.forget()


def test_a_client_that_was_wrapped_by_hand_serves_in_the_threads_session(bench: Bench) -> None:
    server, watcher = bench.serve(OPENAI.dialect), Watcher()
    kept = pipeline(watcher)
    with http.client(pipeline=kept) as client:
        model = bench.model(OPENAI, server, http_client=client)
        made = agent(model, SealegsMiddleware(pipeline=kept), checkpointer=InMemorySaver())
        ask(made, thread("t"))
    assert server.kept() == whole(server)
    assert [(one.adapter, one.session) for one in watcher.exchanges] == [("http", "thread:t")] * 4


@WAYS
def test_calls_of_gemini_go_through_the_tap(way: str, bench: Bench) -> None:
    """google-genai uses aiohttp for async calls where it is installed."""
    server, watcher = bench.serve(case("ChatGoogleGenerativeAI").dialect), Watcher()
    model = bench.model(case("ChatGoogleGenerativeAI"), server)
    options = model.client._api_client._http_options
    enable(model, pipeline=pipeline(watcher))
    bench.answer(way, graph(model), said(QUESTIONS[0]), {})
    assert [one.retention.captured for one in watcher.exchanges] == [1, 1]
    disable(model)
    assert options.httpx_async_client is None


class NoClient(GenericFakeChatModel):
    """A model without any HTTP client."""

    def bind_tools(self, *_: Any, **__: Any) -> Any:
        return self


def test_a_model_that_cannot_be_served_is_named_once_and_still_called() -> None:
    sealegs = SealegsMiddleware(pipeline=pipeline())
    made = agent(NoClient(messages=iter([AIMessage("a"), AIMessage("b")])), sealegs)
    with pytest.warns(UserWarning, match=r"NoClient holds no httpx client") as caught:
        first = made.invoke(said("?"))
    assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        second = made.invoke(said("?"))
    assert [one["messages"][-1].text for one in (first, second)] == ["a", "b"]


@pytest.mark.parametrize(
    ("thing", "words"),
    [
        (NoClient(messages=iter([])), "NoClient holds no httpx client"),
        (look, "there is no chat model in"),
        (object(), "there is no chat model in builtins.object"),
    ],
)
def test_what_cannot_be_enabled_is_refused_by_name(thing: Any, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        enable(thing, pipeline=pipeline())


def test_one_model_that_cannot_be_enabled_leaves_the_others_as_they_were(bench: Bench) -> None:
    model = bench.model(OPENAI, bench.serve(OPENAI.dialect))
    with pytest.raises(TypeError, match="NoClient"):
        enable(model.with_fallbacks([NoClient(messages=iter([]))]), pipeline=pipeline())
    assert tapped(model) == (False, False)


def test_models_that_are_made_for_each_call_are_refused(bench: Bench) -> None:
    from langchain.chat_models import init_chat_model
    from langchain_core.runnables import ConfigurableField

    model = bench.model(OPENAI, bench.serve(OPENAI.dialect))
    changing = model.configurable_fields(temperature=ConfigurableField(id="t"))
    later = init_chat_model("openai:m", configurable_fields="any", api_key=KEY)
    for one in (changing, later):
        with pytest.raises(TypeError, match="there is no chat model in"):
            enable(one, pipeline=pipeline())


BLOCKED = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"langchain", "langchain_core", "langgraph"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Blocked())
import sealegs_adapters.langgraph
"""


def test_without_langchain_the_error_names_the_extra() -> None:
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("ModuleNotFoundError: sealegs_adapters.langgraph needs LangChain: ")
    assert 'pip install "sealegs[langgraph]"' in last
