"""Every recorded request reads, and every recorded stream assembles, in each wire format."""

from __future__ import annotations

import itertools
import random
from collections import Counter, defaultdict
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recorded import WIRES, Recorded, assembled, claimed, events, exchanges, streams
from sealegs.jsons import canonical
from sealegs.wire import Outline

ENDS_IN_ERROR = {
    "pydantic-ai-models-cassettes-test-groq-test-tool-use-failed-error-streaming-1b6c9559.json#0",
    "pydantic-ai-models-cassettes-test-groq-test-tool-use-failed-error-streaming-with-text-"
    "adee4c43.json#0",
    "pydantic-ai-models-cassettes-test-openrouter-test-openrouter-stream-error-a91acd98.json#0",
}

# What a later request says in the place of a reply, where the client did not send back what it got.
REWORDED = {
    "testopenaicompatiblecommon-avian-kimi-multi-tool-streaming": "dropped the text beside calls",
    "test-tools-streaming-variant-d": "dropped a call whose arguments were null",
    "test-bedrock-model-thinking-part-anthropic-legacy": "dashes are folded",
    "test-bedrock-model-thinking-part-deepseek": "sends thoughts as <think> text",
    "test-groq-test-tool-use-failed-error": "sends thoughts as <think> text, and failed calls back",
    "test-openai-responses-phase-streamed-on-part-start": "quotes are folded",
    "rig-cassettes-groq-prompt-caching-streaming-probe": "sends a text of its own",
    "raw-capture-agent-matrix-multi-turn-tool-run": "dropped the text beside a call",
    "rig-cassettes-ollama-tools-two-tools-nonstreaming": "dropped the text beside a call",
}


def requests() -> list[Recorded]:
    return [one for one in exchanges() if isinstance(one.request, dict)]


def meaning(outline: Outline) -> tuple[Any, ...]:
    """Everything but ids, with the white space around a text left out."""
    calls = canonical([[call.name, call.arguments] for call in outline.calls])
    results = [text for _, text in outline.results]
    return outline.role, outline.text.strip(), calls, results, canonical(outline.other)


def test_the_corpus_exercises_every_wire_format() -> None:
    assert {one.wire.name for one in requests()} == set(WIRES)
    assert {one.wire.name for one in streams()} == set(WIRES)


def test_a_request_is_claimed_by_one_format_alone() -> None:
    for one in requests():
        claiming = [wire.name for wire in WIRES.values() if wire.claims(one.head)]
        assert len(claiming) == 1, (one.name, claiming)
        assert claimed(one.head) is not None


def test_every_request_reads_and_without_an_edit_is_the_same_object() -> None:
    for one in requests():
        body = one.body
        document = one.wire.read(body, one.head)
        assert document.encode() is body
        assert all(turn.raw in body and turn.origin == turn.raw for turn in document.turns)


def test_every_turn_parses_and_means_something() -> None:
    empty: list[str] = []
    for one in requests():
        for turn in one.wire.read(one.body, one.head).turns:
            outline = one.wire.outline(one.wire.message(turn.raw))
            assert outline.role == turn.role, (one.name, turn.raw)
            if not (outline.text or outline.calls or outline.results or outline.other):
                empty.append(one.name)
    assert len(empty) == 1, empty
    assert "test-tools-streaming-variant-d" in empty[0]  # its client dropped the turn's only call


def test_every_request_names_its_model() -> None:
    for one in requests():
        assert one.wire.read(one.body, one.head).model, one.name


def test_every_stream_framed_is_the_bytes_that_came() -> None:
    for one in streams():
        assert b"".join(event.raw for event in events(one.wire, [one.stream])) == one.stream


def test_every_stream_cut_at_every_event_gives_the_same_events_and_reply() -> None:
    for one in streams():
        whole = events(one.wire, [one.stream])
        cut = events(one.wire, [event.raw for event in whole])
        assert [(e.raw, e.name, e.text) for e in cut] == [(e.raw, e.name, e.text) for e in whole]


