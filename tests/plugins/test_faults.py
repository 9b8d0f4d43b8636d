"""Fault lenses over recorded replies: what is said of errors, and what of a reply is edited."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest

from recorded import WIRES, Recorded, events, exchanges, streams
from sealegs.flow import Event
from sealegs.framing import framer
from sealegs.jsons import dump
from sealegs.perturbation.edits import ErrorKind
from sealegs.perturbation.saying import FaultLens
from sealegs.wire import Wire
from sealegs_plugins.faults import ALL
from sealegs_plugins.faults.anthropic import ANTHROPIC
from sealegs_plugins.faults.bedrock import AWS
from sealegs_plugins.faults.cohere import COHERE
from sealegs_plugins.faults.gemini import GOOGLE
from sealegs_plugins.faults.mistral import MISTRAL
from sealegs_plugins.faults.ollama import OLLAMA
from sealegs_plugins.faults.openai_words import OPENAI
from spoken import SPEECHES, Said

Edit = Callable[[FaultLens, Any], Any]
Kept = Callable[[FaultLens, Event], bool]
LENSES = {wire: lens for lens in ALL for wire in lens.wires}
KINDS: tuple[ErrorKind, ...] = get_args(ErrorKind)
TABLES = (OPENAI, ANTHROPIC, GOOGLE, AWS, MISTRAL, COHERE, OLLAMA)
FINISHES = ("stop", "length", "tool_calls")
REASONS: dict[str, Callable[[Any], Any]] = {
    "openai-chat": lambda reply: [one.get("finish_reason") for one in reply["choices"]],
    "mistral": lambda reply: [one.get("finish_reason") for one in reply["choices"]],
    "openai-responses": lambda reply: [reply.get("status")],
    "anthropic-messages": lambda reply: [reply.get("stop_reason")],
    "anthropic-bedrock": lambda reply: [reply.get("stop_reason")],
    "gemini": lambda reply: [one.get("finishReason") for one in reply.get("candidates", [])],
    "bedrock-converse": lambda reply: [reply.get("stopReason")],
    "ollama": lambda reply: [reply.get("done_reason")],
    "cohere-v2": lambda reply: [reply.get("finish_reason")],
}
WORDS = {
    "openai-chat": FINISHES,
    "mistral": FINISHES,
    "openai-responses": ("completed", "incomplete", "completed"),
    "anthropic-messages": ("end_turn", "max_tokens", "tool_use"),
    "anthropic-bedrock": ("end_turn", "max_tokens", "tool_use"),
    "gemini": ("STOP", "MAX_TOKENS", "STOP"),
    "bedrock-converse": ("end_turn", "max_tokens", "tool_use"),
    "ollama": ("stop", "length", "stop"),
    "cohere-v2": ("COMPLETE", "MAX_TOKENS", "TOOL_CALL"),
}


def replies() -> Iterator[tuple[Wire, FaultLens, Any]]:
    """Every recorded reply that came whole."""
    for one in exchanges():
        if not one.stream and one.encoding == "json" and one.status == 200:
            yield one.wire, LENSES[one.wire.name], one.response


def spoken(one: Recorded) -> list[Event]:
    return [event for event in events(one.wire, [one.stream]) if event.text]


def edited(one: Recorded, edit: Edit, is_kept: Kept | None = None) -> Any:
    """A recorded stream put together after an edit of every event's data."""
    lens, assembler = LENSES[one.wire.name], one.wire.assembler()
    for event in spoken(one):
        data = edit(lens, event.data) if isinstance(event.data, dict) else event.data
        if data is not None and (is_kept is None or is_kept(lens, event)):
            assembler.feed(event.name, data)
    return assembler.reply()


def same(lens: FaultLens, value: Any) -> Any:
    return value


def without_calls(lens: FaultLens, value: Any) -> Any:
    return lens.without_calls(value)


def test_there_is_one_lens_for_each_wire_format() -> None:
    assert sorted(wire for lens in ALL for wire in lens.wires) == sorted(WIRES)
    assert len({lens.name for lens in ALL}) == len(ALL)


def test_every_kind_of_error_has_a_row_of_words_and_a_source() -> None:
    for table in TABLES:
        assert set(table) == set(KINDS)
        assert all(row.message and row.source and row.checked for row in table.values())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", sorted(LENSES))
