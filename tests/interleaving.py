"""Thousands of conversations at once on one pipeline and one store, most of them saying the same.

What is counted is every turn of the model in every request that goes out: whether it has the
reasoning that was given for that very turn, another's (which must never be), or none, and why.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from conversations import Client, Framework, Outcome, forgetting, pipeline
from dialects import ANTHROPIC, Called, Said
from frameworks import forget, redumped, summarised, trimmed
from sealegs import Pipeline
from sealegs.records import Store

__all__ = ["GROUPS", "Conversation", "Group", "Tally", "interleave"]


@dataclass(frozen=True)
class Group:
    """A kind of conversation.

    Attributes:
        name: where it goes and what its ids look like.
        share: how many of a hundred conversations are of this kind.
        host: where the client sends it.
        call_id: the ids of its calls: ``{unique}`` is random, ``{index}`` counts anew each time.
        signed: whether its reasoning is signed.
    """

    name: str
    share: int
    host: dict[str, Any]
    call_id: str
    signed: bool = False


GROUPS: Sequence[Group] = (
    Group(
        "counted ids",
        45,
        {"host": "api.moonshot.ai", "model": "kimi-k3"},
        "functions.look_up:{index}",
    ),
    Group(
        "unique ids",
        25,
        {"host": "api.deepseek.com", "model": "deepseek-v4"},
        "call_{unique}",
    ),
    Group("texts only", 10, {"host": "api.z.ai", "model": "glm-5.3"}, ""),
    Group(
        "signed",
        20,
        {"dialect": ANTHROPIC, "host": "api.anthropic.com", "model": "claude-opus-4-8"},
        "toolu_{unique}",
        signed=True,
    ),
)
SHAPES = ("straight", "forked", "trimmed", "summarised")
ROUNDS = 2
LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


@dataclass
class Tally:
    """What became of the turns of one kind of conversation.

    Attributes:
        right: with the reasoning that was given for that turn.
        wrong: with another's.
        missed: without, by reason.
        known: how many of all had to return: a session was given, or a unique id tells the turn.
        lost: how many of those did not.
    """

    right: int = 0
    wrong: int = 0
    missed: Counter[str] = field(default_factory=Counter)
    known: int = 0
    lost: int = 0


@dataclass
class Conversation:
    """One conversation under way, and how it is played."""

    number: int
    group: Group
    shape: str
    client: Client
    branch: str = ""
    begun: int = 0

    @property
    def kind(self) -> tuple[str, str, str]:
        return (self.group.name, self.shape, "session" if self.client.session else "none")


def conversations(over: Pipeline, count: int, chance: random.Random) -> list[Conversation]:
    """Make conversations of every kind, shape, and with a session or without."""
    found = []
    for number in range(count):
        group = chance.choices(GROUPS, [group.share for group in GROUPS])[0]
        shape = chance.choice(SHAPES)
        session = f"session-{number}" if chance.random() < 0.5 else ""
        stream = not group.signed and chance.random() < 0.2
        client = Client(over, **group.host, session=session, stream=stream)
        keep = chance.choice((4, 5, 7))
        client.framework = _framework(group, shape, keep)
        found.append(Conversation(number, group, shape, client))
    return found


def _framework(group: Group, shape: str, keep: int) -> Sequence[Framework]:
    base: Sequence[Framework] = (forgetting(ANTHROPIC),) if group.signed else (forget, redumped)
    if shape == "trimmed":
        return (*base, _trimmed_blocks(keep) if group.signed else trimmed(keep))
    if shape == "summarised" and not group.signed:
        return (*base, summarised(keep))
    return base


def _trimmed_blocks(keep: int) -> Framework:
    """Keep the last messages, but no results whose calls are gone."""

    def trim(history: list[dict[str, Any]]) -> list[dict[str, Any]]:
        rest = history[-keep:]
        while rest and (isinstance(rest[0]["content"], list) or rest[0]["role"] != "user"):
            rest = rest[1:]
        return rest or history

    return trim


def _turns(one: Conversation, chance: random.Random) -> Iterator[Conversation]:
    """Play a conversation, request by request; a fork goes on as two."""
    for step in range(one.begun, ROUNDS):
        one.client.user(f"Question {step}?")
        if one.group.call_id:
            for call in range(chance.choice((1, 2))):
                yield from _speak(one, f"Look {step}.", _calls(one.group, call, chance))
                one.client.results(*("15 degrees" for _ in one.client.pending))
        yield from _speak(
            one, f"By all that is known so far the answer has to be {step}{one.branch}.", ()
        )
        if one.shape == "forked" and step == 0 and not one.branch:
            yield Conversation(
                one.number, one.group, one.shape, one.client.fork(), " (right)", step + 1
            )
            one.branch = " (left)"
    one.client.user("And so?")
    yield from _speak(one, "The end.", ())


def _calls(group: Group, step: int, chance: random.Random) -> tuple[Called, ...]:
    unique = "".join(chance.choices(LETTERS, k=20)) + "a1b2c3"
    native = group.call_id.format(unique=unique, index=step)
    return (Called(native, '{"city":"K\\u00f6ln"}'),)


@dataclass(frozen=True)
class _Spoken:
    conversation: Conversation
    outcome: Outcome


def _speak(one: Conversation, text: str, calls: tuple[Called, ...]) -> Iterator[Any]:
    """Let the model speak; its reasoning is like no other's."""
    reasoning = f"Reasons of {one.number}{one.branch}, {len(one.client.said)}."
    signature = f"c2ln{one.number}x{len(one.client.said)}" if one.group.signed else ""
    yield _Spoken(one, one.client.ask(Said(text, calls, reasoning, signature)))


