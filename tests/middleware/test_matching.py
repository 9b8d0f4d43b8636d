"""Which captured turn a turn is: each rung of the ladder, and why a turn is refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from conversations import Client, Framework, catalog, forgetting, pipeline
from dialects import CHAT, RESPONSES, TURN, Called, Said
from frameworks import (
    counted_ids,
    flattened,
    forget,
    null_content,
    one_id,
    split_calls,
    summarised,
    trimmed,
)
from sealegs.retention.keys import Reader
from sealegs.retention.matching import Match, match
from sealegs.retention.places import other_keys
from sealegs.retention.view import look
from sealegs.stores.memory import MemoryStore

ONE, TWO, THREE = "call_9Zb2kQ7LmWx4", "call_7Yc4pT2VnRs8", "call_3Qd6rW5XjKu1"
OPENAI: dict[str, Any] = {"dialect": RESPONSES, "host": "api.openai.com", "model": "gpt-5.2"}


def rungs(client: Client, framework: Sequence[Framework] = (forget,)) -> list[str]:
    """The rung on which each of the model's turns is found, or why it is not."""
    turns = json.loads(json.dumps(client.history))
    for change in framework:
        turns = change(turns)
    for turn in turns:
        turn.pop(TURN, None)
    dialect = client.dialect
    body = dialect.body(turns, client.system, client.tools, client.model, False)
    head = dialect.head(client.host, client.model, client.key)
    raw = json.dumps(body).encode()
    run = client.pipeline.begin(head, raw, adapter="test", session=client.session)
    assert run is not None
    found: list[str] = []
    for _, place in look(run.call, Reader(catalog().formats.values())).assistants:
        known = client.pipeline.store.load([place.exact])
        answer = match(place, known, last=False)
        if not isinstance(answer, Match):
            known = {**known, **client.pipeline.store.load(other_keys(place))}
            answer = match(place, known, last=True)
        found.append(answer.rung if isinstance(answer, Match) else answer)
    return found


def talk(client: Client) -> Client:
    """A question, a call, its result, an answer; and a further question."""
    client.user("How warm?").ask(Said("I look.", (Called(ONE, '{"n": 1}'),), "look"))
    client.results("15").ask(Said("Fifteen.", reasoning="say"))
    return client.user("Sure?")


def test_an_unchanged_history_is_found_exactly() -> None:
    assert rungs(talk(Client(pipeline()))) == ["exact", "exact"]


def test_a_stamped_id_is_known_whatever_stands_around_it() -> None:
    client = talk(Client(pipeline(stamp_ids="always")))
    client.history[0]["content"] = "How cold?"
    assert rungs(client)[0] == "stamped"


def test_calls_without_their_text_are_found_by_the_calls() -> None:
    client = Client(pipeline()).user("q")
    client.ask(Said("I look.", (Called(ONE),), "look"))
    assert rungs(client, (forget, null_content)) == ["calls"]


def test_calls_that_became_text_are_found_by_the_ids_in_it() -> None:
    client = Client(pipeline()).user("q")
    client.ask(Said("I look.", (Called(ONE),), "look"))
    assert rungs(client, (forget, flattened)) == ["flattened"]


def test_calls_sent_one_by_one_are_fragments_of_one_turn() -> None:
    client = Client(pipeline()).user("q")
    client.ask(Said("", (Called(ONE), Called(TWO), Called(THREE)), "look"))
    assert rungs(client, (forget, split_calls)) == ["fragment"] * 3


def test_fragments_without_unique_ids_are_not_known() -> None:
    client = Client(pipeline(stamp_ids="never")).user("q")
    client.ask(Said("", (Called("f:0"), Called("f:1")), "look"))
    assert rungs(client, (forget, split_calls)) == ["never_seen"] * 2


def test_in_a_rewritten_history_a_unique_id_is_enough() -> None:
    assert rungs(talk(Client(pipeline())), (forget, summarised(4)))[0] == "id"


def test_an_id_is_not_enough_where_the_turn_says_something_else() -> None:
    client = talk(Client(pipeline()))
    client.history[0]["content"] = "How cold?"
    call = client.history[1]["tool_calls"][0]
    call["function"]["arguments"] = '{"n": 2}'
    assert rungs(client)[0] == "never_seen"


