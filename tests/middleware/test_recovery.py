"""After a documented refusal: once more with the opposite policy, and remembered."""

from __future__ import annotations

from typing import Any

import pytest

from conversations import Answer, Client, pipeline
from dialects import ANTHROPIC, RESPONSES, Called, Chat, Said

ONE = "call_9Zb2kQ7LmWx4"
BOUND: dict[str, Any] = {
    "dialect": ANTHROPIC,
    "host": "api.anthropic.com",
    "model": "claude-opus-5-5",
}
MISTRAL: dict[str, Any] = {"host": "api.mistral.ai", "model": "magistral-medium-2509"}
FORBIDDEN = Answer.refusal(
    "body.messages.2.assistant.reasoning_content: Extra inputs are not permitted (extra_forbidden)",
    422,
)
ELSEWHERE = Answer.refusal(
    "messages.1.content.0: Invalid `signature` in `thinking` block. The block is bound to a "
    "different conversation. Remove the block, or set "
    '`thinking.block_binding.prefix_mismatch_behavior` to "drop_block".'
)
DROP = {"block_binding": {"prefix_mismatch_behavior": "drop_block"}}
BETA = "thinking-binding-controls-2026-08-01"


def carrying(client: Client) -> Client:
    """A framework that brings reasoning of its own along."""
    client.history += [
        {"role": "assistant", "content": "a", "reasoning_content": "own", "reasoning": "own"}
    ]
    return client.user("r")


def test_a_refused_field_is_stripped_and_the_request_sent_once_more() -> None:
    client = carrying(Client(pipeline(), **MISTRAL, framework=()).user("q"))
    outcome = client.ask(Said("Done."), FORBIDDEN)
    assert (outcome.status, len(outcome.sent)) == (200, 2)
    assert outcome.body["messages"][2] == {"role": "assistant", "content": "a"}
    later = client.user("s").ask()
    assert (len(later.sent), later.body["messages"][2]) == (1, outcome.body["messages"][2])
    other = carrying(Client(client.pipeline, framework=()).user("q"))
    assert other.ask().same


def refusing(over: Any, **more: Any) -> Client:
    known = {"host": "api.groq.com", "model": "qwen3-32b", **more}
    client = Client(over, Chat("reasoning"), **known).user("q")
    client.ask(Said("a", reasoning="why"))
    return client.user("r")


UNSUPPORTED = Answer.refusal(
    "'messages.2' : for 'role:assistant' the following must be satisfied"
    "[('messages.2' : property 'reasoning' is unsupported)]"
)


def test_a_refusal_is_answered_once_told_and_remembered() -> None:
    over = pipeline()
    client = refusing(over)
    first = client.ask(Said("b", reasoning="since"), UNSUPPORTED)
    assert [client.dialect.carried(turn) for turn in first.body["messages"][2:3]] == [None]
    assert first.retention is not None
    assert (len(first.sent), first.retention.recovered) == (2, "strip")
    second = client.user("s").ask()
    assert (len(second.sent), client.carried(second)) == (1, [None, None])


def test_what_was_stripped_after_a_refusal_is_not_told_as_restored() -> None:
    client = refusing(pipeline())
    first = client.ask(Said("b", reasoning="since"), UNSUPPORTED).retention
    second = client.user("s").ask().retention
    assert first is not None
    assert second is not None
    assert (first.outcomes, first.hidden_tokens, first.formats) == (("stripped",), 0, ())
    assert (second.outcomes, second.recovered) == (("stripped", "stripped"), "strip")


def test_it_is_remembered_for_that_host_and_model_alone() -> None:
    over = pipeline()
    refusing(over).ask(Said("b"), UNSUPPORTED)
    other_model = refusing(over, model="gpt-oss-120b", session="m")
    other_host = refusing(over, host="api.cerebras.ai", session="h")
    assert other_model.carried(other_model.ask()) == ["why"]
    assert other_host.carried(other_host.ask()) == ["why"]


def test_what_one_pipeline_learned_another_does_not_know() -> None:
    refusing(pipeline()).ask(Said("b"), UNSUPPORTED)
    client = refusing(pipeline())
    assert client.carried(client.ask()) == ["why"]


def test_a_second_refusal_is_the_callers() -> None:
    client = refusing(pipeline())
    outcome = client.ask(Said("b"), UNSUPPORTED, UNSUPPORTED)
    assert (outcome.status, len(outcome.sent), outcome.unused) == (400, 2, 1)
    again = client.ask()
    assert client.carried(again) == ["why"], "what did not help is not remembered"


def test_a_refusal_that_nobody_documents_is_the_callers() -> None:
    client = refusing(pipeline())
    outcome = client.ask(Said("b"), Answer.refusal("The model is overloaded."))
    assert (outcome.status, len(outcome.sent), outcome.unused) == (400, 1, 1)


