"""Conversations with turns that are lost and turns that nobody said."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Literal

import pytest

from calling import Says, chat_message
from disturbing import STAGING, Conversing, delivered, renaming, shouting, trial
from flows import WIRES, Port, answered, drive, head
from sealegs.exchange import Ledger
from sealegs.flow import Call
from sealegs.perturbation.edits import Inserted, SaidTurn, TurnsEdit
from sealegs.perturbation.requests.layer import PerturbationLayer
from web import compact, installed

LAYER = PerturbationLayer(installed(), STAGING)
SYSTEM = {"role": "system", "content": "Be brief."}


def user(text: str) -> Any:
    return {"role": "user", "content": text}


def answer(call_id: str, text: str = "mild") -> Any:
    return {"role": "tool", "tool_call_id": call_id, "content": text}


MESSAGES = [
    SYSTEM,
    user("hello"),
    chat_message(text="Hello."),
    user("Is it warm?"),
    chat_message(Says("get_weather", id="a"), Says("get_tides", id="b")),
    answer("a"),
    answer("b", "high"),
    user("And now?"),
]


def sent(messages: Sequence[Any], wire: str = "openai-chat", **more: Any) -> Any:
    body = compact({"model": "m", "messages": messages, **more})
    document = WIRES[wire].read(body, head())
    call = Call(head(), WIRES[wire], document, document, None, Ledger())
    port = Port([answered()])
    drive(LAYER.model(call), port, "sync")
    return json.loads(port.sent[0])["messages"]


def dropping(*places: int) -> Conversing:
    return Conversing(
        "dropping", edit=lambda turns: TurnsEdit(tuple(turns[n].digest for n in places))
    )


def adding(make: Callable[[Sequence[SaidTurn]], Inserted]) -> Conversing:
    return Conversing("adding", edit=lambda turns: TurnsEdit(inserted=(make(turns),)))


def adding_behind(place: int, role: Literal["user", "assistant"], text: str) -> Conversing:
    return adding(lambda turns: Inserted(turns[place].digest, role, text))


def left(*places: int) -> list[Any]:
    return [MESSAGES[n] for n in places]


def test_operators_see_what_each_turn_says() -> None:
    seen: list[SaidTurn] = []

    def look(turns: Sequence[SaidTurn]) -> None:
        seen.extend(turns)

    with trial(Conversing("look", edit=look)):
        sent(MESSAGES)
    assert [(turn.role, turn.text, turn.calls, turn.results) for turn in seen] == [
        ("system", "Be brief.", 0, 0),
        ("user", "hello", 0, 0),
        ("assistant", "Hello.", 0, 0),
        ("user", "Is it warm?", 0, 0),
        ("assistant", "", 2, 0),
        ("tool", "", 0, 1),
        ("tool", "", 0, 1),
        ("user", "And now?", 0, 0),
    ]
    assert len({turn.digest for turn in seen}) == len(seen)


def test_turns_are_left_out_and_the_others_stay_as_they_were() -> None:
    with trial(dropping(1, 2)) as running:
        assert sent(MESSAGES) == left(0, 3, 4, 5, 6, 7)
    assert delivered(running) == {"dropping": [True]}


@pytest.mark.parametrize("place", [4, 5, 6])
def test_a_call_goes_with_all_its_results_and_a_result_with_its_call(place: int) -> None:
    with trial(dropping(place)):
        assert sent(MESSAGES) == left(0, 1, 2, 3, 7)


def test_the_newest_turn_of_the_user_stays_where_an_older_one_says_the_same() -> None:
    messages = [user("go on"), chat_message(text="Fine."), user("go on")]
    with trial(dropping(0)):
        assert sent(messages) == messages[1:]
    with trial(dropping(1, 2)):
        assert sent([*messages[:2], user("stop")]) == messages[:1]


def test_the_system_prompt_goes_only_where_it_is_named() -> None:
    with trial(dropping(0)):
        assert sent(MESSAGES) == left(1, 2, 3, 4, 5, 6, 7)


def test_turns_are_put_in_where_an_operator_says() -> None:
    new = user("By the way.")
    for after, place in ((1, 2), (7, 8)):
        with trial(adding_behind(after, "user", "By the way.")):
            assert sent(MESSAGES) == [*MESSAGES[:place], new, *MESSAGES[place:]]


def test_none_comes_between_a_call_and_its_results() -> None:
    new = chat_message(text="Hm.")
    for after in (4, 5, 6):
        with trial(adding_behind(after, "assistant", "Hm.")):
            assert sent(MESSAGES) == [*MESSAGES[:7], new, *MESSAGES[7:]]


def test_what_comes_before_the_first_turn_comes_behind_the_system_prompt() -> None:
    with trial(adding(lambda turns: Inserted("", "user", "First."))):
        assert sent(MESSAGES) == [SYSTEM, user("First."), *MESSAGES[1:]]
    with trial(adding(lambda turns: Inserted("", "system", "First."))):
        assert sent(MESSAGES) == [{"role": "system", "content": "First."}, *MESSAGES]


def test_one_operator_sees_what_another_has_added() -> None:
    again = adding(lambda turns: Inserted(turns[2].digest, "user", f"after {turns[2].text}"))
    again.name = "again"
    with trial(adding(lambda turns: Inserted(turns[1].digest, "user", "new")), again):
        assert sent(MESSAGES)[:5] == [
            *MESSAGES[:2],
            user("new"),
            user("after new"),
            MESSAGES[2],
        ]


def test_what_nobody_said_is_not_disturbed_again_but_names_hold_in_it() -> None:
    tools = [{"type": "function", "function": {"name": "get_weather", "parameters": {}}}]
    new = adding(lambda turns: Inserted(turns[1].digest, "user", "use get_weather"))
    with trial(new, shouting("user_prompt"), renaming({"get_weather": "gt_w"})):
        assert sent(MESSAGES[:3], tools=tools) == [
            SYSTEM,
            user("HELLO"),
            user("use gt_w"),
            MESSAGES[2],
        ]


def test_results_in_a_turn_of_the_users_go_and_the_users_words_stay() -> None:
    used = {"type": "tool_use", "id": "t1", "name": "get_weather", "input": {}}
    result = {"type": "tool_result", "tool_use_id": "t1", "content": "mild"}
    words = {"type": "text", "text": "and now?"}
    before = [user("hello"), {"role": "assistant", "content": "Hello."}]
    messages = [*before, user("Is it warm?"), {"role": "assistant", "content": [used]}]
    messages.append({"role": "user", "content": [result, words]})
    with trial(dropping(2, 3)):
        assert sent(messages, "anthropic-messages") == [
            *before,
            {"role": "user", "content": [words]},
        ]


def test_what_is_said_of_old_turns_stays_while_the_conversation_grows() -> None:
    def edit(turns: Sequence[SaidTurn]) -> TurnsEdit:
        marked = [turn.digest for turn in turns if turn.text == "Hello."]
        return TurnsEdit(tuple(marked), (Inserted(turns[1].digest, "user", "psst"),))

    with trial(Conversing("noise", edit=edit), shouting("user_prompt")):
        known: list[Any] = []
        for count in (2, 4, 7, 8):
            now = sent(MESSAGES[:count])
            assert now[: len(known)] == known
            known = now
    assert [one["role"] for one in known] == [
        "system",
        "user",
        "user",
        "user",
        "assistant",
        "tool",
        "tool",
        "user",
    ]
