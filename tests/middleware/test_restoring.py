"""What a matched turn gets: its reasoning in the provider's form, or a reason why not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conversations import Answer, Client, exchange, forgetting, pipeline
from dialects import ANTHROPIC, CHAT, GEMINI, RESPONSES, Called, Chat, Said
from frameworks import blank, forget, trimmed

ONE, TWO = "call_9Zb2kQ7LmWx4", "call_7Yc4pT2VnRs8"
CLAUDE: dict[str, Any] = {
    "dialect": ANTHROPIC,
    "host": "api.anthropic.com",
    "model": "claude-opus-4-8",
}
BOUND = {**CLAUDE, "model": "claude-opus-5-5"}
OPENAI: dict[str, Any] = {"dialect": RESPONSES, "host": "api.openai.com", "model": "gpt-5.2"}
GOOGLE: dict[str, Any] = {
    "dialect": GEMINI,
    "host": "generativelanguage.googleapis.com",
    "model": "gemini-3-pro",
}
DEEPSEEK: dict[str, Any] = {"host": "api.deepseek.com", "model": "deepseek-v4"}


def signed(call_id: str = ONE, reasoning: str = "why", text: str = "") -> Said:
    return Said(text, (Called(call_id),), reasoning, "c2ln")


# In the form in which it came


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("host", [{}, CLAUDE, BOUND, OPENAI, DEEPSEEK])
def test_an_unchanged_history_gets_everything_back(host: dict[str, Any], stream: bool) -> None:
    client = Client(pipeline(), **host, stream=stream).user("q")
    client.ask(signed(ONE, "first", "I look."))
    client.results("15").ask(signed(TWO, "second"))
    client.results("16").ask(Said("Done.", reasoning="third", signature="c2ln"))
    outcome = client.user("So?").ask()
    given = [client.dialect.given(said) for said in client.said[:3]]
    found = [one for one in client.carried(outcome) if one]
    assert (found, outcome.gaps, outcome.failures) == (given, (), [])


def test_items_return_right_before_what_they_led_to() -> None:
    client = Client(pipeline(), **OPENAI).user("q")
    client.ask(signed(ONE, "first", "I look."))
    items = client.results("15").ask().body["input"]
    kinds = [item.get("type", item.get("role")) for item in items]
    assert kinds == ["user", "reasoning", "message", "function_call", "function_call_output"]


def test_a_block_without_text_but_with_a_signature_returns() -> None:
    reply = ANTHROPIC.reply(signed())
    reply["content"][0]["thinking"] = ""
    redacted = {"type": "redacted_thinking", "data": "c2VhbGVk"}
    reply["content"].insert(1, redacted)
    client = Client(pipeline(), **CLAUDE).user("q")
    client.history += ANTHROPIC.kept(client.send(Answer(json.dumps(reply).encode())).reply)
    client.history += ANTHROPIC.results([(ONE, "15")])
    assert client.ask().body["messages"][1]["content"] == reply["content"]


def test_reasoning_in_another_spelling_of_the_field_goes_back_as_the_provider_reads_it() -> None:
    over = pipeline()
    client = Client(over, Chat("reasoning"), host="one.example.test", model="deepseek-v4")
    client.user("q").ask(Said("", (Called(ONE),), "why"))
    there = client.results("15").fork(**DEEPSEEK, dialect=CHAT, framework=(forget,))
    outcome = there.ask()
    assert there.carried(outcome) == ["why"]
    assert "reasoning" not in outcome.body["messages"][2]


def test_openai_chat_is_sent_no_reasoning_of_any_kind() -> None:
    client = Client(pipeline(), host="api.openai.com", model="gpt-5.2", framework=()).user("q")
    kept = {"role": "assistant", "content": "a", "reasoning_content": "x", "reasoning": "y"}
    client.history.append({**kept, "reasoning_details": [{"type": "reasoning.text", "text": "z"}]})
    outcome = client.user("r").ask()
    assert outcome.body["messages"][2] == {"role": "assistant", "content": "a"}
    assert outcome.outcomes == ("stripped",)


def test_openai_chat_without_reasoning_goes_out_as_it_came() -> None:
    client = Client(pipeline(), host="api.openai.com", model="gpt-5.2").user("q")
    client.ask(Said("a"))
    assert client.user("r").ask().same


def test_reasoning_of_finished_rounds_stays_out_where_the_provider_wants_the_loop_only() -> None:
    client = Client(pipeline(), host="api.deepseek.com", model="deepseek-v3.2").user("q")
    client.ask(Said("a", reasoning="old"))
    client.user("r").ask(Said("", (Called(ONE),), "new"))
    outcome = client.results("15").ask()
    assert client.carried(outcome) == [None, "new"]
    assert outcome.outcomes == ("out_of_scope", "restored")


# What is there already


@pytest.mark.parametrize("host", [{}, CLAUDE, BOUND, OPENAI, GOOGLE])
def test_a_framework_that_loses_nothing_is_left_alone(host: dict[str, Any]) -> None:
    client = Client(pipeline(parameters="none"), **host, framework=()).user("q")
    client.ask(signed())
    outcome = client.results("15").ask()
    assert (outcome.same, outcome.outcomes, outcome.gaps) == (True, ("present",), ())


def details(*fragments: dict[str, Any]) -> list[dict[str, Any]]:
    common = {"type": "reasoning.text", "format": "anthropic-claude-v1", "index": 0}
    return [{**common, **fragment} for fragment in fragments]


WHOLE = details({"text": "why so", "signature": "c2ln"})


@pytest.mark.parametrize(
    "sent",
    [
        details({"text": "why "}, {"text": "so"}, {"text": "", "signature": "c2ln!"}),
        details({"text": "why so", "signature": "c2ln", "format": "anthropic-claude-v1" * 3}),
        details({"text": "so", "signature": "c2ln"}),
        details({"text": "why so"}),
        [],
    ],
)
def test_corrupted_details_are_put_right(sent: list[dict[str, Any]]) -> None:
    reply = CHAT.reply(Said("", (Called(ONE),)))
    reply["choices"][0]["message"]["reasoning_details"] = WHOLE
    client = Client(pipeline(), host="openrouter.ai", model="anthropic/claude-opus-4.8").user("q")
    kept = CHAT.kept(client.send(Answer(json.dumps(reply).encode())).reply)[0]
    client.history += [{**kept, "reasoning_details": sent}, *CHAT.results([(ONE, "15")])]
    outcome = client.fork(framework=()).ask()
    assert outcome.body["messages"][2]["reasoning_details"] == WHOLE
    assert outcome.outcomes == ("repaired",)


def test_fragments_that_say_the_same_are_left_as_they_are() -> None:
    reply = CHAT.reply(Said("", (Called(ONE),)))
    reply["choices"][0]["message"]["reasoning_details"] = WHOLE
    client = Client(pipeline(), host="openrouter.ai", model="anthropic/claude-opus-4.8").user("q")
    kept = CHAT.kept(client.send(Answer(json.dumps(reply).encode())).reply)[0]
    client.history += [kept, *CHAT.results([(ONE, "15")])]
    assert client.fork(framework=()).ask().same


def test_a_changed_block_is_put_right_in_its_place() -> None:
    client = Client(pipeline(), **CLAUDE, framework=()).user("q")
    client.ask(signed(text="I look."))
    client.history[1]["content"][0]["thinking"] = "something else"
    outcome = client.results("15").ask()
    assert client.carried(outcome) == [ANTHROPIC.given(client.said[0])]
    assert outcome.outcomes == ("repaired",)


# What may not go back


def test_signed_reasoning_does_not_return_on_a_rung_that_leaves_its_place_open() -> None:
    client = Client(pipeline(), **CLAUDE).user("q")
    client.ask(Said("Yes.", reasoning="why", signature="c2ln"))
    outcome = client.user("Sure?").fork(system="another").ask()
    assert outcome.gaps == ((0, "prefix_changed"),)


def test_signed_reasoning_returns_by_a_unique_id_where_it_is_not_bound() -> None:
    client = Client(pipeline(), **CLAUDE).user("first")
    client.ask(Said("a", reasoning="old", signature="c2ln"))
    client.user("second").ask(signed("toolu_9Zb2kQ7LmWx4"))
    client.results("15")
    client.history = client.history[2:]
    assert client.carried(client.ask()) == [ANTHROPIC.given(client.said[1])]


def test_a_payload_whose_place_is_gone_is_a_gap() -> None:
    client = Client(pipeline(), **GOOGLE, session="s").user("q")
    client.ask(Said("", (Called("", '{"n": 1}'), Called("", '{"n": 2}')), "", "c2ln"))
    client.history[1]["parts"] = [
        {"text": "I looked."},
    ]
    outcome = client.user("r").ask()
    assert outcome.gaps == ((0, "never_seen"),)


def test_without_a_form_that_the_provider_takes_there_is_a_gap() -> None:
    sealed = [{"type": "reasoning.encrypted", "data": "c2ln", "format": "openai-responses-v1"}]
    reply = CHAT.reply(Said("a"))
    reply["choices"][0]["message"]["reasoning_details"] = sealed
    client = Client(pipeline(), host="one.example.test", model="deepseek-v4").user("q")
    client.history += CHAT.kept(client.send(Answer(json.dumps(reply).encode())).reply)
    outcome = client.user("r").fork(**DEEPSEEK).ask()
    assert outcome.gaps == ((0, "format_unknown"),)


def test_when_the_store_fails_the_call_goes_on_and_says_so() -> None:
    over = pipeline()
    client = Client(over, **DEEPSEEK).user("q")
    client.ask(Said("", (Called(ONE),), "why"))

    def broken(keys: Any) -> Any:
        raise OSError("disk gone")

    over.store.load = broken  # type: ignore[method-assign]
    outcome = client.results("15").ask()
    assert (client.carried(outcome), outcome.gaps) == ([""], ((0, "store_failed"),))
    assert outcome.failures == ["reasoning/store: OSError: disk gone"]


# Bound to all that stands before


def bound(**changed: Any) -> Client:
    client = Client(pipeline(), **{**BOUND, **changed}).user("first")
    client.ask(signed("toolu_9Zb2kQ7LmWx4", "one"))
    client.results("15").ask(Said("Fifteen.", reasoning="two", signature="c2ln"))
    return client.user("second")


def test_bound_reasoning_returns_to_the_very_same_prefix() -> None:
    client = bound()
    outcome = client.ask()
    assert client.carried(outcome) == [ANTHROPIC.given(said) for said in client.said[:2]]
    assert outcome.gaps == ()


@pytest.mark.parametrize("session", ["", "s"])
def test_an_edit_of_what_was_said_earlier_keeps_all_bound_reasoning_out(session: str) -> None:
    client = bound(session=session)
    client.history[0]["content"] = "first, edited"
    outcome = client.ask()
    assert client.carried(outcome) == [[], []]
    assert {reason for _, reason in outcome.gaps} <= {"prefix_changed", "context_changed"}
    assert len(outcome.gaps) == 2


@pytest.mark.parametrize("changed", [{"system": "Another."}, {"tools": False}])
def test_another_system_prompt_or_other_tools_keep_bound_reasoning_out(changed: Any) -> None:
    client = bound(session="s").fork(**changed)
    outcome = client.ask()
    assert client.carried(outcome) == [[], []]
    assert outcome.gaps == ((0, "prefix_changed"), (1, "prefix_changed"))


def test_an_edit_in_the_middle_keeps_out_what_comes_after_it_alone() -> None:
    client = bound(session="s")
    client.history[2]["content"][0]["content"] = "16"
    outcome = client.ask()
    assert client.carried(outcome) == [ANTHROPIC.given(client.said[0]), []]


def test_moving_a_cache_mark_is_no_edit() -> None:
    client = bound()
    marked = {"type": "text", "text": "first", "cache_control": {"type": "ephemeral"}}
    client.history[0]["content"] = [marked]
    plain = client.fork()
    plain.history[0]["content"] = [{"type": "text", "text": "first"}]
    assert plain.ask().outcomes == client.ask().outcomes


def test_bound_reasoning_of_which_one_was_lost_is_not_restored_after_it() -> None:
    over = pipeline()
    client = Client(over, **BOUND, session="s").user("first")
    client.ask(signed("toolu_9Zb2kQ7LmWx4", "one"))
    over.forget("s")
    client.results("15").ask(Said("Fifteen.", reasoning="two", signature="c2ln"))
    outcome = client.user("second").ask()
    # what was sent without the first block was answered without it, and so it must stay
    assert client.carried(outcome) == [[], ANTHROPIC.given(client.said[1])]


# What gaps are filled with


@pytest.mark.parametrize(("tools", "filled"), [(True, ""), (False, None)])
def test_deepseek_gets_an_empty_text_for_lost_reasoning_where_there_are_tools(
    tools: bool, filled: str | None
) -> None:
    client = Client(pipeline(), **DEEPSEEK, tools=tools).user("q")
    client.history.append({"role": "assistant", "content": "By hand."})
    outcome = client.user("r").ask()
    assert client.carried(outcome) == [filled]
    assert outcome.gaps == ((0, "never_seen"),)


def test_a_turn_that_had_no_reasoning_gets_an_empty_text_too_and_is_no_gap() -> None:
    client = Client(pipeline(), **DEEPSEEK).user("q")
    client.ask(Said("", (Called(ONE),)))
    outcome = client.results("15").ask()
    assert (client.carried(outcome), outcome.gaps) == ([""], ())
    assert outcome.outcomes == ("none",)


def test_gemini_gets_its_dummy_on_the_first_call_of_a_gap() -> None:
    calls = [{"functionCall": {"name": "f", "args": {"n": n}}} for n in range(2)]
    client = Client(pipeline(), **GOOGLE).user("q")
    client.history.append({"role": "model", "parts": [{"text": "I look."}, *calls]})
    client.history += GEMINI.results([("", "1"), ("", "2")])
    parts = client.ask().body["contents"][1]["parts"]
    assert [part.get("thoughtSignature") for part in parts] == [
        None,
        "skip_thought_signature_validator",
        None,
    ]


def test_gemini_gets_no_dummy_for_a_round_that_is_over() -> None:
    client = Client(pipeline(), **GOOGLE).user("q")
    call = {"functionCall": {"name": "f", "args": {}}}
    client.history.append({"role": "model", "parts": [call]})
    client.history += GEMINI.results([("", "1")])
    client.history.append({"role": "model", "parts": [{"text": "One."}]})
    assert client.user("r").ask().same


def test_the_signatures_of_the_other_google_api_are_replaced_by_the_dummy() -> None:
    client = Client(pipeline(), **GOOGLE, session="s").user("q")
    client.ask(Said("", (Called(""),), "", "c2ln"))
    vertex = client.results("1").fork(host="aiplatform.googleapis.com")
    outcome = vertex.ask()
    assert vertex.carried(outcome) == [["skip_thought_signature_validator"]]
    assert outcome.gaps == ((0, "issuer_changed"),)


# Parameters


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({}, {"type": "enabled", "keep": "all"}),
        ({"thinking": {"type": "enabled"}}, {"type": "enabled", "keep": "all"}),
        ({"thinking": {"keep": None}}, {"type": "enabled", "keep": "all"}),
        ({"thinking": {"type": "disabled"}}, {"type": "disabled"}),
        ({"thinking": {"keep": "none"}}, {"type": "enabled", "keep": "none"}),
    ],
)
def test_what_makes_a_provider_use_reasoning_is_set_where_the_caller_set_nothing(
    given: dict[str, Any], sent: Any
) -> None:
    client = Client(pipeline(), host="api.moonshot.ai", model="kimi-k2.6", extra=given).user("q")
    client.ask(Said("a", reasoning="why"))
    assert client.user("r").ask().body["thinking"] == sent


@pytest.mark.parametrize("allowed", ["needed", "all"])
def test_a_request_that_carries_no_reasoning_gets_no_parameter_that_would_use_it(
    allowed: str,
) -> None:
    over = pipeline(parameters=allowed)
    client = Client(over, host="api.moonshot.ai", model="kimi-k2.6").user("q")
    assert client.ask(Said("a")).same
    assert "thinking" not in client.user("r").ask().body


@pytest.mark.parametrize("allowed", ["needed", "all", "none"])
def test_what_changes_the_callers_reply_is_set_only_where_all_is_allowed(allowed: str) -> None:
    over = pipeline(parameters=allowed)
    minimax = Client(over, host="api.minimax.io", model="MiniMax-M2").user("q").ask().body
    thinking = Client(over, host="api.moonshot.ai", model="kimi-k2.6").user("q")
    thinking.ask(Said("a", reasoning="why"))
    kimi = thinking.user("r").ask().body
    assert minimax.get("reasoning_split") == (True if allowed == "all" else None)
    assert ("thinking" in kimi) == (allowed != "none")


@pytest.mark.parametrize(("store", "asked"), [(None, False), (True, False), (False, True)])
def test_sealed_content_is_asked_for_only_where_nothing_is_stored(
    store: bool | None, asked: bool
) -> None:
    extra = {} if store is None else {"store": store}
    client = Client(pipeline(), **{**OPENAI, "dialect": type(RESPONSES)(extra=extra)}).user("q")
    assert ("include" in client.ask().body) == asked


# Modes


def test_in_report_mode_the_very_bytes_go_out_and_it_says_what_it_would_do() -> None:
    client = Client(pipeline(mode="report"), **DEEPSEEK, framework=(forget, blank(" "))).user("q")
    client.ask(Said("", (Called(ONE),), "why"))
    outcome = client.results("15").ask()
    assert (outcome.same, outcome.outcomes) == (True, ("repaired",))


@pytest.mark.parametrize("host", [{"host": "api.openai.com"}, {}, CLAUDE])
def test_in_report_mode_nothing_is_stripped_set_or_sent_again(host: dict[str, Any]) -> None:
    client = Client(pipeline(mode="report"), **host).user("q")
    client.history.append({"role": "assistant", "content": "a", "reasoning_content": "x"})
    refused = Answer.refusal("Extra inputs are not permitted")
    outcome = client.user("r").ask(Said(), refused)
    assert (outcome.same, len(outcome.sent), outcome.status) == (True, 1, 400)


def test_switched_off_nothing_is_restored_or_captured() -> None:
    client = Client(pipeline(mode="off"), **DEEPSEEK).user("q")
    client.ask(Said("", (Called(ONE),), "why"))
    outcome = client.results("15").ask()
    assert (outcome.same, outcome.retention) == (True, None)


def test_what_is_no_request_to_a_model_is_not_taken() -> None:
    head = CHAT.head("api.example.test", "m", "k")
    assert pipeline().begin(head, b"not json", adapter="test") is None


def test_a_request_that_needs_nothing_goes_out_as_the_very_same_bytes() -> None:
    head = CHAT.head("api.example.test", "m", "k")
    body = b'{"messages":[{"role":"user","content":"q"}],"model":"m"}'
    done = Answer(json.dumps(CHAT.reply(Said("Done."))).encode())
    assert exchange(pipeline(), head, body, [done]).same


def test_what_the_caller_left_out_of_a_trimmed_history_does_not_come_back() -> None:
    client = Client(pipeline(), session="s", framework=(forget, trimmed(2)))
    for step in range(3):
        client.user(f"q{step}").ask(Said(f"a{step}", reasoning=f"r{step}"))
    outcome = client.user("So?").ask()
    assert len(outcome.body["messages"]) == 3
    assert client.carried(outcome) == ["r2"]


def test_forgetting_is_what_these_clients_do() -> None:
    client = Client(pipeline(mode="off"), **CLAUDE, framework=(forgetting(ANTHROPIC),)).user("q")
    client.ask(signed())
    assert client.carried(client.results("15").ask()) == [[]]