def test_an_error_says_a_message_that_its_format_finds(name: str, kind: ErrorKind) -> None:
    wire, lens = WIRES[name], LENSES[name]
    assert "so be it" in wire.error(lens.error(kind, 418, "so be it"))
    usual = lens.error(kind, 418, "")
    assert wire.error(usual)
    assert json.loads(dump(usual)) == usual


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", sorted(LENSES))
def test_an_error_in_a_stream_is_framed_and_known_as_one(name: str, kind: ErrorKind) -> None:
    wire, lens = WIRES[name], LENSES[name]
    event = lens.stream_error(kind, "so be it")
    (read,) = framer(wire.framing).feed(event.raw)
    assert (read.raw, read.name, read.text, read.data) == (
        event.raw,
        event.name,
        event.text,
        event.data,
    )
    assembler = wire.assembler()
    assembler.feed(event.name, event.data)
    assert "so be it" in wire.error(assembler.error)
    assert not assembler.terminal
    assert not lens.carries(event)
    assert not lens.carries_arguments(event)


def test_a_recorded_reply_gets_another_reason_and_keeps_what_it_says() -> None:
    for wire, lens, reply in replies():
        messages = [wire.outline(one) for one in wire.messages(reply)]
        listed = isinstance(reply, list)
        for finish, word in zip(FINISHES, WORDS[wire.name], strict=True):
            new = lens.finished(reply, finish)  # type: ignore[arg-type]
            assert [wire.outline(one) for one in wire.messages(new)] == messages
            before = [] if listed or not messages else REASONS[wire.name](reply)
            ended = [reason for reason in before if reason not in (None, "", "in_progress")]
            after = [] if listed or not messages else REASONS[wire.name](new)
            assert [reason for reason in after if reason] == [word] * len(ended)
            if ended == [word] * len(ended) and not listed:
                assert new is reply


@pytest.mark.parametrize(("place", "finish"), list(enumerate(FINISHES)))
def test_a_recorded_stream_gets_another_reason_and_keeps_what_it_says(
    place: int, finish: Any
) -> None:
    changed = 0
    for one in streams():
        wire = one.wire
        before = edited(one, same)
        after = edited(one, lambda lens, data: lens.finished(data, finish))
        told = [wire.outline(message) for message in wire.messages(before)]
        assert [wire.outline(message) for message in wire.messages(after)] == told
        old, new = (REASONS[wire.name](reply) for reply in (before, after))
        ended = [reason for reason in old if reason not in (None, "", "in_progress")]
        assert [reason for reason in new if reason] == [WORDS[wire.name][place]] * len(ended)
        changed += old != new
    assert changed > 20


def test_what_says_no_reason_no_model_and_no_counts_is_the_very_object() -> None:
    untouched = 0
    for one in streams():
        lens = LENSES[one.wire.name]
        for event in spoken(one):
            data = event.data
            assert lens.counted(data, 1.0) is data
            if not isinstance(data, dict) or b"odel" in event.text or b"oken" in event.text:
                continue
            if any(word in event.text for word in (b"eason", b"status", b"count")):
                continue
            untouched += 1
            assert lens.finished(data, "length") is data
            assert lens.modelled(data, "other") is data
            assert lens.counted(data, 3.0) is data
    assert untouched > 500


def test_a_recorded_reply_is_said_by_another_model() -> None:
    nameless = ("bedrock-converse", "cohere-v2")
    named = 0
    for wire, lens, reply in replies():
        new = lens.modelled(reply, "some-other-model")
        if wire.name in nameless:
            assert new is reply
        elif new is not reply:
            named += 1
            assert b"some-other-model" in dump(new)
            assert lens.modelled(new, "some-other-model") is new
    assert named > 100


def test_a_recorded_stream_is_said_by_another_model_from_its_first_event_to_its_last() -> None:
    for one in streams():
        reply = edited(one, lambda lens, data: lens.modelled(data, "some-other-model"))
        old = edited(one, same)
        key = "modelVersion" if one.wire.name == "gemini" else "model"
        assert reply.get(key) == ("some-other-model" if old.get(key) else old.get(key))


