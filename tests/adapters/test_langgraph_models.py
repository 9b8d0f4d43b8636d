"""Every class of chat models, in every way of calling it, with sealegs and without."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import chat_models
import pytest
from chat_models import CASES, QUESTIONS, Case, agent, blank, go, graph, thread, whole
from langgraph.checkpoint.memory import InMemorySaver
from model_server import Server, serving
from sealegs_adapters.langgraph import SealegsMiddleware, enable

EVERY = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
WAYS = pytest.mark.parametrize("way", ["invoke", "ainvoke", "stream", "astream"])


def without(case: Case, way: str, server: Server) -> None:
    """Show what arrives without sealegs: nothing, but where the class keeps reasoning itself."""
    go(way, agent(case.model(server), checkpointer=InMemorySaver()), thread("control"))
    kept, streamed = server.kept(), way in ("stream", "astream")
    assert len(kept) == 2 * len(QUESTIONS)
    assert (kept == whole(server)) is case.keeps[streamed]
    if not any(case.keeps):
        assert kept != whole(server)
    server.forget()


@EVERY
@WAYS
def test_an_agents_requests_carry_all_reasoning(case: Case, way: str) -> None:
    with serving(case.dialect) as server:
        without(case, way, server)
        sealegs = SealegsMiddleware(pipeline=chat_models.pipeline())
        go(way, agent(case.model(server), sealegs, checkpointer=InMemorySaver()), thread("t"))
        assert len(server.kept()) == 4
        assert server.kept() == whole(server)


@EVERY
@WAYS
def test_a_plain_graphs_requests_carry_all_reasoning(case: Case, way: str) -> None:
    with serving(case.dialect) as server:
        model = enable(case.model(server), pipeline=chat_models.pipeline())
        go(way, graph(model, checkpointer=InMemorySaver()), thread("t"))
        assert len(server.kept()) == 4
        assert server.kept() == whole(server)