def test_an_item_id_names_its_turn_in_a_rewritten_history() -> None:
    client = Client(pipeline(), **OPENAI).user("q")
    client.ask(Said("", (Called(ONE),), "look", "c2ln"))
    client.history[0]["content"] = "another question"
    assert rungs(client, (forgetting(RESPONSES),)) == ["id"]


def test_another_system_prompt_is_known_without_a_session_on_a_rung_of_its_own() -> None:
    client = talk(Client(pipeline()))
    assert rungs(client.fork(system="Be verbose.")) == ["exact", "system"]


def test_within_a_session_another_system_prompt_changes_nothing() -> None:
    client = talk(Client(pipeline(), session="s"))
    assert rungs(client.fork(system="It is 5 o'clock.")) == ["exact", "exact"]


def test_a_trimmed_answer_is_known_by_what_stands_before_it() -> None:
    client = talk(Client(pipeline()))
    assert rungs(client, (forget, trimmed(4))) == ["id", "context"]


def test_one_turn_before_it_is_not_enough_without_a_session() -> None:
    client = talk(Client(pipeline())).fork()
    client.history = [{"role": "user", "content": "15"}, *client.history[-2:]]
    assert rungs(client) == ["context_changed"]


def test_an_answer_that_opens_a_trimmed_history_is_known_within_its_session_only() -> None:
    for session, found in (("s", "context"), ("", "context_changed")):
        client = talk(Client(pipeline(), session=session))
        assert rungs(client, (forget, trimmed(2))) == [found]


@pytest.mark.parametrize("session", ["", "s"])
def test_a_long_answer_behind_a_summary_is_known_where_its_session_said_it_once(
    session: str,
) -> None:
    long = "By all that was looked up, it is fifteen degrees in the shade."
    for text, times, found in (
        (long, 1, "context" if session else "context_changed"),
        (long, 2, "context_changed"),
        ("Fifteen.", 1, "context_changed"),
    ):
        client = Client(pipeline(), session=session)
        for number in range(times):
            client.user(f"q{number}").ask(Said(text, reasoning=f"say {number}"))
        assert rungs(client.user("Sure?"), (forget, summarised(2))) == [found]


def test_what_was_never_captured_was_never_seen() -> None:
    client = Client(pipeline()).user("q")
    client.history.append({"role": "assistant", "content": "By hand."})
    assert rungs(client.user("r")) == ["never_seen"]


# Certain, or not at all


def twins(**said: str) -> tuple[Client, Client]:
    """Two conversations that say the same; each answer has its own reasoning."""
    over = pipeline()
    both = (Client(over), Client(over))
    for number, client in enumerate(both):
        client.user("Hi").ask(Said("Hello!", reasoning=said.get("alike") or f"own {number}"))
    return both


def test_two_turns_that_fit_alike_are_ambiguous() -> None:
    assert [rungs(client.user("So?")) for client in twins()] == [["ambiguous"]] * 2


def test_equal_payloads_are_not_ambiguous() -> None:
    assert [rungs(client.user("So?")) for client in twins(alike="polite")] == [["exact"]] * 2


def test_after_an_ambiguous_rung_no_weaker_one_guesses() -> None:
    left, _ = twins()
    assert rungs(left.user("So?").fork(system="another")) == ["ambiguous"]


def test_another_unique_id_speaks_against_a_record_that_says_the_same() -> None:
    over = pipeline()
    seen = Client(over).user("q")
    seen.ask(Said("", (Called(ONE),), "look"))
    unseen = seen.fork()
    unseen.history[1]["tool_calls"][0]["id"] = TWO
    assert (rungs(seen), rungs(unseen)) == (["exact"], ["never_seen"])


def test_unique_ids_tell_turns_apart_that_say_the_same() -> None:
    over = pipeline()
    clients = [Client(over).user("q") for _ in range(3)]
    for client, one in zip(clients, (ONE, TWO, THREE), strict=True):
        client.ask(Said("", (Called(one),), f"look {one}"))
    for client, one in zip(clients, (ONE, TWO, THREE), strict=True):
        outcome = client.results("15").ask(keep=False)
        assert client.carried(outcome) == [f"look {one}"]


