"""Walks along a conversation: taken up where the last request ended, and bounded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from conversations import catalog
from sealegs.records import Issuer
from sealegs.retention.keys import Reader, seed
from sealegs.retention.walks import Ground, Walk, Walks
from sealegs.wire import Turn, Wire

ISSUER = Issuer("https://a.example", "account", "openai-chat", "model")


def wire() -> Wire:
    return catalog().wires["openai-chat"]


def ground(beside: bytes = b"", issuer: Issuer = ISSUER) -> Ground:
    return Ground("openai-chat", seed("", ""), beside, issuer, False)


def turns(*said: tuple[str, str]) -> list[Turn]:
    raws = [f'{{"role": "{role}", "content": "{text}"}}'.encode() for role, text in said]
    return [Turn("user", raw, raw) for raw in raws]


def walked(walks: Walks, said: list[Turn], on: Ground | None = None) -> Walk:
    return walks.along(on or ground(), said, wire(), Reader(catalog().formats.values()))


SAID = st.lists(
    st.tuples(st.sampled_from(["user", "assistant", "system", "tool"]), st.sampled_from("abc")),
    max_size=12,
)


@given(st.lists(SAID, min_size=1, max_size=6), st.booleans())
def test_a_walk_gone_on_with_is_the_walk_from_the_beginning(
    requests: list[list[tuple[str, str]]], grows: bool
) -> None:
    """Whatever was walked before, in whatever order, each walk is what it would be alone."""
    walks, so_far = Walks(), list[tuple[str, str]]()
    for number, request in enumerate(requests):
        so_far = [*so_far, *request] if grows else request
        on = ground(beside=b"%d" % (number % 2))
        assert walked(walks, turns(*so_far), on) == walked(Walks(), turns(*so_far), on)


def test_another_issuer_or_system_prompt_makes_new_places() -> None:
    walks, said = Walks(), turns(("user", "q"), ("assistant", "a"), ("user", "r"))
    walked(walks, said)
    other = Issuer("https://b.example", "account", "openai-chat", "model")
    (_, place), *_ = walked(walks, said, ground(b"be brief", other)).places
    assert (place.issuer, place.system) == (
        other,
        walked(Walks(), said, ground(b"be brief", other)).system,
    )


def test_walks_stay_within_their_bytes() -> None:
    walks = Walks(limit=10_000)
    for number in range(100):
        walked(walks, turns(("user", f"{number} " + "x" * 1000)))
    kept = list(walks._known.values())
    assert sum(walk.size for walk in kept) <= 10_000
    assert len(kept) == 9