@dataclass
class Result:
    """What all of it came to."""

    conversations: int
    requests: int = 0
    seconds: float = 0.0
    failures: list[str] = field(default_factory=list)
    tallies: dict[tuple[str, str, str], Tally] = field(default_factory=dict)

    @property
    def total(self) -> Tally:
        whole = Tally()
        for one in self.tallies.values():
            whole.right += one.right
            whole.wrong += one.wrong
            whole.missed.update(one.missed)
            whole.known += one.known
            whole.lost += one.lost
        return whole


def interleave(count: int, *, seed: int = 1, store: Store | None = None) -> Result:
    """Play conversations, all at once: whose request comes next is drawn each time."""
    chance = random.Random(seed)
    over = pipeline(store)
    result = Result(count)
    began = time.perf_counter()
    active = [_turns(one, chance) for one in conversations(over, count, chance)]
    while active:
        place = chance.randrange(len(active))
        said = next(active[place], None)
        if said is None:
            active[place] = active[-1]
            active.pop()
        elif isinstance(said, Conversation):
            active.append(_turns(said, chance))
        else:
            result.requests += 1
            _judge(said.conversation, said.outcome, result)
    result.seconds = time.perf_counter() - began
    return result


def _judge(one: Conversation, outcome: Outcome, result: Result) -> None:
    tally = result.tallies.setdefault(one.kind, Tally())
    result.failures += outcome.failures
    client, reasons = one.client, dict(outcome.gaps)
    turns = outcome.body[client.dialect.turns]
    spoken = [
        (tag, client.dialect.carried(turn))
        for tag, turn in zip(outcome.tags, turns, strict=True)
        if client.dialect.is_model(turn)
    ]
    first = next(turn for turn in turns if turn["role"] != "system")
    shortened = first["content"] != client.history[0]["content"]
    for place, (tag, carried) in enumerate(spoken):
        assert tag is not None
        known = _known(one, tag, shortened)
        tally.known += known
        if carried == client.dialect.given(client.said[tag]):
            tally.right += 1
            continue
        tally.lost += known
        if carried:
            tally.wrong += 1
        else:
            tally.missed[reasons.get(place, "without a reason")] += 1


def _known(one: Conversation, tag: int, shortened: bool) -> bool:
    """Whether a turn has to be known: by its session, by its own id, or by one said before it.

    Signed answers of a shortened history are not known by their session, for their place counts.
    """
    said = one.client.said
    if said[tag].calls:
        return True
    if not shortened:
        return bool(one.client.session) or any(before.calls for before in said[:tag])
    return bool(one.client.session) and not one.group.signed