def test_answers_after_unique_ids_are_told_apart_too() -> None:
    over = pipeline()
    clients = [Client(over).user("q") for _ in range(2)]
    for number, client in enumerate(clients):
        client.ask(Said("", (Called((ONE, TWO)[number]),), "look"))
        client.results("15").ask(Said("Done.", reasoning=f"own {number}"))
    for number, client in enumerate(clients):
        assert client.user("So?").carried(client.ask()) == ["look", f"own {number}"]


def test_a_turn_known_by_its_surroundings_does_not_take_what_another_turn_owns() -> None:
    client = Client(pipeline(), session="s")
    client.history += [CHAT.user("Hi"), {"role": "assistant", "content": "Hello!"}]  # by hand
    client.user("Hi").ask(Said("Hello!", reasoning="again?"))
    client.user("So?")
    outcome = client.ask()
    assert (client.carried(outcome), outcome.gaps) == ([None, "again?"], ((0, "ambiguous"),))


def test_one_records_reasoning_never_stands_in_two_turns() -> None:
    client = talk(Client(pipeline(), session="s"))
    client.history += client.history[1:4] + client.history[4:]
    outcome = client.ask()
    assert client.carried(outcome) == ["look", "say", None, None]


# What had to go


def test_what_is_left_under_a_key_that_lost_records_is_not_certain() -> None:
    over = pipeline(MemoryStore(max_per_key=1))
    left, right = Client(over), Client(over)
    left.user("Hi").ask(Said("Hello!", reasoning="one"))
    right.user("Hi").ask(Said("Hello!", reasoning="two"))
    assert rungs(left.user("So?")) == rungs(right.user("So?")) == ["evicted"]


def test_a_unique_id_is_certain_even_where_records_were_dropped() -> None:
    over = pipeline(MemoryStore(max_per_key=1))
    left, right = Client(over), Client(over)
    left.user("q").ask(Said("", (Called(ONE),), "one"))
    right.user("q").ask(Said("", (Called(TWO),), "two"))
    assert (rungs(left), rungs(right)) == (["id"], ["exact"])
    assert left.carried(left.results("15").ask()) == ["one"]


def test_within_a_session_the_last_one_left_of_several_is_not_taken_for_a_lost_one() -> None:
    client = Client(pipeline(MemoryStore(max_per_key=1)), session="s", framework=(forget, one_id))
    for number in range(2):
        client.user(f"Round {number}").ask(Said("", (Called("1"),), f"look {number}"))
        client.results("done").ask(Said("OK.", reasoning=f"say {number}"))
    rewound = client.fork(framework=(forget,))
    rewound.history = [client.history[3], CHAT.user("So?")]
    assert rungs(rewound) == ["evicted"]


# What isolates


def test_sessions_never_see_each_other() -> None:
    over = pipeline()
    client = talk(Client(over, session="a"))
    assert rungs(client.fork(session="b")) == ["never_seen", "never_seen"]
    assert rungs(client.fork(session="")) == ["never_seen", "never_seen"]


def test_namespaces_never_see_each_other() -> None:
    store = MemoryStore()
    client = talk(Client(pipeline(store, "tenant-a"), session="s"))
    assert rungs(client.fork(pipeline=pipeline(store, "tenant-b"))) == ["never_seen"] * 2
    assert rungs(client.fork(pipeline=pipeline(store, "tenant-a"))) == ["exact"] * 2


@pytest.mark.parametrize("session", ["", "s"])
def test_forgetting_a_session_forgets_its_turns(session: str) -> None:
    over = pipeline()
    client = talk(Client(over, session=session))
    other = talk(Client(over, session="other"))
    assert over.forget(session) == 2
    assert rungs(client) == ["never_seen"] * 2
    assert rungs(other) == ["exact"] * 2


@pytest.mark.parametrize("rewritten", [counted_ids, one_id])
def test_rewritten_ids_are_no_argument_for_or_against(rewritten: Framework) -> None:
    client = talk(Client(pipeline(), framework=(forget, rewritten)))
    assert rungs(client, (forget, rewritten)) == ["exact", "exact"]


def test_a_turn_is_not_taken_for_one_of_the_model_that_is_asked_now() -> None:
    over = pipeline()
    first = Client(over, model="glm-5").user("2 + 2?")
    other = Client(over, model="glm-4.6").user("2 + 2?")
    first.ask(Said("4.", reasoning="of the one"))
    other.ask(Said("4.", reasoning="of the other"))
    assert rungs(first.user("Sure?").fork(model="glm-4.6")) == ["ambiguous"]
