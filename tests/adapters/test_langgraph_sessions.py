"""Which conversation a call belongs to: threads, restarts, sub-agents, branches, forks."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from operator import add
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest
from langchain.agents import create_agent
from langchain_core.runnables import RunnableLambda, RunnableParallel
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph
from langgraph.types import Send

from chat_models import (
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
from model_server import ANSWER, Body, Server
from sealegs import session
from sealegs_adapters.langgraph import SealegsMiddleware, enable

__all__ = ["bench"]

OPENAI = case("ChatOpenAI")
ROOT = Path(__file__).parents[2]


def _calls(body: Body) -> tuple[str, ...]:
    turns = [one for one in body["messages"] if one["role"] == "assistant"]
    return tuple(call["id"] for turn in turns for call in turn.get("tool_calls") or ())


def expected(server: Server, body: Body) -> list[str]:
    """Find what every assistant turn of a request had thought, by the ids before it.

    Texts are the same everywhere; a tool call's id says which reply it is of, and an answer is of
    the request that held the same ids and no more.
    """
    thoughts = {thought.call: thought.text for thought in server.thoughts}
    answers = {
        (_calls(asked), len(asked["messages"])): thought.text
        for asked, thought in zip(server.requests, server.thoughts, strict=True)
    }
    found: list[str] = []
    for index, turn in enumerate(body["messages"]):
        if turn["role"] == "assistant":
            before = {"messages": body["messages"][:index]}
            call = turn["tool_calls"][0]["id"] if turn.get("tool_calls") else ""
            found.append(thoughts[call] if call else answers[_calls(before), index])
    return found


def check(server: Server) -> int:
    """Check every request against what was thought; say how many turns that were."""
    wanted = [expected(server, body) for body in server.requests]
    assert server.kept() == wanted
    return sum(map(len, wanted))


@pytest.mark.parametrize("name", ["ChatOpenAI", "ChatAnthropic"])
def test_a_conversation_goes_on_after_a_restart(name: str, tmp_path: Path, bench: Bench) -> None:
    server = bench.serve(case(name).dialect)
    script = ROOT / "examples" / "langgraph_agent.py"
    given = {
        "MODEL": {"ChatOpenAI": "openai:m", "ChatAnthropic": "anthropic:claude-opus-4-5"}[name],
        "OPENAI_BASE_URL": f"{server.origin}/v1",
        "ANTHROPIC_BASE_URL": server.origin,
        "OPENAI_API_KEY": "loopback",
        "ANTHROPIC_API_KEY": "loopback",
        "LANGSMITH_TRACING": "false",
    }
    for off in ("1", ""):
        folder = tmp_path / f"off{off}"
        folder.mkdir()
        for question in QUESTIONS:
            done = subprocess.run(
                [sys.executable, str(script), question],
                env={**os.environ, **given, "SEALEGS_OFF": off or "0"},
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            assert (done.returncode, done.stdout.strip()) == (0, ANSWER), done.stderr
        assert len(server.requests) == 4
        drops = off and not any(case(name).keeps)
        assert server.kept() == (blank(server) if drops else whole(server))
        server.forget()


def test_threads_with_the_same_texts_never_share(bench: Bench) -> None:
    server = bench.serve(OPENAI.dialect)
    sealegs = SealegsMiddleware(pipeline=pipeline())
    made = agent(bench.model(OPENAI, server), sealegs, checkpointer=InMemorySaver())
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: ask(made, thread(name)), map(str, range(24))))
    assert check(server) == 24 * (0 + 1 + 2 + 3)


def test_threads_on_one_event_loop_never_share(bench: Bench) -> None:
    import asyncio

    from chat_models import aask

    server = bench.serve(OPENAI.dialect)
    model = enable(bench.model(OPENAI, server), pipeline=pipeline())
    made = graph(model, checkpointer=InMemorySaver())

    async def all_at_once() -> None:
        await asyncio.gather(*(aask(made, thread(str(number))) for number in range(12)))

    bench.run(all_at_once())
    assert check(server) == 12 * (0 + 1 + 2 + 3)


def test_a_sub_agent_in_a_tool_keeps_apart(bench: Bench) -> None:
    server, watcher = bench.serve(OPENAI.dialect), Watcher()
    model = bench.model(OPENAI, server)
    kept = pipeline(watcher)
    inner = create_agent(model, [look], middleware=[SealegsMiddleware(pipeline=kept)])

    @tool("look")
    def delegate(city: str) -> str:
        """Ask a colleague to look."""
        state: Any = inner.invoke(said(QUESTIONS[0]))  # the very words that the user said
        return str(state["messages"][-1].text)

    outer = create_agent(
        model,
        [delegate],
        middleware=[SealegsMiddleware(pipeline=kept)],
        checkpointer=InMemorySaver(),
    )
    ask(outer, thread("t"))
    assert check(server) == (0 + 1 + 2 + 3) + 2 * (0 + 1)
    assert {one.session for one in watcher.exchanges} == {"thread:t"}


def test_agents_with_names_have_sessions_of_their_own(bench: Bench) -> None:
    server, watcher = bench.serve(OPENAI.dialect), Watcher()
    model, kept = bench.model(OPENAI, server), pipeline(watcher)
    for name in ("planner", "writer"):
        sealegs = SealegsMiddleware(pipeline=kept, agent=name)
        ask(agent(model, sealegs, checkpointer=InMemorySaver()), thread("t"))
    assert check(server) == 2 * (0 + 1 + 2 + 3)
    assert [one.session for one in watcher.exchanges] == ["planner:thread:t"] * 4 + [
        "writer:thread:t"
    ] * 4


def test_a_session_that_the_caller_set_comes_first(bench: Bench) -> None:
    server, watcher = bench.serve(OPENAI.dialect), Watcher()
    made = agent(bench.model(OPENAI, server), SealegsMiddleware(pipeline=pipeline(watcher)))
    with session("mine"):
        made.invoke(said("?"), thread("t"))
    assert [one.session for one in watcher.exchanges] == ["mine", "mine"]


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
def test_a_run_without_a_thread_has_no_session_and_keeps_its_callers_history(
    way: str, bench: Bench
) -> None:
    server, watcher = bench.serve(OPENAI.dialect), Watcher()
    made = agent(bench.model(OPENAI, server), SealegsMiddleware(pipeline=pipeline(watcher)))
    history: list[Any] = []
    for text in QUESTIONS:
        given = {"messages": [*history, *said(text)["messages"]]}
        history = bench.answer(way, made, given, {"run_id": uuid.uuid4()})["messages"]
    assert server.kept() == whole(server)
    assert {one.session for one in watcher.exchanges} == {""}


class Branches(TypedDict):
    """What a map and its reduction pass on."""

    answers: Annotated[list[str], add]


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
def test_parallel_branches_run_in_their_threads_session(way: str, bench: Bench) -> None:
    server, watcher = bench.serve(OPENAI.dialect), Watcher()
    inner = graph(enable(bench.model(OPENAI, server), pipeline=pipeline(watcher)))

    def branch(state: Any) -> Branches:
        return {"answers": [inner.invoke(said(state["text"]))["messages"][-1].text]}

    async def abranch(state: Any) -> Branches:
        reply = await inner.ainvoke(said(state["text"]))
        return {"answers": [reply["messages"][-1].text]}

    made = StateGraph(Branches)
    made.add_node("branch", RunnableLambda(branch, abranch))
    made.add_conditional_edges(
        START, lambda _: [Send("branch", {"text": "What is the weather?"}) for _ in range(6)]
    )
    state = bench.answer(way, made.compile(), {"answers": []}, thread("t"))
    assert state["answers"] == [ANSWER] * 6
    assert check(server) == 6
    assert [one.session for one in watcher.exchanges] == ["thread:t"] * 12


def test_runnables_in_threads_of_a_node_run_in_its_session(bench: Bench) -> None:
    server, watcher = bench.serve(OPENAI.dialect), Watcher()
    model = enable(bench.model(OPENAI, server), pipeline=pipeline(watcher))
    both = RunnableParallel(one=model, other=model)
    made = StateGraph(Branches)
    made.add_node("both", lambda _: {"answers": [one.text for one in both.invoke("?").values()]})
    made.add_edge(START, "both")
    assert made.compile().invoke({"answers": []}, thread("t"))["answers"] == [ANSWER] * 2
    assert [one.session for one in watcher.exchanges] == ["thread:t"] * 2


def test_forks_of_one_thread_keep_their_own_reasoning(bench: Bench) -> None:
    server = bench.serve(OPENAI.dialect)
    sealegs = SealegsMiddleware(pipeline=pipeline())
    made = agent(bench.model(OPENAI, server), sealegs, checkpointer=InMemorySaver())
    ask(made, thread("t"))
    states = list(made.get_state_history(thread("t")))
    after_first = next(one for one in states if len(one.values["messages"]) == 4 and not one.next)
    at_first = next(one for one in states if one.next == ("model",))
    ask(made, after_first.config, ["And tomorrow?"])  # another way to go on
    ask(made, after_first.config, [QUESTIONS[1]])  # the same words again
    made.invoke(None, at_first.config)  # the last call once more
    assert check(server) >= (0 + 1 + 2 + 3) + 2 * (2 + 3)
