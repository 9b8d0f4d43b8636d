"""Recorded conversations with turns lost and added: no provider refuses where their turns stand."""

from __future__ import annotations

import itertools
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import Any

import pytest

from disturbing import STAGING, Conversing, delivered, shouting, trial
from flows import WIRES, Port, answered, drive, head
from recorded import Recorded, exchanges
from sealegs.exchange import Ledger
from sealegs.flow import Call
from sealegs.perturbation.edits import Inserted, SaidTurn, TurnsEdit
from sealegs.perturbation.profiles import Profile, Use
from sealegs.perturbation.requests.layer import PerturbationLayer
from sealegs.perturbation.trials.engine import begin
from sealegs.wire import Document
from sealegs_plugins.perturbations.environment.history_loss import HistoryLoss
from sealegs_plugins.perturbations.user_prompt.duplicate_request import DuplicateRequest
from sealegs_plugins.perturbations.user_prompt.goal_switch import GoalSwitch
from web import compact, installed

STRICT = ("anthropic-bedrock", "anthropic-messages", "bedrock-converse", "gemini", "mistral")


# ------------------------------------------------------------------ what providers demand


def alternates(messages: Sequence[Any]) -> bool:
    """Anthropic's models and Converse: the user first and last, and never twice the same."""
    said = [one["role"] for one in messages]
    return (
        said[0] == said[-1] == "user"
        and set(said) <= {"user", "assistant"}
        and all(one != other for one, other in itertools.pairwise(said))
    )


def gemini_takes(messages: Sequence[Any]) -> bool:
    said = [
        "tool"
        if "'functionresponse'" in str(one["parts"]).lower().replace("_", "")
        else one["role"]
        for one in messages
    ]
    pairs = list(itertools.pairwise(said))
    twice = [one for one, other in pairs if one == other and one in ("user", "model")]
    return said[0] == "user" and said[-1] != "model" and not twice


def mistral_takes(messages: Sequence[Any]) -> bool:
    """As the validator of mistral-common has it, for requests that are served."""
    behind = {
        "system": {"system", "user", "assistant"},
        "user": {"system", "user", "assistant"},
        "assistant": {"user", "assistant", "tool"},
        "tool": {"assistant", "tool"},
    }
    said = [one["role"] for one in messages]
    ordered = all(other in behind[one] for one, other in itertools.pairwise(said))
    return ordered and said[-1] in ("user", "tool")


RULES: dict[str, Callable[[Sequence[Any]], bool]] = {
    "anthropic-bedrock": alternates,
    "anthropic-messages": alternates,
    "bedrock-converse": alternates,
    "gemini": gemini_takes,
    "mistral": mistral_takes,
}


def paired(document: Document, one: Recorded) -> bool:
    """Each call is answered right behind it, and each result answers a call before it."""
    open_calls: Counter[str] = Counter()
    for turn in document.turns:
        outline = one.wire.outline(one.wire.message(turn.raw))
        if outline.role != "tool" and open_calls.total():
            return False
        open_calls.subtract(Counter(answer for answer, _ in outline.results))
        open_calls.update(Counter(call.id or call.name for call in outline.calls))
        if any(count < 0 for count in open_calls.values()):
            return False
    return not open_calls.total()


# ------------------------------------------------------------------ recorded conversations


@cache
def layer() -> PerturbationLayer:
    return PerturbationLayer(installed(), STAGING)


def sent(one: Recorded, body: bytes | None = None) -> bytes:
    document = one.wire.read(one.body if body is None else body, one.head)
    call = Call(one.head, one.wire, document, document, None, Ledger())
    port = Port([answered()])
    drive(layer().model(call), port, "sync")
    body_sent: bytes = port.sent[0]
    return body_sent


def messages(body: bytes) -> Sequence[Any]:
    request = json.loads(body)
    return next(request[key] for key in ("messages", "contents", "input") if key in request)


@cache
def conversations() -> Sequence[Recorded]:
    """Recorded requests of all formats with more than one turn, in which calls are answered."""
    found: list[Recorded] = []
    for one in exchanges():
        if not isinstance(one.request, dict) or one.status >= 400:
            continue
        try:
            document = one.wire.read(one.body, one.head)
        except ValueError:
            continue
        if len(document.turns) > 1 and paired(document, one):
            found.append(one)
    return found


