"""Hundreds of conversations at once, most of them alike; the benchmark plays thousands."""

from __future__ import annotations

from collections import Counter

import pytest

from interleaving import GROUPS, Result, interleave
from sealegs.stores.memory import MemoryStore


@pytest.fixture(scope="module")
def played() -> Result:
    return interleave(400, seed=7)


def test_no_reasoning_is_ever_attached_to_a_wrong_turn(played: Result) -> None:
    assert (played.total.wrong, played.failures) == (0, [])
    assert played.total.right > 5000


def test_whatever_a_session_or_a_unique_id_tells_apart_returns(played: Result) -> None:
    lost = {kind: one.lost for kind, one in played.tallies.items() if one.lost}
    assert lost == {}


def test_every_turn_that_goes_without_has_a_reason(played: Result) -> None:
    assert set(played.total.missed) <= {"ambiguous", "context_changed", "evicted", "prefix_changed"}
    assert sum(played.total.missed.values()) > 0, "some of it cannot be told apart"


def test_every_kind_of_conversation_was_there(played: Result) -> None:
    kinds = {name for name, _, _ in played.tallies}
    assert kinds == {group.name for group in GROUPS}
    assert len(played.tallies) == 4 * 4 * 2


def test_a_store_that_is_too_small_loses_turns_and_mistakes_none() -> None:
    played = interleave(150, seed=8, store=MemoryStore(max_bytes=2_000_000, max_per_key=4))
    total = played.total
    assert (total.wrong, played.failures) == (0, [])
    assert total.missed["evicted"] > 0
    assert set(total.missed) <= {
        "ambiguous",
        "context_changed",
        "evicted",
        "never_seen",
        "prefix_changed",
    }


def test_the_same_seed_plays_the_same() -> None:
    one, other = interleave(20, seed=3), interleave(20, seed=3)
    assert one.tallies == other.tallies
    assert Counter(one.total.missed) == other.total.missed
