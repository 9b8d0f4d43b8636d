"""The cap on hidden tokens: oldest whole turns first, never the current loop, the same prefix."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations import Client, Outcome, pipeline
from dialects import ANTHROPIC, Called, Said

ONE = "call_9Zb2kQ7LmWx"


def rounds(client: Client, sizes: list[int]) -> list[Outcome]:
    """One question and answer for each size; the requests, first to last."""
    found = []
    for number, size in enumerate(sizes):
        client.user(f"q{number}")
        found.append(client.ask(Said(f"a{number}", reasoning="x" * size)))
    found.append(client.user("last").ask())
    return found


def test_without_a_cap_everything_returns() -> None:
    client = Client(pipeline())
    last = rounds(client, [4000] * 5)[-1]
    assert [len(text) for text in client.carried(last)] == [4000] * 5


def test_up_to_the_cap_everything_returns() -> None:
    client = Client(pipeline(hidden_token_cap=30))
    assert rounds(client, [40, 40, 40])[-1].gaps == ()


def test_beyond_the_cap_the_oldest_turns_go_without() -> None:
    client = Client(pipeline(hidden_token_cap=30))
    last = rounds(client, [40, 40, 40, 40])[-1]
    assert client.carried(last) == [None, None, None, "x" * 40]
    assert last.gaps == ((0, "capped"), (1, "capped"), (2, "capped"))
    assert last.retention is not None
    assert last.retention.hidden_tokens == 10


@pytest.mark.parametrize("cap", [0, 5])
def test_a_turn_that_is_beyond_the_cap_by_itself_goes_without(cap: int) -> None:
    client = Client(pipeline(hidden_token_cap=cap))
    last = rounds(client, [400, 400])[-1]
    assert client.carried(last) == [None, None]
    assert last.gaps == ((0, "capped"), (1, "capped"))


def test_the_current_loop_is_never_cut_however_long_it_is() -> None:
    client = Client(pipeline(hidden_token_cap=1))
    client.user("q").ask(Said("a", reasoning="x" * 100))
    client.user("r")
    for step in range(4):
        client.ask(Said("", (Called(f"{ONE}{step}"),), "y" * 100))
        client.results("15")
    assert client.carried(client.ask()) == [None, *["y" * 100] * 4]


def test_what_the_framework_carries_itself_is_not_hidden_and_not_cut() -> None:
    client = Client(pipeline(hidden_token_cap=1), framework=())
    last = rounds(client, [400, 400])[-1]
    assert (last.same, last.outcomes) == (True, ("present", "present"))


def test_bound_reasoning_is_not_cut_for_what_follows_would_be_lost() -> None:
    client = Client(pipeline(hidden_token_cap=1), ANTHROPIC, "api.anthropic.com", "claude-opus-5-5")
    client.user("q").ask(Said("a", reasoning="x" * 400, signature="c2ln"))
    assert client.user("r").ask().outcomes == ("restored",)


def test_a_capped_turn_gets_what_the_provider_wants_in_a_gap() -> None:
    client = Client(pipeline(hidden_token_cap=1), host="api.deepseek.com", model="deepseek-v4")
    last = rounds(client, [400])[-1]
    assert client.carried(last) == [""]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 120), min_size=2, max_size=14), st.integers(0, 60))
def test_as_a_conversation_grows_no_turn_comes_back_and_the_prefix_breaks_seldom(
    sizes: list[int], cap: int
) -> None:
    client = Client(pipeline(hidden_token_cap=cap))
    requests = rounds(client, sizes)[1:]
    carried = [client.carried(one) for one in requests]
    breaks = 0
    for before, after in pairwise(carried):
        lost = [n for n, text in enumerate(before) if text and not after[n]]
        gained = [n for n, text in enumerate(before) if not text and after[n]]
        assert gained == []
        breaks += bool(lost)
    for one in requests:
        assert one.retention is not None
        assert one.retention.hidden_tokens <= cap
    # a block is dropped only once what was added since the last one fills the cap
    assert breaks * 4 * cap <= 2 * sum(sizes)
    assert sum(sizes) > 4 * cap or breaks == 0