def strict() -> Sequence[Recorded]:
    return [one for one in conversations() if one.wire.name in STRICT]


def edits(turns: Sequence[SaidTurn], draw: random.Random) -> Iterator[TurnsEdit]:
    """Every single loss and addition, and some of several at once."""
    spoken = [turn.digest for turn in turns if turn.role != "system"]
    places = ["", *spoken]
    yield from (TurnsEdit((one,)) for one in spoken)
    for place in places:
        for role in ("user", "assistant", "system"):
            yield TurnsEdit(inserted=(Inserted(place, role, "By the way."),))
    for _ in range(12):
        lost = draw.sample(spoken, draw.randint(1, len(spoken)))
        added = [
            Inserted(draw.choice(places), draw.choice(("user", "user", "assistant")), f"Aside {n}.")
            for n in range(draw.randint(0, 3))
        ]
        yield TurnsEdit(tuple(lost), tuple(added))


def disturbed(one: Recorded, edit: TurnsEdit) -> bytes:
    with trial(Conversing("edit", edit=lambda turns: edit)):
        return sent(one)


def turns_of(one: Recorded) -> Sequence[SaidTurn]:
    seen: list[SaidTurn] = []
    with trial(Conversing("look", edit=seen.extend)):
        assert sent(one) == one.body
    return seen


def test_recorded_requests_keep_to_the_rules_that_are_tested_here() -> None:
    known = Counter(one.wire.name for one in strict())
    assert min(known[wire] for wire in STRICT) >= 3
    assert [one.name for one in strict() if not RULES[one.wire.name](messages(one.body))] == []


def test_no_loss_and_no_addition_makes_an_order_that_a_provider_refuses() -> None:
    count = 0
    for one in strict():
        for edit in edits(turns_of(one), random.Random(one.name)):
            found = messages(disturbed(one, edit))
            assert not found or RULES[one.wire.name](found), (one.name, edit, found)
            count += 1
    assert count > 2000


def test_calls_and_results_stay_together_in_every_format() -> None:
    wires: Counter[str] = Counter()
    for one in conversations()[::6]:
        for edit in edits(turns_of(one), random.Random(one.name)):
            document = one.wire.read(disturbed(one, edit), one.head)
            assert paired(document, one), (one.name, edit)
        wires[one.wire.name] += 1
    assert len(wires) >= 8


@pytest.mark.parametrize(
    ("operator", "supplies"),
    [
        (DuplicateRequest(), {}),
        (GoalSwitch(), {"variants": ["Leave that, and tell me a joke."]}),
        (HistoryLoss(), {}),
    ],
    ids=["duplicate-request", "goal-switch", "history-loss"],
)
def test_real_operators_keep_to_the_rules(operator: Any, supplies: Any) -> None:
    changed: Counter[str] = Counter()
    for one in strict():
        for severity in (1, 2, 3):
            use = Use(operator=operator.name, severity=severity, supplies=supplies)
            profile = Profile(name="one", uses=(use,))
            known = {operator.name: operator}
            with begin(profile, catalog=known, settings=STAGING, case="case", seed=severity):
                body = sent(one)
            assert RULES[one.wire.name](messages(body)), (one.name, severity)
            changed[one.wire.name] += body != one.body
    assert sum(changed.values()) > 10


# ------------------------------------------------------------------ what it looks like


def spoken(wire: str, said: Sequence[Any], *operators: Any, model: str = "m") -> Any:
    key = "contents" if wire == "gemini" else "messages"
    body = compact({"model": model, key: list(said)})
    document = WIRES[wire].read(body, head())
    call = Call(head(), WIRES[wire], document, document, None, Ledger())
    port = Port([answered()])
    with trial(*operators) as running:
        drive(layer().model(call), port, "sync")
    assert all(all(ones) for ones in delivered(running).values())
    return json.loads(port.sent[0])[key]


def behind(text: str, *, role: Any = "user", said: str = "Stop.") -> Conversing:
    def edit(turns: Sequence[SaidTurn]) -> TurnsEdit:
        place = next(turn.digest for turn in turns if text in turn.text or text == turn.role)
        return TurnsEdit(inserted=(Inserted(place, role, said),))

    return Conversing("behind", edit=edit)


