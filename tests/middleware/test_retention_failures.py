"""The sixteen ways in which reasoning is known to be lost or misplaced, each with its own tests."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from conversations import Answer, Client, exchange, pipeline
from dialects import ANTHROPIC, CHAT, GEMINI, RESPONSES, Called, Said
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

KIMI: dict[str, Any] = {"host": "api.moonshot.ai", "model": "kimi-k3"}
CLAUDE: dict[str, Any] = {
    "dialect": ANTHROPIC,
    "host": "api.anthropic.com",
    "model": "claude-opus-4-8",
}
ONE, TWO, THREE = "call_9Zb2kQ7LmWx4", "call_7Yc4pT2VnRs8", "call_3Qd6rW5XjKu1"


def looked(
    call_id: str = ONE,
    arguments: str = "{}",
    text: str = "",
    *,
    reasoning: str = "",
    signature: str = "",
) -> Said:
    return Said(text, (Called(call_id, arguments),), reasoning, signature)


# 1. Ids that occur more than once


def test_one_id_in_two_conversations_gives_each_its_own_reasoning() -> None:
    over = pipeline()
    first = Client(over, **KIMI).user("Paris?")
    second = Client(over, **KIMI).user("Paris?")
    first.ask(looked("functions.look_up:0", reasoning="one"))
    second.ask(looked("functions.look_up:0", reasoning="two"))
    assert first.carried(first.results("15").ask()) == ["one"]
    assert second.carried(second.results("15").ask()) == ["two"]


@pytest.mark.parametrize("stream", [False, True])
def test_one_id_twice_in_one_conversation_gives_each_turn_its_own_reasoning(stream: bool) -> None:
    client = Client(pipeline(), **KIMI, stream=stream).user("Where am I?")
    client.ask(looked("pwd_0", reasoning="first"))
    client.results("/").ask(looked("pwd_0", reasoning="second"))
    outcome = client.results("/").ask()
    assert client.carried(outcome) == ["first", "second"]
    ids = [call["id"] for turn in outcome.body["messages"] for call in turn.get("tool_calls", ())]
    assert ids == ["pwd_0", "pwd_0"], "the provider sees its own ids"


def test_without_stamps_one_id_in_two_conversations_alike_is_refused_as_ambiguous() -> None:
    over = pipeline(stamp_ids="never")
    first = Client(over, **KIMI).user("Paris?")
    second = Client(over, **KIMI).user("Paris?")
    first.ask(looked("functions.look_up:0", reasoning="one"))
    second.ask(looked("functions.look_up:0", reasoning="two"))
    assert first.results("15").ask().gaps == ((0, "ambiguous"),)
    assert second.results("15").ask().gaps == ((0, "ambiguous"),)


# 2. Ids that frameworks rewrite


@pytest.mark.parametrize("rewritten", [counted_ids, one_id])
@pytest.mark.parametrize("native", [ONE, "functions.look_up:0"])
def test_rewritten_ids_do_not_keep_reasoning_from_its_turn(rewritten: Any, native: str) -> None:
    client = Client(pipeline(), **KIMI, framework=(forget, rewritten)).user("q")
    client.ask(looked(native, '{"n": 1}', reasoning="first"))
    client.results("15").ask(looked(native, '{"n": 2}', reasoning="second"))
    assert client.carried(client.results("16").ask()) == ["first", "second"]


def test_rewritten_ids_reach_the_provider_as_the_framework_paired_them() -> None:
    client = Client(pipeline(), framework=(forget, counted_ids)).user("q")
    client.ask(looked(reasoning="why"))
    _, call, result = client.results("15").ask().body["messages"][1:]
    assert call["tool_calls"][0]["id"] == result["tool_call_id"] == f"call_{1:035x}"


def test_rewritten_ids_never_take_the_reasoning_of_another_conversation() -> None:
    over = pipeline()
    first = Client(over, framework=(forget, counted_ids)).user("q")
    second = Client(over, framework=(forget, counted_ids)).user("q")
    first.ask(looked(ONE, reasoning="one"))
    second.ask(looked(TWO, reasoning="two"))
    assert first.results("15").ask().gaps == ((0, "ambiguous"),)


# 3. Polling: the same call again and again


@pytest.mark.parametrize("native", ["functions.look_up:0", ONE])
def test_the_same_call_repeated_keeps_each_turns_own_reasoning(native: str) -> None:
    client = Client(pipeline(), **KIMI, framework=(forget, one_id)).user("Ready?")
    for step in range(6):
        client.ask(looked(native, reasoning=f"wait {step}"))
        outcome = client.results("pending").ask(keep=False)
        assert client.carried(outcome) == [f"wait {n}" for n in range(step + 1)]


def test_of_a_trimmed_polling_loop_without_ids_nothing_is_guessed() -> None:
    client = Client(pipeline(stamp_ids="never"), framework=(forget, one_id), session="s")
    client.user("Ready?")
    for step in range(6):
        client.ask(looked("1", reasoning=f"wait {step}"))
        client.results("pending")
    outcome = client.fork(framework=(forget, trimmed(4))).ask()
    assert (client.carried(outcome), outcome.gaps) == (
        [None, None],
        ((0, "context_changed"), (1, "ambiguous")),
    )


# 4. Trimmed and summarised histories


def long_talk(client: Client, signature: str = "") -> Client:
    for step in range(4):
        client.user(f"question {step}")
        client.ask(looked(f"{ONE}{step}", reasoning=f"look {step}", signature=signature))
        client.results(f"result {step}")
        client.ask(Said(f"The answer is {step}.", reasoning=f"say {step}", signature=signature))
    return client.user("And now?")


@pytest.mark.parametrize("shorten", [trimmed(5), summarised(5)])
@pytest.mark.parametrize("session", ["", "s"])
def test_plain_reasoning_returns_to_a_shortened_history(shorten: Any, session: str) -> None:
    client = long_talk(Client(pipeline(), session=session))
    outcome = client.fork(framework=(forget, shorten)).ask()
    kept = client.carried(outcome)
    assert not client.wrong(outcome)
    if session:
        assert (kept, outcome.gaps) == (["look 3", "say 3"], ())
    else:  # the id makes the call sure; of the answer only its surroundings are known
        assert kept[0] == "look 3"


def test_bound_reasoning_does_not_return_to_a_shortened_history() -> None:
    bound = {**CLAUDE, "model": "claude-opus-5-5"}
    client = long_talk(Client(pipeline(), **bound, session="s"), signature="c2ln")
    client.history = client.history[-5:]
    outcome = client.ask()
    assert client.carried(outcome) == [[], []]
    assert outcome.gaps == ((0, "prefix_changed"), (1, "prefix_changed"))


# 5. Branches


def test_branches_keep_each_its_own_reasoning() -> None:
    stem = Client(pipeline()).user("q")
    stem.ask(looked(reasoning="stem"))
    stem.results("15")
    left, right = stem.fork(), stem.fork()
    left.ask(Said("Left.", reasoning="to the left"))
    right.ask(Said("Right.", reasoning="to the right"))
    for client, own in ((left, "to the left"), (right, "to the right"), (left, "to the left")):
        assert client.user("Go on.").carried(client.ask(keep=False)) == ["stem", own]


def test_branches_that_say_the_same_with_other_reasoning_are_refused() -> None:
    stem = Client(pipeline(), session="s").user("q")
    left, right = stem.fork(), stem.fork()
    left.ask(Said("Yes.", reasoning="for one reason"))
    right.ask(Said("Yes.", reasoning="for another"))
    outcome = left.user("Why?").ask()
    assert (left.carried(outcome), outcome.gaps) == ([None], ((0, "ambiguous"),))


def test_branches_that_say_the_same_with_the_same_reasoning_are_not_ambiguous() -> None:
    stem = Client(pipeline()).user("q")
    left, right = stem.fork(), stem.fork()
    left.ask(Said("Yes.", reasoning="clearly"))
    right.ask(Said("Yes.", reasoning="clearly"))
    assert left.user("Why?").carried(left.ask()) == ["clearly"]


def test_an_edited_question_gets_nothing_of_the_answer_before_the_edit() -> None:
    client = Client(pipeline(), session="s").user("2 + 2?")
    client.ask(Said("4.", reasoning="two and two"))
    edited = client.fork()
    edited.history[0]["content"] = "2 * 2?"
    outcome = edited.user("Sure?").ask()
    assert (edited.carried(outcome), outcome.gaps) == ([None], ((0, "context_changed"),))


# 6. Sub-agents that share one client


def test_agents_that_take_turns_on_one_pipeline_never_get_each_others_reasoning() -> None:
    over = pipeline()
    agents = [Client(over, system=f"Agent {n}").user("Begin.") for n in range(5)]
    for step in range(4):
        for number, agent in enumerate(agents):
            agent.ask(Said("Working.", reasoning=f"agent {number}, step {step}"))
            agent.user("Go on.")
    for number, agent in enumerate(agents):
        outcome = agent.ask()
        assert agent.carried(outcome) == [f"agent {number}, step {step}" for step in range(4)]


def test_agents_alike_in_everything_are_told_apart_by_their_sessions() -> None:
    over = pipeline()
    agents = [Client(over, session=f"agent-{n}").user("Begin.") for n in range(5)]
    for number, agent in enumerate(agents):
        agent.ask(Said("Working.", reasoning=f"agent {number}"))
    assert [agent.carried(agent.user("Go on.").ask()) for agent in agents] == [
        [f"agent {number}"] for number in range(5)
    ]


# 7. Attempts that the framework threw away


def test_a_reply_that_was_thrown_away_leaves_nothing_behind() -> None:
    client = Client(pipeline()).user("q")
    client.ask(Said("First try.", reasoning="discarded"), keep=False)
    client.ask(Said("Second try.", reasoning="kept"))
    assert client.user("Go on.").carried(client.ask()) == ["kept"]


def test_a_thrown_away_reply_that_said_the_same_is_not_guessed_at() -> None:
    client = Client(pipeline(), session="s").user("q")
    client.ask(Said("Yes.", reasoning="discarded"), keep=False)
    client.ask(Said("Yes.", reasoning="kept"))
    assert client.user("Go on.").ask().gaps == ((0, "ambiguous"),)


def test_of_several_choices_the_chosen_one_gets_its_reasoning() -> None:
    client = Client(pipeline()).user("q")
    body = CHAT.reply(Said("A.", reasoning="of A"))
    other = CHAT.reply(Said("B.", reasoning="of B"))["choices"][0]
    body["choices"].append({**other, "index": 1})
    client.send(Answer(json.dumps(body).encode()))
    client.history.append({"role": "assistant", "content": "B."})
    assert client.user("Go on.").carried(client.ask()) == ["of B"]


def test_a_refused_attempt_is_not_captured() -> None:
    client = Client(pipeline()).user("q")
    outcome = client.send(Answer.refusal("overloaded", 529))
    assert outcome.retention is not None
    assert (outcome.status, outcome.retention.captured) == (529, 0)


# 8. Streams that were cut


@pytest.mark.parametrize("chunks", range(1, 12))
def test_a_cut_stream_never_gives_back_signed_reasoning(chunks: int) -> None:
    client = Client(pipeline(), **CLAUDE, stream=True).user("q")
    said = Said("I look.", (Called("toolu_9Zb2kQ7LmWx4"),), "because", "c2ln")
    whole = len(ANTHROPIC.events(said))
    outcome = client.ask(said, stop_after=min(chunks, whole - 3))
    if not outcome.reply.get("content"):
        return
    again = client.user("Go on.").ask()
    assert [block for blocks in client.carried(again) for block in blocks] == []
    assert {reason for _, reason in again.gaps} <= {"incomplete", "never_seen"}


def test_a_cut_stream_gives_back_plain_reasoning_to_what_it_had_said() -> None:
    client = Client(pipeline(), stream=True).user("q")
    client.ask(Said("I look, and then", reasoning="because"), stop_after=4)
    assert client.user("Go on.").carried(client.ask()) == ["because"]


def test_a_call_whose_id_had_not_come_gets_nothing_that_is_signed() -> None:
    client = Client(pipeline(), **CLAUDE, stream=True).user("q")
    client.ask(Said("I look.", reasoning="because"), stop_after=7)
    outcome = client.user("Go on.").ask()
    assert client.carried(outcome) == [[]]


# 9. Turns that frameworks take apart


@pytest.mark.parametrize("demanding", [True, False])
@pytest.mark.parametrize("native", [(ONE, TWO), ("functions.look_up:0", "functions.look_up:1")])
def test_parallel_calls_sent_one_by_one_carry_reasoning_once_on_the_first(
    native: tuple[str, str], demanding: bool
) -> None:
    host = KIMI if demanding else {}
    client = Client(pipeline(), **host, framework=(forget, split_calls)).user("q")
    calls = (Called(native[0], '{"n": 1}'), Called(native[1], '{"n": 2}'))
    client.ask(Said("Two at once.", calls, "both"))
    outcome = client.results("1", "2").ask()
    assert (client.carried(outcome), outcome.outcomes) == (
        ["both", "" if demanding else None],
        ("restored", "continued"),
    )


def test_signed_reasoning_does_not_return_to_a_turn_that_was_taken_apart() -> None:
    def apart(history: list[dict[str, Any]]) -> list[dict[str, Any]]:
        bare = [turn for one in history if (turn := ANTHROPIC.forgotten(one))]
        if len(bare) == 1:
            return bare
        blocks = bare[1]["content"]
        return [bare[0], *({**bare[1], "content": [block]} for block in blocks[1:]), *bare[2:]]

    client = Client(pipeline(), **CLAUDE, framework=(apart,)).user("q")
    client.ask(
        Said("Two.", (Called("toolu_9Zb2kQ7LmWx4"), Called("toolu_7Yc4pT2VnRs8")), "both", "c2ln")
    )
    outcome = client.results("1", "2").ask()
    assert client.carried(outcome) == [[], []]
    assert outcome.gaps[0] == (0, "structure_changed")


def test_calls_parted_from_their_text_keep_their_reasoning() -> None:
    client = Client(pipeline(), framework=(forget, split_text)).user("q")
    client.ask(looked(text="I look.", reasoning="why"))
    outcome = client.results("15").ask()
    assert client.carried(outcome) == [None, "why"]


@pytest.mark.parametrize("native", [ONE, "functions.look_up:0"])
@pytest.mark.parametrize("stamp_ids", ["auto", "never"])
def test_a_text_parted_from_its_calls_is_not_taken_for_a_turn_that_said_it_alone(
    native: str, stamp_ids: str
) -> None:
    over = pipeline(stamp_ids=stamp_ids)
    Client(over).user("q").ask(Said("OK.", reasoning="of a turn without calls"))
    client = Client(over, framework=(forget, split_text)).user("q")
    client.ask(looked(native, text="OK."))
    outcome = client.results("15").ask()
    assert client.carried(outcome) == [None, None]
    assert outcome.gaps[0] == (0, "structure_changed")


def test_calls_parted_from_each_other_are_not_taken_for_a_turn_that_made_one_of_them() -> None:
    over = pipeline(stamp_ids="never", tools="off")  # which would tell the equal ids apart
    Client(over, session="s").user("q").ask(looked("f:0", text="OK.", reasoning="of one call"))
    client = Client(over, framework=(forget, split_calls), session="s").user("q")
    client.ask(Said("OK.", (Called("f:0"), Called("f:0")), "of two calls"))
    outcome = client.results("1", "2").ask()
    assert client.carried(outcome) == [None, None]


# 10. Another model, another provider


def test_signed_reasoning_does_not_go_to_another_model_endpoint_or_account() -> None:
    for elsewhere in (
        {"model": "claude-sonnet-4-6"},
        {"key": "another"},
        {"host": "claude.example.test"},
    ):
        client = Client(pipeline(), **CLAUDE, session="s").user("q")
        client.ask(looked("toolu_9Zb2kQ7LmWx4", reasoning="why", signature="c2ln"))
        client.results("15")
        outcome = client.fork(**elsewhere).ask()
        assert (client.carried(outcome), outcome.gaps) == ([[]], ((0, "issuer_changed"),)), (
            elsewhere
        )
        assert client.carried(client.ask()) == [client.dialect.given(client.said[0])]


def test_plain_reasoning_goes_to_another_family_only_where_that_is_allowed() -> None:
    for allowed, carried, gaps in (
        (False, None, ((0, "family_changed"),)),
        (True, "why", ()),
    ):
        client = Client(pipeline(cross_family=allowed)).user("q")
        client.ask(Said("Yes.", reasoning="why"))
        other = client.user("Sure?").fork(model="qwen3-max")
        outcome = other.ask()
        assert (other.carried(outcome), outcome.gaps) == ([carried], gaps)


def test_plain_reasoning_goes_to_another_endpoint_of_its_family() -> None:
    client = Client(pipeline(), model="glm-5").user("q")
    client.ask(Said("Yes.", reasoning="why"))
    other = client.user("Sure?").fork(model="z-ai/GLM-5", host="mirror.example.test", key="other")
    assert other.carried(other.ask()) == ["why"]


# 11. Frameworks that carry reasoning themselves


def test_reasoning_that_is_there_already_leaves_the_bytes_alone() -> None:
    client = Client(pipeline(), framework=()).user("q")
    client.ask(looked(reasoning="why"))
    outcome = client.results("15").ask()
    assert (outcome.outcomes, outcome.same) == (("present",), True)


@pytest.mark.parametrize("text", ["", " ", "\n\t "])
def test_a_blank_placeholder_counts_as_missing(text: str) -> None:
    client = Client(pipeline(), framework=(forget, blank(text))).user("q")
    client.ask(looked(reasoning="why"))
    outcome = client.results("15").ask()
    assert (client.carried(outcome), outcome.outcomes) == (["why"], ("repaired",))


def test_the_latest_reasoning_written_into_every_turn_is_put_right() -> None:
    client = Client(pipeline(), framework=(forget, latest_everywhere("look 1"))).user("q")
    client.ask(looked(ONE, '{"n": 0}', reasoning="look 0"))
    client.results("0").ask(looked(TWO, '{"n": 1}', reasoning="look 1"))
    outcome = client.results("1").ask()
    assert client.carried(outcome) == ["look 0", "look 1"]
    assert outcome.outcomes == ("repaired", "present")


def test_other_reasoning_in_a_turn_that_is_not_sure_stays_and_is_counted() -> None:
    client = long_talk(Client(pipeline(), session="s"))
    other = client.fork(framework=(forget, blank("their own"), trimmed(2)))
    outcome = other.ask()
    assert other.carried(outcome) == ["their own"]
    assert (outcome.outcomes, outcome.gaps) == (("present",), ((0, "context_changed"),))


# 12. The budget of tokens


def test_what_the_framework_cannot_count_is_told_in_tokens() -> None:
    client = Client(pipeline()).user("q")
    client.ask(Said("Yes.", reasoning="w" * 400))
    outcome = client.user("Sure?").ask()
    assert outcome.retention is not None
    assert (outcome.retention.hidden_bytes, outcome.retention.hidden_tokens) == (400, 100)


def test_beyond_the_cap_the_oldest_turns_go_without_and_the_current_loop_never() -> None:
    client = Client(pipeline(hidden_token_cap=25))
    for step in range(3):
        client.user(f"q{step}").ask(Said(f"a{step}", reasoning=str(step) * 60))
    client.user("q").ask(looked(ONE, '{"n": 1}', reasoning="x" * 60))
    client.results("1").ask(looked(TWO, '{"n": 2}', reasoning="y" * 60))
    outcome = client.results("2").ask()
    assert client.carried(outcome) == [None, None, None, "x" * 60, "y" * 60]
    assert outcome.gaps == ((0, "capped"), (1, "capped"), (2, "capped"))


# 13. Bytes


def test_what_is_not_restored_keeps_its_very_bytes() -> None:
    over = pipeline()
    body = rb"""{ "model" : "glm-5", "temperature":0.70, "seed": 12345678901234567890123,
      "messages":[{"role":"user" , "content":"Caf\u00e9 \ud83d\ude00"}], "z":1, "a":2 }"""
    reply = CHAT.reply(looked(ONE, '{"z": 1,"a":2}', "I look.", reasoning="why"))
    head = CHAT.head("api.example.test", "glm-5", "k")
    exchange(over, head, body, [Answer(json.dumps(reply).encode())])
    turn = rb"""{"tool_calls":[{"type":"function","id":"call_9Zb2kQ7LmWx4","function":{
        "arguments":"{\"z\": 1,\"a\":2}" ,"name":"look_up"}}],
        "role":"assistant","content":"I look."}"""
    result = rb'{"role":"tool","tool_call_id":"call_9Zb2kQ7LmWx4","content":"1\u00b0"}'
    more = body.replace(b'"}], "z"', b'"},' + turn + b", " + result + b'], "z"')
    done = Answer(json.dumps(CHAT.reply(Said("Done."))).encode())
    sent = exchange(over, head, more, [done]).sent[0]
    start, end = more.index(turn), more.index(turn) + len(turn)
    assert sent.startswith(more[:start])
    assert sent.endswith(more[end:])
    middle = sent[start : len(sent) - (len(more) - end)]
    calls = turn[turn.index(b"[{") : turn.index(b"}}]") + 3]
    assert calls in middle
    assert list(json.loads(middle)) == ["tool_calls", "role", "content", "reasoning_content"]


def test_the_order_of_keys_in_a_calls_input_stays() -> None:
    client = Client(pipeline(), **CLAUDE).user("q")
    arguments = '{"zebra": 1, "apple": {"y": 1.1, "b": null}}'
    client.ask(looked("toolu_9Zb2kQ7LmWx4", arguments, reasoning="why", signature="c2ln"))
    outcome = client.results("15").ask()
    assert list(outcome.body["messages"][1]["content"][1]["input"]) == ["zebra", "apple"]
    assert arguments.encode() in outcome.sent[0]


# 14. The same prefix every time


def test_what_was_sent_with_a_turn_is_sent_with_it_ever_after() -> None:
    client = Client(pipeline(), framework=(forget, redumped))
    before = b""
    for step in range(6):
        client.user(f"q{step}")
        client.ask(looked(f"{ONE}{step}", f'{{"n":{step}}}', reasoning=f"look {step}"))
        client.results(f"r{step}")
        outcome = client.ask(Said(f"a{step}", reasoning=f"say {step}"))
        messages = outcome.sent[-1].split(b'"messages": [', 1)[1].rsplit(b'], "tools"', 1)[0]
        assert messages.startswith(before)
        before = messages


# 15. After a restart


def test_after_a_restart_without_a_store_the_gap_policy_holds() -> None:
    client = Client(pipeline(), host="api.deepseek.com", model="deepseek-v4").user("q")
    client.ask(looked(reasoning="why"))
    outcome = client.results("15").fork(pipeline=pipeline()).ask()
    assert (client.carried(outcome), outcome.gaps) == ([""], ((0, "never_seen"),))


def test_after_a_restart_with_a_file_everything_returns_and_only_the_owner_can_read_it(
    tmp_path: Path,
) -> None:
    from sealegs.stores.opening import open_store

    path = tmp_path / "reasoning.db"
    before = open_store(f"sqlite:///{path}")
    client = Client(pipeline(before), **CLAUDE, session="s").user("q")
    client.ask(looked("toolu_9Zb2kQ7LmWx4", reasoning="why", signature="c2ln"))
    client.results("15")
    before.close()
    after = open_store(f"sqlite:///{path}")
    resumed = client.fork(pipeline=pipeline(after))
    assert resumed.carried(resumed.ask()) == [ANTHROPIC.given(client.said[0])]
    modes = {stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()}
    after.close()
    assert modes == {0o600}


def test_reasoning_is_never_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    client = Client(pipeline()).user("q")
    client.ask(Said("Yes.", reasoning="a secret thought"))
    outcome = client.user("Sure?").ask()
    assert client.carried(outcome) == ["a secret thought"]
    assert "secret thought" not in caplog.text + repr(outcome.retention)


# 16. Compaction


def test_compaction_items_pass_untouched_in_responses() -> None:
    compaction = b'{"type":"compaction","id":"cmp_1","encrypted_content":"c2VhbGVk\\u003d"}'
    body = (
        b'{"model":"gpt-5.2","store":false,"include":["reasoning.encrypted_content"],"input":['
        + compaction
        + b',{"role":"user","content":"q"}]}'
    )
    head = RESPONSES.head("api.openai.com", "gpt-5.2", "k")
    done = Answer(json.dumps(RESPONSES.reply(Said("Done."))).encode())
    assert exchange(pipeline(), head, body, [done]).same


def test_a_compaction_item_beside_reasoning_keeps_its_bytes_and_place() -> None:
    sealed = {"type": "compaction", "id": "cmp_1", "encrypted_content": "c2VhbGVk"}
    client = Client(pipeline(), RESPONSES, "api.openai.com", "gpt-5.2").user("q")
    said = Said("I look.", (Called(ONE),), "why", "c2ln")
    reply = RESPONSES.reply(said)
    reply["output"].insert(1, sealed)
    outcome = client.send(Answer(json.dumps(reply).encode()))
    client.history += outcome.reply["output"]
    client.history += RESPONSES.results([(ONE, "15")])
    items = client.ask().body["input"]
    assert items[1:5] == reply["output"]


def test_compaction_blocks_pass_untouched_in_messages() -> None:
    block = {"type": "compaction", "content": "They talked.", "encrypted_content": "c2VhbGVk"}
    client = Client(pipeline(), **CLAUDE).user("q")
    client.history.append({"role": "assistant", "content": [block, {"type": "text", "text": "a"}]})
    outcome = client.user("Go on.").ask()
    assert outcome.same
    assert outcome.body["messages"][1]["content"][0] == block


@pytest.mark.parametrize(
    "spelled", [redumped, escaped, null_content, stripped_text, as_parts, named]
)
def test_how_a_framework_spells_a_turn_does_not_matter(spelled: Any) -> None:
    client = Client(pipeline(), framework=(forget, spelled)).user("q")
    client.ask(looked(ONE, '{"city":"Par\\u00eds"}', "\n I look.\n\n", reasoning="why"))
    client.results("15").ask(Said(" Fifteen. ", reasoning="since"))
    outcome = client.user("Go on.").ask()
    assert (client.carried(outcome), outcome.gaps) == (["why", "since"], ())


def test_a_turn_whose_calls_became_text_gets_its_reasoning() -> None:
    client = Client(pipeline(), framework=(forget, flattened)).user("q")
    client.ask(looked(text="I look.", reasoning="why"))
    assert client.carried(client.results("15").ask()) == ["why"]


def test_a_gemini_signature_returns_to_its_part() -> None:
    host = "generativelanguage.googleapis.com"
    client = Client(pipeline(), GEMINI, host, "gemini-3-pro").user("q")
    client.ask(Said("", (Called("", '{"n": 1}'), Called("", '{"n": 2}')), "", "c2ln"))
    parts = client.results("1", "2").ask().body["contents"][1]["parts"]
    assert [part.get("thoughtSignature") for part in parts] == ["c2ln", None]
