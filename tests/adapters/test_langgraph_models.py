"""Every class of chat models, in every way of calling it, with sealegs and without."""

from __future__ import annotations

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from chat_models import CASES, QUESTIONS, Bench, Case, agent, bench, graph, pipeline, thread, whole
from model_server import Server
from sealegs_adapters.langgraph import SealegsMiddleware, enable

__all__ = ["bench"]

EVERY = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
WAYS = pytest.mark.parametrize("way", ["invoke", "ainvoke", "stream", "astream"])
pytestmark = pytest.mark.filterwarnings("ignore:Inheritance class Aiohttp:DeprecationWarning")


def without(bench: Bench, case: Case, way: str, server: Server) -> None:
    """Show what arrives without sealegs: not all, but where the class keeps reasoning itself."""
    bench.go(way, agent(bench.model(case, server), checkpointer=InMemorySaver()), thread("control"))
    assert len(server.kept()) == 2 * len(QUESTIONS)
    assert (server.kept() == whole(server)) is case.keeps[way in ("stream", "astream")]
    server.forget()


@EVERY
@WAYS
def test_an_agents_requests_carry_all_reasoning(case: Case, way: str, bench: Bench) -> None:
    server = bench.serve(case.dialect)
    without(bench, case, way, server)
    sealegs = SealegsMiddleware(pipeline=pipeline())
    kept = agent(bench.model(case, server), sealegs, checkpointer=InMemorySaver())
    bench.go(way, kept, thread("t"))
    assert len(server.kept()) == 2 * len(QUESTIONS)
    assert server.kept() == whole(server)


@EVERY
@WAYS
def test_a_plain_graphs_requests_carry_all_reasoning(case: Case, way: str, bench: Bench) -> None:
    server = bench.serve(case.dialect)
    model = enable(bench.model(case, server), pipeline=pipeline())
    bench.go(way, graph(model, checkpointer=InMemorySaver()), thread("t"))
    assert len(server.kept()) == 2 * len(QUESTIONS)
    assert server.kept() == whole(server)
