"""The ids of calls."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsontexts import patient
from sealegs.calls.ids import History, Ids
from sealegs.schema.dialect import NameRule

MISTRAL = NameRule(r"[a-zA-Z0-9]{9}", max_length=9)
BEDROCK = NameRule(r"[a-zA-Z0-9_.:-]+", max_length=64)
RULES = [None, MISTRAL, BEDROCK, NameRule(r"[0-9A-F]+", max_length=40), NameRule("", max_length=5)]
ids = st.text(st.characters(codec=None, exclude_categories=[]), min_size=1, max_size=80)


def legal(one: str, rule: NameRule | None) -> bool:
    if rule is None:
        return bool(one)
    fits = not rule.pattern or re.fullmatch(rule.pattern, one) is not None
    return bool(one) and fits and len(one) <= rule.max_length


@pytest.mark.parametrize("rule", [None, MISTRAL, BEDROCK])
@patient
@given(one=ids, other=ids)
def test_ids_of_the_history_are_sent_legal_and_as_different_as_they_were(
    rule: NameRule | None, one: str, other: str
) -> None:
    made = Ids(rule)
    assert legal(made.sent(one), rule)
    assert (made.sent(one) == made.sent(other)) == (one == other)
    assert Ids(rule, "another reply").sent(one) == made.sent(one)
    assert made.sent(made.sent(one)) == made.sent(one)


@pytest.mark.parametrize("rule", [None, MISTRAL, BEDROCK])
@pytest.mark.parametrize("native", ["abcDEF123", "000000000"])
def test_a_legal_id_is_sent_as_it_is(rule: NameRule | None, native: str) -> None:
    assert Ids(rule).sent(native) == native


def test_an_id_that_is_not_there_is_not_sent() -> None:
    assert Ids(MISTRAL).sent("") == ""


def test_a_reserved_id_is_not_legal() -> None:
    rule = NameRule(r"[a-z]+", max_length=20, reserved=frozenset({"none"}))
    assert Ids(rule).sent("none") != "none"


@pytest.mark.parametrize("rule", RULES[:3])
def test_missing_ids_are_made_of_what_the_call_is(rule: NameRule | None) -> None:
    made = Ids(rule, "turn 1").given("", 0, "f", "{}")
    assert legal(made, rule)
    assert made == Ids(rule, "turn 1").given("", 0, "f", "{}")
    others = {
        Ids(rule, "turn 2").given("", 0, "f", "{}"),
        Ids(rule, "turn 1").given("", 1, "f", "{}"),
        Ids(rule, "turn 1").given("", 0, "g", "{}"),
        Ids(rule, "turn 1").given("", 0, "f", '{"a":1}'),
        Ids(rule, "turn 1").given("", 0, "f{}", ""),
    }
    assert len(others | {made}) == 6
    assert Ids(rule).sent(made) == made, "it comes down again in the history as it is"


def test_a_repeated_id_is_given_to_its_first_call_alone() -> None:
    reply = Ids(BEDROCK, "turn")
    given_ids = [reply.given("call_0", index, "f", "{}") for index in range(3)]
    assert given_ids[0] == "call_0"
    assert len(set(given_ids)) == 3
    assert [reply.given("call_0", index, "f", "{}") for index in range(3)] == given_ids
    assert Ids(BEDROCK, "turn").given("call_0", 0, "f", "{}") == "call_0"


def test_the_providers_own_id_is_handed_on_however_it_looks() -> None:
    assert Ids(MISTRAL).given("functions.f:0", 0, "f", "{}") == "functions.f:0"


def test_results_go_with_calls_that_share_an_id() -> None:
    history = History(Ids(BEDROCK))
    first = [history.call("x", "f", "{}"), history.call("x", "g", "{}")]
    assert first[0] == "x" != first[1]
    assert [history.result("x"), history.result("x")] == first
    assert history.result("x") == first[1], "a second result of the last call"
    later = history.call("x", "f", "{}")
    assert later not in first
    assert history.result("x") == later
    assert history.result("unheard of!") == Ids(BEDROCK).sent("unheard of!")


def test_calls_without_an_id_get_one_and_so_do_their_results() -> None:
    history = History(Ids(MISTRAL))
    calls = [history.call("", "f", "{}"), history.call("", "f", "{}")]
    assert len(set(calls)) == 2
    assert [history.result(""), history.result("")] == calls
    assert all(legal(one, MISTRAL) for one in calls)


def test_a_longer_history_keeps_the_ids_of_the_shorter() -> None:
    native = ["a", "a", "", "b!", "a", ""]

    def sent(count: int) -> list[str]:
        history = History(Ids(MISTRAL))
        return [history.call(one, "f", "{}") for one in native[:count]]

    for count in range(len(native)):
        assert sent(len(native))[:count] == sent(count)
    assert len(set(sent(len(native)))) == len(native)


@pytest.mark.parametrize("rule", RULES[3:])
def test_an_id_is_cut_to_what_the_rule_takes(rule: NameRule) -> None:
    assert len(Ids(rule).given("", 0, "f", "{}")) <= rule.max_length


def test_ids_are_the_same_in_another_process() -> None:
    code = (
        "from sealegs.calls.ids import Ids; from sealegs.schema.dialect import NameRule; "
        "print(Ids(NameRule('[a-zA-Z0-9]{9}', max_length=9), 's').given('', 0, 'f', '{}'))"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == Ids(MISTRAL, "s").given("", 0, "f", "{}")