def test_a_stream_of_each_format_cut_into_single_bytes_gives_the_same_reply() -> None:
    seen: Counter[str] = Counter()
    for one in sorted(streams(), key=lambda one: len(one.stream)):
        seen[one.wire.name] += 1
        if seen[one.wire.name] > 3 or len(one.stream) > 60_000:
            continue
        whole = events(one.wire, [one.stream])
        cut = events(one.wire, [one.stream[n : n + 1] for n in range(len(one.stream))])
        assert [(e.raw, e.name, e.text) for e in cut] == [(e.raw, e.name, e.text) for e in whole]
        assert assembled(one.wire, cut).reply() == assembled(one.wire, whole).reply()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.data_too_large])
@given(st.data())
def test_a_stream_cut_at_random_bytes_gives_the_same_reply(data: st.DataObject) -> None:
    short = [one for one in streams() if len(one.stream) < 40_000]
    one = data.draw(st.sampled_from(short))
    chance = random.Random(data.draw(st.integers()))
    count = data.draw(st.integers(0, 40))
    cuts = sorted({0, len(one.stream), *(chance.randrange(len(one.stream)) for _ in range(count))})
    pieces = [one.stream[a:b] for a, b in itertools.pairwise(cuts)]
    whole, cut = events(one.wire, [one.stream]), events(one.wire, pieces)
    assert [(e.raw, e.name, e.text) for e in cut] == [(e.raw, e.name, e.text) for e in whole]
    assert assembled(one.wire, cut).reply() == assembled(one.wire, whole).reply()


def test_every_stream_ends_terminal_unless_it_ends_in_an_error() -> None:
    failed = set[str]()
    for one in streams():
        assembler = assembled(one.wire, events(one.wire, [one.stream]))
        if assembler.error is not None:
            failed.add(one.name)
        else:
            assert assembler.terminal, one.name
            assert assembler.final, one.name
    assert failed == ENDS_IN_ERROR


def test_a_stream_is_not_terminal_before_its_turn_is_whole() -> None:
    for one in streams():
        assembler, at_terminal = one.wire.assembler(), None
        for event in events(one.wire, [one.stream]):
            if not event.text:
                continue
            assembler.feed(event.name, event.data)
            if assembler.terminal and at_terminal is None:
                at_terminal = canonical(said(one, assembler.reply()))
        if one.name not in ENDS_IN_ERROR:
            assert at_terminal == canonical(said(one, assembler.reply())), one.name


def said(one: Recorded, reply: Any) -> list[Any]:
    return list(one.wire.messages(reply))


def reply_of(one: Recorded) -> Any:
    if one.stream:
        return assembled(one.wire, events(one.wire, [one.stream])).reply()
    return one.response if one.encoding == "json" and one.status < 300 else None


def replays() -> list[tuple[Recorded, Any]]:
    """Each reply with the turn that a later request has in its place."""
    found: list[tuple[Recorded, Any]] = []
    rows: defaultdict[str, list[Recorded]] = defaultdict(list)
    for one in requests():
        rows[one.name.rpartition("#")[0]].append(one)
    for row in rows.values():
        for number, one in enumerate(row):
            turns = one.wire.read(one.body, one.head).turns
            for later in row[number + 1 :]:
                if later.wire is not one.wire:
                    continue
                after = later.wire.read(later.body, later.head).turns
                longer = len(after) > len(turns) and after[len(turns)].role == "assistant"
                if longer and [t.role for t in after[: len(turns)]] == [t.role for t in turns]:
                    found.append((one, one.wire.message(after[len(turns)].raw)))
                    break
    return found


def test_a_reply_means_what_the_next_request_sends_back() -> None:
    equal: Counter[str] = Counter()
    reworded = set[str]()
    for one, message in replays():
        wanted = meaning(one.wire.outline(message))
        given_back = [meaning(one.wire.outline(m)) for m in said(one, reply_of(one) or {})]
        if wanted in given_back:
            equal[one.wire.name] += 1
        elif given_back:
            reworded |= {known for known in REWORDED if known in one.name} or {one.name}
    assert reworded == set(REWORDED)
    assert equal.keys() == set(WIRES)
    assert equal.total() >= 280


