"""Ids of our own, where the provider's are not unique."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from conversations import Answer, Client, catalog, pipeline
from dialects import ANTHROPIC, CHAT, RESPONSES, Called, Said
from sealegs.retention.keys import looks_unique
from sealegs.retention.stamping import Stamper, stamps

KIMI: dict[str, Any] = {"host": "api.moonshot.ai", "model": "kimi-k3"}
OPENAI: dict[str, Any] = {"dialect": RESPONSES, "host": "api.openai.com", "model": "gpt-5.2"}
CLAUDE: dict[str, Any] = {
    "dialect": ANTHROPIC,
    "host": "api.anthropic.com",
    "model": "claude-opus-4-8",
}
UNIQUE, COUNTED = "call_9Zb2kQ7LmWx4", "functions.look_up:0"


def ids(client: Client, outcome: Any) -> list[str]:
    return client.dialect.call_ids(outcome.reply)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("native", "pattern"),
    [
        (COUNTED, r"call_[a-z2-7]{26}"),
        ("pwd_0", r"call_[a-z2-7]{26}"),
        ("call_1", r"call_[a-z2-7]{26}"),
        ("toolu_1", r"toolu_[a-z2-7]{26}"),
        (UNIQUE, UNIQUE),
    ],
)
def test_by_default_only_ids_that_are_not_unique_are_replaced(
    native: str, pattern: str, stream: bool
) -> None:
    client = Client(pipeline(), stream=stream).user("q")
    outcome = client.ask(Said("", (Called(native),), "why"))
    (found,) = ids(client, outcome)
    assert re.fullmatch(pattern, found)


@pytest.mark.parametrize("native", [COUNTED, "call_1", UNIQUE])
def test_never_means_never(native: str) -> None:
    client = Client(pipeline(stamp_ids="never"), **KIMI).user("q")
    assert ids(client, client.ask(Said("", (Called(native),), "why"))) == [native]


@pytest.mark.parametrize("host", [{}, KIMI, CLAUDE, OPENAI])
def test_always_means_always_and_the_provider_sees_its_own(host: dict[str, Any]) -> None:
    client = Client(pipeline(stamp_ids="always"), **host).user("q")
    outcome = client.ask(Said("", (Called(UNIQUE),), "why", "c2ln"))
    (stamped,) = ids(client, outcome)
    assert re.fullmatch(r"call_[a-z2-7]{26}", stamped)
    outcome = client.results("15").ask()
    assert stamped.encode() in outcome.request
    assert stamped.encode() not in outcome.sent[0]
    assert outcome.sent[0].count(b'"' + UNIQUE.encode() + b'"') == 2
    assert outcome.outcomes == ("restored",)


def test_a_provider_whose_ids_are_known_to_repeat_has_all_of_them_replaced() -> None:
    client = Client(pipeline(), **KIMI).user("q")
    assert ids(client, client.ask(Said("", (Called(UNIQUE),), "why"))) != [UNIQUE]


def test_ids_are_new_in_every_reply() -> None:
    over = pipeline()
    found = set()
    for _ in range(20):
        client = Client(over, **KIMI).user("q")
        found |= {*ids(client, client.ask(Said("", (Called(COUNTED),), "why")))}
    assert len(found) == 20


def test_an_id_of_ours_always_looks_unique() -> None:
    always = stamps("always", None)
    assert always is not None
    stamper = Stamper(catalog().wires["openai-chat"], always)
    assert all(looks_unique(stamper.name(f"f:{number}")) for number in range(5000))


def test_parallel_calls_get_an_id_each() -> None:
    client = Client(pipeline(), **KIMI).user("q")
    outcome = client.ask(Said("", (Called("f:0"), Called("f:1")), "why"))
    assert len({*ids(client, outcome)}) == 2
    sent = client.results("a", "b").ask().body["messages"]
    assert [turn["tool_call_id"] for turn in sent if turn["role"] == "tool"] == ["f:0", "f:1"]


def test_a_stream_differs_in_nothing_but_its_ids() -> None:
    over = pipeline()
    said = Said("I look.", (Called(COUNTED, '{"a": 1}'), Called("f:1")), "why")
    stamped = Client(over, **KIMI, stream=True).user("q").ask(said).reply
    plain = Client(pipeline(stamp_ids="never"), **KIMI, stream=True).user("q").ask(said).reply
    calls = stamped["choices"][0]["message"]["tool_calls"]
    for call, native in zip(calls, said.calls, strict=True):
        assert call["id"] != native.id
        call["id"] = native.id
    assert stamped == plain


def test_an_id_in_reasoning_that_names_a_call_is_replaced_with_it_and_mapped_back() -> None:
    detail = {
        "type": "reasoning.encrypted",
        "data": "c2ln",
        "id": "look_up_0",
        "format": "google-gemini-v1",
        "index": 0,
    }
    reply = CHAT.reply(Said("", (Called("look_up_0"),)))
    reply["choices"][0]["message"]["reasoning_details"] = [detail]
    client = Client(pipeline(), host="openrouter.ai", model="google/gemini-3-pro").user("q")
    outcome = client.send(Answer(json.dumps(reply).encode()))
    message = outcome.reply["choices"][0]["message"]
    stamped = message["tool_calls"][0]["id"]
    assert message["reasoning_details"][0]["id"] == stamped != "look_up_0"
    client.history += [message, *CHAT.results([(stamped, "15")])]
    for framework in (None, ()):  # one that forgets, and one that does not
        sent = client.fork(framework=framework).ask().body["messages"][2]
        assert sent["tool_calls"][0]["id"] == "look_up_0"
        assert sent["reasoning_details"] == [detail]


def test_a_stamped_id_that_is_known_no_more_goes_out_the_same_in_call_and_result() -> None:
    client = Client(pipeline(), **KIMI).user("q")
    (stamped,) = ids(client, client.ask(Said("", (Called(COUNTED),), "why")))
    sent = client.results("15").fork(pipeline=pipeline()).ask().body["messages"]
    assert sent[2]["tool_calls"][0]["id"] == sent[3]["tool_call_id"] == stamped


def test_in_report_mode_no_id_is_replaced() -> None:
    client = Client(pipeline(mode="report", stamp_ids="always"), **KIMI).user("q")
    assert ids(client, client.ask(Said("", (Called(COUNTED),), "why"))) == [COUNTED]


def test_bound_reasoning_stays_good_although_ids_are_replaced() -> None:
    bound = {**CLAUDE, "model": "claude-opus-5-5"}
    client = Client(pipeline(stamp_ids="always"), **bound).user("q")
    client.ask(Said("", (Called("toolu_9Zb2kQ7LmWx4"),), "first", "c2ln"))
    client.results("15").ask(Said("", (Called("toolu_7Yc4pT2VnRs8"),), "second", "c2ln"))
    outcome = client.results("16").ask()
    assert client.carried(outcome) == [ANTHROPIC.given(said) for said in client.said[:2]]
