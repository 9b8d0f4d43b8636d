"""Random conversations, mixed on one pipeline, through random frameworks: never a wrong turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from conversations import Client, Framework, pipeline
from dialects import ANTHROPIC, CHAT, Called, Said
from frameworks import (
    as_parts,
    blank,
    counted_ids,
    escaped,
    flattened,
    forget,
    latest_everywhere,
    named,
    null_content,
    one_id,
    redumped,
    split_calls,
    split_text,
    stripped_text,
    summarised,
    trimmed,
)

SPELLINGS: Sequence[Framework] = (
    redumped,
    escaped,
    stripped_text,
    as_parts,
    named,
    counted_ids,
    one_id,
    null_content,
    blank(" "),
    latest_everywhere("the latest"),
)
REBUILDINGS: Sequence[Framework] = (split_calls, split_text, flattened)
SHORTENINGS: Sequence[Framework] = tuple(
    shorten(keep) for shorten in (trimmed, summarised) for keep in (1, 2, 3, 5, 8)
)
FOREIGN = ("the latest", " ")
"""What the frameworks above write by themselves."""


@dataclass(frozen=True)
class Step:
    """One turn: who says it in which conversation, with few words, so that many say the same."""

    who: int
    text: str
    ids: tuple[str, ...]
    reasoning: str


steps = st.lists(
    st.builds(
        Step,
        who=st.integers(0, 2),
        text=st.sampled_from(["OK.", "I look.", " Done\n"]),
        ids=st.lists(
            st.sampled_from(["functions.look_up:0", "functions.look_up:1", "1", "unique"]),
            max_size=2,
        ).map(tuple),
        reasoning=st.sampled_from(["", "alike", "own", "own", "own"]),
    ),
    min_size=2,
    max_size=14,
)


def say(client: Client, step: Step, number: int) -> None:
    """Play one step: the user asks, or the tools answer, and then the model speaks."""
    if client.pending:
        client.results(*("15" for _ in client.pending))
    else:
        client.user(f"Question {len(client.history)}")
    calls = tuple(
        Called(f"call_{number:02d}{place}Zb2kQ7LmWx4" if one == "unique" else one, '{"n": 1}')
        for place, one in enumerate(step.ids)
    )
    reasoning = f"own {number}" if step.reasoning == "own" else step.reasoning
    client.ask(Said(step.text, calls, reasoning, "c2ln" if reasoning else ""))


def play(clients: Sequence[Client], script: Sequence[Step]) -> None:
    for number, step in enumerate(script):
        say(clients[step.who], step, number)


def settle(client: Client) -> None:
    """Bring a conversation to where its model is to speak again."""
    if client.pending:
        client.results(*("15" for _ in client.pending))
    else:
        client.user("So?")


def wrong(client: Client, outcome: Any) -> list[tuple[int, Any]]:
    found = client.wrong(outcome)
    return [(tag, carried) for tag, carried in found if carried not in FOREIGN]


frameworks = st.tuples(
    st.lists(st.sampled_from(SPELLINGS), max_size=3, unique=True),
    st.lists(st.sampled_from(REBUILDINGS), max_size=1),
).map(lambda both: (forget, *both[0], *both[1]))


@settings(max_examples=150, deadline=None)
@given(
    steps,
    st.lists(frameworks, min_size=3, max_size=3),
    st.lists(st.sampled_from(["A.", "B."]), min_size=3, max_size=3),
    st.lists(st.sampled_from(["", "", "s", "t"]), min_size=3, max_size=3),
    st.sampled_from(["auto", "always", "never"]),
    st.none() | st.sampled_from(SHORTENINGS),
)
def test_nothing_ever_stands_in_a_wrong_turn(
    script: list[Step],
    spelled: list[Any],
    systems: list[str],
    sessions: list[str],
    stamps: str,
    shorten: Framework | None,
) -> None:
    over = pipeline(stamp_ids=stamps)
    clients = [
        Client(over, framework=framework, system=system, session=session)
        for framework, system, session in zip(spelled, systems, sessions, strict=True)
    ]
    play(clients, script)
    for client in clients:
        if client.said:
            settle(client)
            last = (*client.framework, shorten) if shorten and client.framework else ()
            fork = client.fork(framework=last or client.framework)
            outcome = fork.ask()
            assert (wrong(fork, outcome), outcome.failures) == ([], [])


@settings(max_examples=80, deadline=None)
@given(steps, st.sampled_from(["auto", "never"]), st.booleans())
def test_with_a_session_all_of_an_unchanged_history_returns(
    script: list[Step], stamps: str, stream: bool
) -> None:
    over = pipeline(stamp_ids=stamps)
    clients = [Client(over, session=f"s{n}", stream=stream) for n in range(3)]
    play(clients, script)
    for client in clients:
        settle(client)
        outcome = client.ask()
        given = [CHAT.given(said) for said in client.said[:-1]]
        assert (client.carried(outcome), outcome.gaps) == (given, ())


@settings(max_examples=60, deadline=None)
@given(
    steps,
    st.sampled_from(["claude-opus-4-8", "claude-opus-5-5"]),
    st.lists(st.sampled_from(["", "s", "t"]), min_size=3, max_size=3),
    st.integers(0, 6),
)
def test_signed_reasoning_never_stands_in_a_wrong_turn(
    script: list[Step], model: str, sessions: list[str], dropped: int
) -> None:
    over = pipeline()
    host: dict[str, Any] = {"dialect": ANTHROPIC, "host": "api.anthropic.com", "model": model}
    clients = [Client(over, **host, session=session) for session in sessions]
    play(clients, script)
    for client in clients:
        settle(client)
        whole = client.fork()
        outcome = whole.ask()
        assert whole.wrong(outcome) == []
        shortened = client.fork()
        shortened.history = shortened.history[dropped:] or shortened.history[-1:]
        assert shortened.wrong(shortened.ask()) == []
