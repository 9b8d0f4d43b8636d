"""LangChain's chat models on a loopback server, and agents and graphs made of them."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import pytest
from langchain.agents import create_agent
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition

import model_server
from model_server import Dialect, Server
from sealegs import Pipeline, hookimpl
from sealegs_adapters._holders import _clients
from sealegs_adapters.langgraph import _PATHS

R = TypeVar("R")
KEY: Final = "loopback"


@tool
def look(city: str) -> str:
    """Look out of the window."""
    return f"sunny in {city}"


@dataclass(frozen=True)
class Case:
    """One class of chat models.

    ``keeps`` says whether the class sends reasoning back by itself when its replies come whole, and
    when they are streamed.
    """

    name: str
    dialect: Dialect
    module: str
    make: Callable[..., Any]
    keeps: tuple[bool, bool] = (False, False)


def openai(package: Any, origin: str, **more: Any) -> Any:
    """Make a ``ChatOpenAI``."""
    given = {"model": "m", "base_url": f"{origin}/v1", "api_key": KEY, "max_retries": 0}
    return package.ChatOpenAI(**{**given, **more})


def anthropic(package: Any, origin: str, **more: Any) -> Any:
    """Make a ``ChatAnthropic``."""
    given = {
        "model": "claude-opus-4-5",
        "base_url": origin,
        "api_key": KEY,
        "max_retries": 0,
        "max_tokens": 2048,
        "thinking": {"type": "enabled", "budget_tokens": 1024},
    }
    return package.ChatAnthropic(**{**given, **more})


def _responses(package: Any, origin: str, **more: Any) -> Any:
    wanted = ["reasoning.encrypted_content"]
    return openai(package, origin, use_responses_api=True, store=False, include=wanted, **more)


def _mistral(package: Any, origin: str, **more: Any) -> Any:
    """Make a ``ChatMistralAI``. The host tells its format, so the loopback server is its proxy."""
    import httpx

    base = "http://api.mistral.ai/v1"
    given: dict[str, Any] = {
        "base_url": base,
        "headers": {"authorization": f"Bearer {KEY}"},
        "proxy": origin.rpartition("/")[0],
    }
    clients = {"client": httpx.Client(**given), "async_client": httpx.AsyncClient(**given)}
    return package.ChatMistralAI(
        model="m", api_key=KEY, max_retries=0, endpoint=base, **clients, **more
    )


CASES: Final = (
    Case("ChatOpenAI", model_server.chat(), "langchain_openai", openai),
    Case(
        "ChatOpenAI, Responses",
        model_server.responses(),
        "langchain_openai",
        _responses,
        keeps=(True, True),
    ),
    Case(
        "ChatDeepSeek",
        model_server.chat(),
        "langchain_deepseek",
        lambda p, o, **more: p.ChatDeepSeek(
            model="m", api_base=f"{o}/v1", api_key=KEY, max_retries=0, **more
        ),
    ),
    Case(
        "ChatOpenRouter",
        model_server.chat("reasoning"),
        "langchain_openrouter",
        lambda p, o, **more: p.ChatOpenRouter(
            model="m", base_url=o, api_key=KEY, max_retries=0, **more
        ),
        keeps=(True, True),
    ),
    Case(
        "ChatOpenRouter, details",
        model_server.chat("reasoning_details"),
        "langchain_openrouter",
        lambda p, o, **more: p.ChatOpenRouter(
            model="m", base_url=o, api_key=KEY, max_retries=0, **more
        ),
        keeps=(True, False),
    ),
    Case(
        "ChatOllama",
        model_server.ollama(),
        "langchain_ollama",
        lambda p, o, **more: p.ChatOllama(model="m", base_url=o, **more),
    ),
    Case(
        "ChatOllama, reasoning",
        model_server.ollama(),
        "langchain_ollama",
        lambda p, o, **more: p.ChatOllama(model="m", base_url=o, reasoning=True, **more),
        keeps=(True, True),
    ),
    Case(
        "ChatAnthropic",
        model_server.anthropic(),
        "langchain_anthropic",
        anthropic,
        keeps=(True, True),
    ),
    Case(
        "ChatGroq",
        model_server.chat("reasoning"),
        "langchain_groq",
        lambda p, o, **more: p.ChatGroq(model="m", base_url=o, api_key=KEY, max_retries=0, **more),
    ),
    Case("ChatMistralAI", model_server.mistral(), "langchain_mistralai", _mistral),
    Case(
        "ChatXAI",
        model_server.chat(),
        "langchain_xai",
        lambda p, o, **more: p.ChatXAI(
            model="m", xai_api_base=f"{o}/v1", api_key=KEY, max_retries=0, **more
        ),
    ),
    Case(
        "ChatGoogleGenerativeAI",
        model_server.gemini(),
        "langchain_google_genai",
        lambda p, o, **more: p.ChatGoogleGenerativeAI(
            model="gemini-2.5-pro", base_url=o, api_key=KEY, max_retries=1, **more
        ),
        keeps=(True, True),
    ),
)


def case(name: str) -> Case:
    """Find a case by its name."""
    return next(one for one in CASES if one.name == name)


class Watcher:
    """Writes down every exchange."""

    def __init__(self) -> None:
        self.exchanges: list[Any] = []

    @hookimpl
    def exchange_finished(self, exchange: Any) -> None:
        self.exchanges.append(exchange)


def pipeline(*plugins: object, **given: Any) -> Pipeline:
    """Load a pipeline with a store of its own."""
    return Pipeline.load(*plugins, **{"store": "memory:", **given})


def agent(model: Any, *middleware: Any, **given: Any) -> Any:
    """Make an agent with one tool."""
    return create_agent(model, [look], middleware=middleware, **given)


def graph(model: Any, **given: Any) -> Any:
    """Make a graph by hand: a bare model in a node, and a node of tools."""
    bound = model.bind_tools([look])

    def call(state: MessagesState) -> Any:
        return {"messages": [bound.invoke(state["messages"])]}

    async def acall(state: MessagesState) -> Any:
        return {"messages": [await bound.ainvoke(state["messages"])]}

    made = StateGraph(MessagesState)
    made.add_node("model", RunnableLambda(call, acall))
    made.add_node("tools", ToolNode([look]))
    made.add_edge(START, "model")
    made.add_conditional_edges("model", tools_condition)
    made.add_edge("tools", "model")
    return made.compile(**given)


QUESTIONS: Final = ("What is the weather?", "And now?")


def thread(name: str) -> Any:
    """Make the configuration of a thread."""
    return {"configurable": {"thread_id": name}}


def said(text: str) -> Any:
    """Make an input."""
    return {"messages": [{"role": "user", "content": text}]}


def ask(runnable: Any, config: Any, questions: Sequence[str] = QUESTIONS) -> None:
    """Ask questions, one after the other."""
    for text in questions:
        runnable.invoke(said(text), config)


async def aask(runnable: Any, config: Any, questions: Sequence[str] = QUESTIONS) -> None:
    """As `ask`, on an event loop."""
    for text in questions:
        await runnable.ainvoke(said(text), config)


def ask_streaming(runnable: Any, config: Any, questions: Sequence[str] = QUESTIONS) -> None:
    """As `ask`, with every reply streamed."""
    for text in questions:
        assert list(runnable.stream(said(text), config, stream_mode="messages"))


async def aask_streaming(runnable: Any, config: Any, questions: Sequence[str] = QUESTIONS) -> None:
    """As `ask_streaming`, on an event loop."""
    for text in questions:
        given = runnable.astream(said(text), config, stream_mode="messages")
        assert [piece async for piece in given]


Way = Callable[[Any, Any], Coroutine[Any, Any, None] | None]
WAYS: Final[dict[str, Way]] = {
    "invoke": ask,
    "ainvoke": aask,
    "stream": ask_streaming,
    "astream": aask_streaming,
}


class Bench:
    """Servers, models and one event loop for a test; closes what LangChain's models leave open."""

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()
        self._runner = self._stack.enter_context(asyncio.Runner())
        self._models: list[Any] = []

    def serve(self, dialect: Dialect) -> Server:
        """Run a server."""
        return self._stack.enter_context(model_server.serving(dialect))

    def model(self, case: Case, server: Server, **more: Any) -> Any:
        """Make a model, or skip the test where its package is not installed."""
        package = pytest.importorskip(case.module, reason=f"needs the package of {case.name}")
        self._models.append(case.make(package, server.origin, **more))
        return self._models[-1]

    def run(self, coroutine: Coroutine[Any, Any, R]) -> R:
        """Run a coroutine on the loop."""
        return self._runner.run(coroutine, context=contextvars.copy_context())

    def go(self, way: str, runnable: Any, config: Any) -> None:
        """Ask in one of the four ways."""
        coroutine = WAYS[way](runnable, config)
        if coroutine is not None:
            self.run(coroutine)

    def answer(self, way: str, runnable: Any, given: Any, config: Any) -> Any:
        """Invoke something, sync or async, and give what comes out."""
        if way == "invoke":
            return runnable.invoke(given, config)
        return self.run(runnable.ainvoke(given, config))

    def close(self) -> None:
        """Close all."""
        for _, _, client in [found for one in self._models for found in _clients(one, _PATHS)]:
            if hasattr(client, "aclose"):
                self.run(client.aclose())
            else:
                client.close()
        for one in self._models:
            if one.get_name() == "ChatGoogleGenerativeAI":
                self.run(one.client.aio.aclose())  # of aiohttp, which it prefers
        self._stack.close()


@pytest.fixture
def bench() -> Iterator[Bench]:
    """Give a bench."""
    made = Bench()
    yield made
    made.close()


def whole(server: Server) -> list[list[Any]]:
    """Give what the requests of one conversation should carry: all that was thought before."""
    given = server.given()
    return [given[:number] for number in range(len(given))]


def blank(server: Server) -> list[list[Any]]:
    """Give what they carry where all reasoning is dropped."""
    return [[None] * number for number in range(len(server.thoughts))]
