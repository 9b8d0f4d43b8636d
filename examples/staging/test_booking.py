"""A staging test: does the agent stand a rough sea?

cd examples/staging
pytest                       # as any other test, undisturbed
pytest --perturb             # clean and disturbed, with a verdict
pytest --perturb --perturb-seed 7 -n 4
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import agent
import model
import pytest
from openai import OpenAI

from sealegs_adapters import openai_client

CASES = {
    f"{city}-{nights}": {
        "ask": f"Book a room in {city} for {nights} nights.",
        "city": city,
        "nights": nights,
    }
    for city in ("Oslo", "Rome", "Lima")
    for nights in range(2, 22)
}


@pytest.fixture
def client() -> Iterator[OpenAI]:
    """The agent's client, against the scripted model."""
    with model.serve() as url, OpenAI(base_url=url, api_key="none", max_retries=5) as plain:
        yield openai_client.enable(plain)


@pytest.mark.perturb("storm.toml", cases=CASES, gate=0.10)
def test_booking(sealegs: Any, client: OpenAI) -> None:
    case, booked = sealegs.case, agent.BOOKED
    booked.clear()
    agent.run(client, case["ask"])
    assert booked == [(case["city"], case["nights"])]