@pytest.mark.parametrize("status", [401, 403, 404, 413, 429, 500, 503])
def test_other_failures_are_not_answered(status: int) -> None:
    client = refusing(pipeline())
    text = "property 'reasoning' is unsupported"
    outcome = client.ask(Said("b"), Answer.refusal(text, status))
    assert (outcome.status, len(outcome.sent)) == (status, 1)


def test_where_recovery_is_switched_off_the_refusal_is_the_callers() -> None:
    client = refusing(pipeline(recover=False))
    outcome = client.ask(Said("b"), UNSUPPORTED)
    assert (outcome.status, len(outcome.sent)) == (400, 1)


def test_where_the_answer_would_change_nothing_nothing_is_sent_again() -> None:
    client = Client(pipeline(), host="api.groq.com", model="qwen3-32b").user("q")
    outcome = client.ask(Said("b"), UNSUPPORTED)
    assert (outcome.status, len(outcome.sent)) == (400, 1)


def test_missing_reasoning_that_is_demanded_is_filled_in() -> None:
    demand = Answer.refusal(
        "thinking is enabled but reasoning_content is missing in assistant tool call message "
        "at index 2"
    )
    client = Client(pipeline(), host="api.moonshot.ai", model="kimi-latest").user("q")
    client.history.append({"role": "assistant", "content": "By hand."})
    outcome = client.user("r").ask(Said("b"), demand)
    assert (outcome.status, client.carried(outcome)) == (200, [""])
    assert outcome.retention is not None
    assert outcome.retention.recovered == "fill"


def test_an_edited_conversation_is_sent_again_with_its_blocks_dropped_and_so_ever_after() -> None:
    over = pipeline()
    client = Client(over, **BOUND, framework=()).user("q")
    client.ask(Said("a", reasoning="why", signature="c2ln"))
    client.history[0]["content"] = "q, edited"
    outcome = client.user("r").ask(Said("b"), ELSEWHERE)
    assert len(outcome.sent) == 2
    assert outcome.body["thinking"] == DROP
    assert outcome.headers == [{}, {"anthropic-beta": BETA}]
    assert outcome.retention is not None
    assert outcome.retention.recovered == "set"
    later = client.user("s").ask()
    assert (len(later.sent), later.body["thinking"]) == (1, DROP)
    assert later.headers == [{"anthropic-beta": BETA}]
    other = Client(over, **{**BOUND, "model": "claude-sonnet-5-5"}).user("q").ask()
    assert ("thinking" in other.body, other.headers) == (False, [{}])


def test_what_the_caller_asked_of_thinking_stays_when_blocks_are_dropped() -> None:
    asked = {"thinking": {"type": "adaptive", "display": "summarized"}}
    client = Client(pipeline(), **BOUND, framework=(), extra=asked).user("q")
    outcome = client.ask(Said("b"), ELSEWHERE)
    assert outcome.body["thinking"] == {**asked["thinking"], **DROP}


def test_a_signature_that_is_refused_is_stripped_this_once_only() -> None:
    refusal = Answer.refusal("messages.1.content.0: Invalid `signature` in `thinking` block")
    host = {**BOUND, "model": "claude-opus-4-8"}
    client = Client(pipeline(), **host).user("q")
    client.ask(Said("a", reasoning="why", signature="c2ln"))
    outcome = client.user("r").ask(Said("b", reasoning="since", signature="c2ln"), refusal)
    assert client.carried(outcome) == [[]]
    again = client.user("s").ask()
    assert len(again.sent) == 1
    assert client.carried(again)[-1] == ANTHROPIC.given(client.said[1])


def test_a_call_without_its_reasoning_is_sent_again_without_its_item_id() -> None:
    refusal = Answer.refusal(
        "Item 'fc_1' of type 'function_call' was provided without its required 'reasoning' item: "
        "'rs_1'."
    )
    client = Client(pipeline(), RESPONSES, "api.openai.com", "gpt-5.2").user("q")
    call = {"type": "function_call", "id": "fc_1", "call_id": ONE, "name": "f", "arguments": "{}"}
    client.history += [call, *RESPONSES.results([(ONE, "15")])]
    outcome = client.ask(Said("b"), refusal)
    assert outcome.status == 200
    assert outcome.body["input"][1] == {k: v for k, v in call.items() if k != "id"}


def test_a_recovered_reply_is_captured_in_the_place_of_the_framework() -> None:
    client = refusing(pipeline())
    client.ask(Said("", (Called(ONE),), "since"), UNSUPPORTED)
    elsewhere = client.results("15").fork(host="api.cerebras.ai")
    assert elsewhere.carried(elsewhere.ask())[-1] == "since"