def test_tokens_are_multiplied_whole_and_streamed() -> None:
    counted = 0
    for wire, lens, reply in replies():
        want = {name: 3 * count for name, count in wire.usage(reply).items()}
        assert wire.usage(lens.counted(reply, 3.0)) == want
        counted += bool(want)
    for one in streams():
        lens = LENSES[one.wire.name]
        want = {name: 3 * count for name, count in one.wire.usage(edited(one, same)).items()}
        reply = edited(one, lambda lens, data: lens.counted(data, 3.0))
        assert one.wire.usage(reply) == want
        counted += bool(want)
    assert counted > 250


def test_a_recorded_reply_without_its_calls_says_the_rest() -> None:
    calling = 0
    for wire, lens, reply in replies():
        new = lens.without_calls(reply)
        outlines = [wire.outline(one) for one in wire.messages(new)]
        assert not any(call.name for one in outlines for call in one.calls)
        before = [wire.outline(one) for one in wire.messages(reply)]
        assert "".join(one.text for one in outlines) == "".join(one.text for one in before)
        if any(one.calls for one in before):
            calling += 1
        else:
            assert new is reply
    assert calling > 60


def test_a_recorded_stream_without_its_calls_says_the_rest() -> None:
    calling = 0
    for one in streams():
        wire = one.wire
        reply = edited(one, without_calls)
        after = [wire.outline(message) for message in wire.messages(reply)]
        before = [wire.outline(message) for message in wire.messages(edited(one, same))]
        assert [call for outline in after for call in outline.calls] == []
        assert "".join(one.text for one in after) == "".join(one.text for one in before)
        assert REASONS[wire.name](reply) == REASONS[wire.name](edited(one, same))
        calling += any(outline.calls for outline in before)
    assert calling > 40


def test_all_that_a_stream_says_is_in_events_that_carry_it() -> None:
    for one in streams():
        wire = one.wire
        if wire.name == "openai-responses":  # its items and its end say everything once more
            continue
        rest = edited(one, same, lambda lens, event: not lens.carries(event))
        outlines = [wire.outline(message) for message in wire.messages(rest)]
        assert [one.text for one in outlines if one.text] == []
        assert [call for one in outlines for call in one.calls if call.name] == []


def test_arguments_are_in_events_that_carry_arguments() -> None:
    seen = 0
    for one in streams():
        lens, wire = LENSES[one.wire.name], one.wire
        found = [event for event in spoken(one) if lens.carries_arguments(event)]
        assert all(lens.carries(event) for event in found)
        whole = [wire.outline(message) for message in wire.messages(edited(one, same))]
        given = [call for outline in whole for call in outline.calls if call.arguments]
        if given and wire.name != "openai-responses":
            assert found
        seen += bool(found)
        if wire.name == "openai-responses":
            continue
        rest = edited(one, same, lambda lens, event: not lens.carries_arguments(event))
        left = [wire.outline(message) for message in wire.messages(rest)]
        assert [call for outline in left for call in outline.calls if call.arguments] == []
    assert seen > 40


def test_the_mark_of_the_end_comes_at_the_end() -> None:
    marked = 0
    for one in streams():
        lens = LENSES[one.wire.name]
        found = spoken(one)
        places = [place for place, event in enumerate(found) if lens.done(event)]
        assert all(place >= len(found) - 3 for place in places)
        assert not (places and one.wire.name == "gemini")
        marked += bool(places)
    assert marked > 100


@pytest.mark.parametrize("speech", SPEECHES, ids=lambda one: one.wire)
def test_a_stream_of_every_format_is_told_apart(speech: Any) -> None:
    lens, wire = LENSES[speech.wire], WIRES[speech.wire]
    said = Said("Some words.", (("id1", "look", '{"x": 1}'),), "why so")
    found = [event for event in events(wire, speech.stream(said, 5)) if event.text]
    carrying = [event for event in found if lens.carries(event)]
    assert carrying
    assert [event for event in found if lens.carries_arguments(event)]
    assembler = wire.assembler()
    for event in found:
        if not lens.carries(event):
            assembler.feed(event.name, event.data)
    if speech.wire != "openai-responses":
        (outline, *_) = [*map(wire.outline, wire.messages(assembler.reply())), None]
        assert outline is None or (outline.text, outline.calls) == ("", ())