def test_the_ids_of_calls_are_those_that_the_next_request_sends_back() -> None:
    kept: Counter[str] = Counter()
    for one, message in replays():
        ids = {call.id for call in one.wire.outline(message).calls} - {""}
        replied = {
            call.id for m in said(one, reply_of(one) or {}) for call in one.wire.outline(m).calls
        }
        kept[one.wire.name] += bool(ids and ids <= replied)
    del kept["ollama"]  # has no ids
    assert set(WIRES) - {name for name, count in kept.items() if count} <= {"ollama"}


def test_a_responses_stream_gives_the_items_of_its_completed_response() -> None:
    """Encrypted content is sealed anew in the last event; Copilot gives new ids there besides."""
    sealed_anew = ("encrypted_content", "id")
    for one in streams():
        if one.wire.name != "openai-responses":
            continue
        found = events(one.wire, [one.stream])
        last = next(e.data for e in reversed(found) if e.text and e.data != "[DONE]")
        output = last["response"]["output"]
        items = assembled(one.wire, found).reply()["output"]
        if not output:  # Codex leaves it out of the last event
            assert "chatgpt-codex" in one.name
            continue
        assert [{k: v for k, v in item.items() if k not in sealed_anew} for item in items] == [
            {k: v for k, v in item.items() if k not in sealed_anew} for item in output
        ], one.name


def test_what_a_responses_client_sends_back_is_the_item_of_its_done_event() -> None:
    sent_back = 0
    for one, message in replays():
        if one.wire.name != "openai-responses" or not one.stream:
            continue
        given_back = {i.get("encrypted_content") for i in message["items"]} - {None}
        ours = {i.get("encrypted_content") for i in reply_of(one)["output"]} - {None}
        assert given_back <= ours, one.name
        sent_back += bool(given_back)
    assert sent_back >= 5


def test_a_stream_that_is_cut_gives_a_part_and_is_not_terminal() -> None:
    for one in streams():
        found = [event for event in events(one.wire, [one.stream]) if event.text]
        half = assembled(one.wire, found[: len(found) // 2])
        if not half.terminal:
            for message in one.wire.messages(half.reply()):
                assert one.wire.outline(message).role == "assistant"


def test_every_reply_counts_its_tokens() -> None:
    for one in requests():
        if one.status >= 300 or one.name in ENDS_IN_ERROR or not one.wire.messages(reply_of(one)):
            continue
        counts = one.wire.usage(reply_of(one))
        assert counts.keys() <= {"input", "output", "reasoning", "cached"}
        assert all(isinstance(count, int) for count in counts.values())
        if not counts:
            assert one.wire.name in ("openai-chat",), one.name


def test_every_error_reply_has_a_text() -> None:
    failed = [one for one in exchanges() if one.status >= 400 and one.encoding == "json"]
    assert len(failed) > 30
    for one in failed:
        assert one.wire.error(one.response), one.name


def test_calls_renamed_there_and_back_are_the_same_everywhere() -> None:
    renamed: Counter[str] = Counter()
    for one in requests():
        for turn in one.wire.read(one.body, one.head).turns:
            message = one.wire.message(turn.raw)
            before = canonical(message)
            ids = {call.id for call in one.wire.outline(message).calls} - {""}
            changed = one.wire.rename_calls(message, lambda name: "x" + name)
            outline = one.wire.outline(message)
            if changed:
                renamed[one.wire.name] += 1
                assert {call.id for call in outline.calls} - {""} == {"x" + name for name in ids}
            else:
                assert not ids
            assert one.wire.rename_calls(message, lambda name: name[1:]) == changed
            assert canonical(message) == before
    assert set(renamed) | {"ollama"} == set(WIRES)


@pytest.mark.parametrize("name", sorted(set(WIRES) - {"ollama"}))
def test_renaming_the_events_of_a_stream_renames_the_reply_that_they_make(name: str) -> None:
    calls = 0
    for one in streams():
        if one.wire.name != name or one.name in ENDS_IN_ERROR:
            continue
        reply = reply_of(one)
        one.wire.rename_calls(reply, lambda old: "x" + old)
        assembler = one.wire.assembler()
        for event in events(one.wire, [one.stream]):
            if event.text:
                one.wire.rename_calls(event.data, lambda old: "x" + old)
                assembler.feed(event.name, event.data)
        assert assembler.reply() == reply, one.name
        calls += sum(len(one.wire.outline(m).calls) for m in said(one, reply))
    assert calls