ASK = {"role": "user", "content": [{"text": "Warm?"}]}
USES = {
    "role": "assistant",
    "content": [{"toolUse": {"toolUseId": "t1", "name": "get_weather", "input": {}}}],
}
RESULT = {
    "role": "user",
    "content": [{"toolResult": {"toolUseId": "t1", "content": [{"text": "mild"}]}}],
}


def test_where_turns_alternate_two_of_the_users_become_one() -> None:
    said = spoken("bedrock-converse", [ASK, USES, RESULT], behind("tool"))
    words = {"text": "Stop."}
    assert said == [ASK, USES, {**RESULT, "content": [*RESULT["content"], words]}]
    said = spoken("bedrock-converse", [ASK], behind("Warm?"))
    assert said == [{**ASK, "content": [*ASK["content"], words]}]


def test_where_a_result_needs_an_answer_the_model_gives_one_before_the_user_speaks() -> None:
    asked = {"role": "user", "content": "Warm?"}
    function = {"name": "get_weather", "arguments": "{}"}
    calls = [{"id": "t1", "type": "function", "function": function}]
    uses = {"role": "assistant", "content": "", "tool_calls": calls}
    result = {"role": "tool", "tool_call_id": "t1", "content": "mild"}
    told = [
        asked,
        uses,
        result,
        {"role": "assistant", "content": "I see."},
        {"role": "user", "content": "Stop."},
    ]
    elsewhere = "mistralai/Devstral-Small-2-24B-Instruct-2512"
    assert spoken("mistral", [asked, uses, result], behind("tool")) == told
    assert spoken("openai-chat", [asked, uses, result], behind("tool"), model=elsewhere) == told
    assert spoken("openai-chat", [asked, uses, result], behind("tool"))[3:] == [
        {"role": "user", "content": "Stop."}
    ]


def test_a_conversation_that_lost_its_first_turn_begins_with_the_user_all_the_same() -> None:
    hello = [
        {"role": "model", "parts": [{"text": "Hi."}]},
        {"role": "user", "parts": [{"text": "?"}]},
    ]
    lost = Conversing("lost", edit=lambda turns: TurnsEdit((turns[0].digest,)))
    said = spoken("gemini", [{"role": "user", "parts": [{"text": "Hello"}]}, *hello], lost)
    assert said == [{"role": "user", "parts": [{"text": "Go on."}]}, *hello]


def test_what_was_joined_is_not_disturbed_as_if_the_user_had_said_it() -> None:
    said = spoken(
        "anthropic-messages",
        [{"role": "user", "content": "warm?"}],
        behind("warm?"),
        shouting("user_prompt"),
    )
    assert said == [
        {
            "role": "user",
            "content": [{"type": "text", "text": "WARM?"}, {"type": "text", "text": "Stop."}],
        }
    ]


def test_an_order_that_the_framework_itself_sends_stays_as_it_is() -> None:
    twice = [ASK, {"role": "user", "content": [{"text": "Now?"}]}]
    said = spoken("bedrock-converse", [*twice, USES, RESULT], behind("tool"))
    assert said[:2] == twice


def test_a_conversation_that_grows_begins_as_it_was_sent_before() -> None:
    count = 0
    for one in strict():
        key = next(key for key in ("messages", "contents") if key in one.request)
        whole = one.request[key]
        for place, role in itertools.product(turns_of(one), ("user", "assistant", "system")):
            known: Sequence[Any] = []
            for end in _asked(whole):
                body = compact({**one.request, key: whole[:end]})
                with trial(Conversing("edit", edit=partial(_behind, place.digest, role))):
                    now = messages(sent(one, body))
                assert now[: len(known)] == known, (one.name, place, role)
                known = now
                count += 1
    assert count > 500


def _asked(whole: Sequence[Any]) -> Iterator[int]:
    """How many turns each request had, to which the model gave the next one."""
    model = [one.get("role") in ("assistant", "model") for one in whole]
    yield from (n for n in range(1, len(whole)) if model[n] and not model[n - 1])
    yield len(whole)


def _behind(place: str, role: Any, turns: Sequence[SaidTurn]) -> TurnsEdit | None:
    there = any(turn.digest == place for turn in turns)
    return TurnsEdit(inserted=(Inserted(place, role, "By the way."),)) if there else None
