"""Streams that a mender edits on their way: the client gets what the whole reply would say."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest

from menders import Broken, Failing, Plain, Reading, Renaming, Rewriting
from recorded import WIRES, events
from sealegs.calls.saying import Mender, SaidCall
from sealegs.exchange import Ledger
from sealegs.flow import Event, Reply
from sealegs.streams import Stream
from sealegs_plugins.lenses import ALL
from spoken import SPEECHES, Said, Speech, chat_stream, responses_stream, sse

LENSES = {wire: lens for lens in ALL for wire in lens.wires}
EACH_SPEECH = pytest.mark.parametrize("speech", SPEECHES, ids=lambda one: one.stream.__name__)
WHOLE = ("gemini", "ollama", "mistral")
"""These send calls whole."""

_LOOK, _FIND = '[[call look {"a": 1}]]', '[[call find {"b": "é"}]]'
_REAL = ("id1", "real", '{"x": 1}')
SAIDS = {
    "prose": Said(f"Let me see. {_LOOK}"),
    "alone": Said(_LOOK),
    "several": Said(_LOOK + _FIND, reasoning="No [[call no {}]]"),
    "decoys": Said(f"1 {_LOOK} 2 [ [[ [[cal 3 {_FIND} end [[", reasoning="r"),
    "beside": Said("Text [[call look {}]]", (_REAL, ("id2", "other", "{}"))),
    "hidden": Said("[[call look {}]]", (_REAL, ("id2", "other", '{"y":"z"}'))),
    "opened": Said("plain [[", (_REAL,)),
    "ended": Said('plain text [[call look {"a"'),
    "cut": Said(f"Text {_LOOK} more", cut=True),
    "torn": Said("plain", (_REAL, ("id2", "other", '{"y": "z')), cut=True),
    "empty": Said("", (("id1", "real", "{}"),)),
}
MENDERS: dict[str, Callable[[], Mender]] = {
    "reading": Reading,
    "reading and holding": lambda: Reading(holding=True),
    "rewriting": lambda: Rewriting(reads_text=False),
    "renaming": Renaming,
}


def framed(speech: Speech, said: Said, size: int) -> list[Event]:
    return events(WIRES[speech.wire], [b"".join(speech.stream(said, size))])


def filtered(wire: str, found: Sequence[Event], mender: Mender) -> list[Event]:
    """Filter a stream; nothing may be left for its close."""
    push = LENSES[wire].filter(mender)
    out = [one for event in found for one in push.feed(event)]
    assert list(push.close()) == []
    return out


def meaning(wire: str, reply: Any) -> Any:
    holder = next(iter(reply.get("choices") or reply.get("candidates") or [reply]))
    names = ("finish_reason", "finishReason", "stop_reason", "stopReason", "status")
    reasons = [holder.get(name) for name in names]
    return [WIRES[wire].outline(one) for one in WIRES[wire].messages(reply)], reasons


def assembled(wire: str, found: Sequence[Event]) -> Any:
    """Put the bytes of a stream together, as they would be read anew."""
    assembler = WIRES[wire].assembler()
    for event in events(WIRES[wire], [b"".join(event.raw for event in found)]):
        if event.text:
            assembler.feed(event.name, event.data)
    return assembler.reply()


@EACH_SPEECH
@pytest.mark.parametrize("what", sorted(SAIDS))
def test_a_stream_in_pieces_of_any_size_says_what_the_whole_reply_says(
    speech: Speech, what: str
) -> None:
    said, wire = SAIDS[what], speech.wire
    for name, mender in MENDERS.items():
        want = meaning(wire, LENSES[wire].mended(speech.whole(said), mender()))
        for size in range(1, 41) if name == "reading" else (1, 2, 3, 5, 8, 13, 40):
            out = filtered(wire, framed(speech, said, size), mender())
            got = meaning(wire, assembled(wire, out))
            # items' own ids differ where one was made
            assert _bare(got) == _bare(want), (name, size)


def _bare(said: Any) -> Any:
    outlines, reasons = said
    return [(o.text, o.calls, o.other) for o in outlines], reasons


@EACH_SPEECH
def test_an_event_that_is_not_edited_leaves_as_the_very_object_in_its_step(speech: Speech) -> None:
    said = Said("Some text, [and so on].", SAIDS["hidden"].calls, "thought")
    push = LENSES[speech.wire].filter(Plain(reads_text=False))
    for event in framed(speech, said, 5):
        assert list(push.feed(event)) == [event]


@EACH_SPEECH
def test_text_that_begins_no_call_is_not_delayed(speech: Speech) -> None:
    """But for the events around a block of text, which may have to be left out."""
    push = LENSES[speech.wire].filter(Reading())
    for event in framed(speech, Said("Some plain text", (), "thought"), 5):
        out = list(push.feed(event))
        text = any(piece in event.text for piece in (b"Some ", b"plain", b" text"))
        assert event in out or not text or b"Some plain text" in event.text


@EACH_SPEECH
def test_a_call_that_is_not_held_streams_on_under_its_new_name(speech: Speech) -> None:
    if speech.wire in WHOLE:
        return
    said = Said("", (("id1", "real", json.dumps({"x": "y" * 40})),))
    found = framed(speech, said, 4)
    push = LENSES[speech.wire].filter(Renaming())
    out = [one for event in found for one in _lone(push.feed(event))]
    assert sum(one is event for one, event in zip(out, found, strict=True)) >= len(found) - 4
    (call,) = meaning(speech.wire, assembled(speech.wire, out))[0][0].calls
    assert (call.name, call.id) == ("my_real", "id1_mine")


def _lone(out: Iterable[Event]) -> list[Event]:
    found = list(out)
    assert len(found) == 1
    return found


@EACH_SPEECH
def test_no_part_of_a_held_call_leaves_before_it_is_whole(speech: Speech) -> None:
    said = Said("", (("id1", "first", json.dumps({"x": "y" * 30})),))
    push = LENSES[speech.wire].filter(Plain(holding=True))
    for event in framed(speech, said, 3):
        out = b"".join(one.text for one in push.feed(event))
        assert (b"first" in out) is (b"yy" in out)


@EACH_SPEECH
def test_a_held_call_leaves_before_the_reply_ends(speech: Speech) -> None:
    """The first of two calls does not wait for the second to be whole."""
    if speech.wire in WHOLE:
        return
    said = Said("", (("id1", "first", '{"x": "y"}'), ("id2", "second", '{"x": "z"}')))
    push = LENSES[speech.wire].filter(Plain(holding=True))
    out: list[Event] = []
    for event in framed(speech, said, 3):
        if b"second" in event.text:
            out += push.feed(event)
            break
        out += push.feed(event)
    calls = meaning(speech.wire, assembled(speech.wire, out))[0][0].calls
    assert [(call.name, call.arguments) for call in calls][:1] == [("first", {"x": "y"})]


@EACH_SPEECH
def test_numbers_of_blocks_items_and_events_stay_in_order(speech: Speech) -> None:
    said = Said('[[call look {"a": 1}]]', SAIDS["hidden"].calls, "why")
    for size in (1, 4, 40):
        found = filtered(speech.wire, framed(speech, said, size), Reading())
        data = [
            event.data for event in events(WIRES[speech.wire], [b"".join(e.raw for e in found)])
        ]
        assert _numbers(data) == sorted(_numbers(data))
        sequence = [one["sequence_number"] for one in data if "sequence_number" in one]
        assert sequence == sorted(set(sequence))
        begun = list(dict.fromkeys(_numbers(data)))
        assert begun == list(range(len(begun)))


def _numbers(data: Sequence[Any]) -> list[int]:
    """The numbers of blocks or items, in the order in which they come; Cohere's calls alone."""
    found: list[int] = []
    for one in data:
        if not isinstance(one, dict):
            continue
        if str(one.get("type", "")).startswith("content-"):
            continue
        inner = next((v for k, v in one.items() if k.startswith("contentBlock")), one)
        inner = inner if isinstance(inner, dict) else one
        names = ("contentBlockIndex", "output_index", "index")
        found += [inner[name] for name in names if isinstance(inner.get(name), int)]
        for choice in one.get("choices", ()):
            calls = choice["delta"].get("tool_calls") or ()
            found += [call["index"] for call in calls]
    return found


def test_the_final_object_of_responses_says_what_the_events_said() -> None:
    for what in ("beside", "hidden", "several", "decoys"):
        speech = next(one for one in SPEECHES if one.wire == "openai-responses")
        for mender in (Reading, Rewriting, Renaming):
            found = filtered(speech.wire, framed(speech, SAIDS[what], 5), mender())
            said = [e.data["item"] for e in found if e.name == "response.output_item.done"]
            assert found[-1].data["response"]["output"] == said
            texts = [
                part["text"]
                for item in said
                if item["type"] == "message"
                for part in item["content"]
            ]
            deltas = [e.data["delta"] for e in found if e.name == "response.output_text.delta"]
            assert "".join(texts) == "".join(deltas)
            done = [e.data["text"] for e in found if e.name == "response.output_text.done"]
            assert done == texts


# ---------------------------------------------------------------- failures


def _failing(speech: Speech, said: Said, size: int, mender: Mender) -> tuple[list[Event], str]:
    """Run a stream whose mender fails, as the mechanism does it."""
    push = LENSES[speech.wire].filter(mender)
    out: list[Event] = []
    state = "whole"
    for event in framed(speech, said, size):
        if state != "whole":
            out.append(event)
            continue
        try:
            out += tuple(push.feed(event))
        except Broken:
            held = push.release()
            if held is None:
                return out, "torn"
            out += [*held, event]
            state = "raw"
    return out, state


@EACH_SPEECH
def test_a_mender_that_fails_loses_nothing_that_came(speech: Speech) -> None:
    """What was held goes out raw; only where that fits no more, the stream is torn."""
    seen: dict[str, int] = {}
    for said in SAIDS.values():
        for size in (1, 7, 40):
            want = meaning(speech.wire, assembled(speech.wire, framed(speech, said, size)))
            for after in (*range(6), 8, 13, 21, 29):
                out, state = _failing(speech, said, size, Failing(after=after))
                seen[state] = seen.get(state, 0) + 1
                if state == "whole":
                    break
                if state == "raw":
                    got = meaning(speech.wire, assembled(speech.wire, out))
                    assert _bare(got)[0] == _bare(want)[0], (said, size, after)
    assert seen["raw"] > 3 * seen.get("torn", 0) or speech.stream.__name__ == "nova_stream"


@EACH_SPEECH
def test_a_stream_that_breaks_off_gives_what_was_held(speech: Speech) -> None:
    said = Said("text [[call look", SAIDS["torn"].calls)
    found = framed(speech, said, 3)
    for end in range(1, len(found)):
        push = LENSES[speech.wire].filter(Plain(holding=True))
        out = [one for event in found[:end] for one in push.feed(event)]
        out += push.close()
        want = assembled(speech.wire, found[:end])
        assert meaning(speech.wire, assembled(speech.wire, out)) == meaning(speech.wire, want)


@EACH_SPEECH
def test_a_call_of_a_stream_that_breaks_off_is_known_as_cut(speech: Speech) -> None:
    if speech.wire in WHOLE:
        return
    said = Said("", (("id1", "f", '{"x": "yyyyyy"}'),))
    found = framed(speech, said, 3)
    middle = next(n for n, event in enumerate(found) if b"yyy" in event.text)
    mender = Plain(holding=True)
    push = LENSES[speech.wire].filter(mender)
    for event in found[: middle + 1]:
        list(push.feed(event))
    list(push.close())
    assert [(call.name, whole) for _, call, whole in mender.asked] == [("f", False)]


def test_the_mechanism_runs_a_lens_on_a_stream_to_its_end() -> None:
    wire = WIRES["openai-chat"]
    reply = Reply(200, {}, None)
    reply.filters.append(("lens", LENSES["openai-chat"].filter(Reading())))
    ended: list[Any] = []
    stream = Stream(wire, reply, Ledger(), lambda ending, whole: ended.append((ending, whole)))
    out = b"".join(_run(stream.feed(one)) for one in chat_stream(SAIDS["prose"], 3))
    out += _run(stream.close())
    (outline,), reasons = meaning("openai-chat", assembled("openai-chat", events(wire, [out])))
    assert (outline.text, [call.name for call in outline.calls]) == ("Let me see. ", ["look"])
    assert reasons[0] == "tool_calls"
    assert ended[0][1]["choices"][0]["finish_reason"] == "stop"


def _run(flow: Any) -> Any:
    try:
        while True:
            next(flow)
    except StopIteration as stop:
        return stop.value


# ---------------------------------------------------------------- what chat servers do


def chat(*choices: dict[str, Any], done: bool = True, **more: Any) -> list[Event]:
    chunks = [sse({"id": "c", "choices": [{"index": 0, **one}], **more}) for one in choices]
    return events(WIRES["openai-chat"], [b"".join(chunks), b"data: [DONE]\n\n" if done else b""])


def delta(**members: Any) -> dict[str, Any]:
    return {"delta": members, "finish_reason": None}


def entry(index: int | None, name: str = "", arguments: str = "", call_id: str = "") -> Any:
    whole: dict[str, Any] = {"function": {"arguments": arguments}}
    whole |= {"index": index} if index is not None else {}
    whole["function"] |= {"name": name} if name else {}
    return whole | ({"id": call_id, "type": "function"} if call_id else {})


END = {"delta": {}, "finish_reason": "tool_calls"}


def calls_of(found: Sequence[Event]) -> list[tuple[str, Any, str]]:
    ((outline,), _) = meaning("openai-chat", assembled("openai-chat", found))
    return [(call.name, call.arguments, call.id) for call in outline.calls]


def test_parallel_calls_under_one_index_are_held_apart() -> None:
    found = chat(
        delta(tool_calls=[entry(0, "a", '{"x":1}', "1")]),
        delta(tool_calls=[entry(0, "b", '{"x":2}', "2")]),
        END,
    )
    out = filtered("openai-chat", found, Rewriting())
    assert [(name, given["had"], one) for name, given, one in calls_of(out)] == [
        ("my_a", {"x": 1}, "1_mine"),
        ("my_b", {"x": 2}, "2_mine"),
    ]


def test_calls_whose_pieces_come_interleaved_leave_in_order() -> None:
    found = chat(
        delta(tool_calls=[entry(0, "a", '{"x"', "1"), entry(1, "b", '{"y"', "2")]),
        delta(tool_calls=[entry(1, arguments=":2}")]),
        delta(tool_calls=[entry(0, arguments=":1}")]),
        END,
    )
    for mender in (Plain(holding=True), Plain()):
        out = filtered("openai-chat", found, mender)
        assert calls_of(out) == [("a", {"x": 1}, "1"), ("b", {"y": 2}, "2")]
    out = filtered("openai-chat", found, Plain(holding=True))
    assert [call["index"] for e in out if isinstance(e.data, dict)
            for call in e.data["choices"][0]["delta"].get("tool_calls", ())] == [0, 1]  # fmt: skip


def test_a_name_that_is_said_again_is_renamed_again() -> None:
    found = chat(
        delta(tool_calls=[entry(0, "a", "", "1")]),
        delta(tool_calls=[entry(0, "a", '{"x":', "1")]),
        delta(tool_calls=[entry(0, "", "1}")]),
        END,
    )
    out = filtered("openai-chat", found, Renaming())
    assert calls_of(out) == [("my_a", {"x": 1}, "1_mine")]
    assert out[2] is found[2]


def test_a_name_that_comes_late_is_waited_for() -> None:
    found = chat(
        delta(tool_calls=[entry(0, "", "", "1")]),
        delta(tool_calls=[entry(0, "a", '{"x":')]),
        delta(tool_calls=[entry(0, "", "1}")]),
        END,
    )
    for mender in (Renaming(), Renaming(holding=True)):
        assert calls_of(filtered("openai-chat", found, mender)) == [("my_a", {"x": 1}, "1_mine")]


def test_a_call_without_an_index_is_known_by_its_place() -> None:
    found = chat(delta(tool_calls=[entry(None, "a", '{"x":1}', "1")]), END)
    assert calls_of(filtered("openai-chat", found, Renaming(holding=True))) == [
        ("my_a", {"x": 1}, "1_mine")
    ]


def test_the_older_function_call_streams_too() -> None:
    found = chat(
        delta(role="assistant", content=None, function_call={"name": "a", "arguments": ""}),
        delta(function_call={"arguments": '{"x":'}),
        delta(function_call={"arguments": "1}"}),
        {"delta": {}, "finish_reason": "function_call"},
    )
    assert calls_of(filtered("openai-chat", found, Renaming())) == [("my_a", {"x": 1}, "")]
    out = filtered("openai-chat", found, Rewriting())
    assert calls_of(out) == [("my_a", {"had": {"x": 1}, "more": "é\n"}, "")]
    message = assembled("openai-chat", out)["choices"][0]["message"]
    assert "tool_calls" not in message


def test_custom_tools_calls_pass_untouched_beside_others() -> None:
    custom = {"index": 0, "id": "c", "type": "custom", "custom": {"name": "a", "input": "x"}}
    found = chat(
        delta(tool_calls=[custom]),
        delta(tool_calls=[{"index": 0, "custom": {"input": "y"}}]),
        delta(tool_calls=[entry(1, "b", "{}", "2")]),
        END,
    )
    out = filtered("openai-chat", found, Renaming(holding=True))
    assert out[0] is found[0]
    assert out[1] is found[1]
    assert calls_of(out)[1:] == [("my_b", {}, "2_mine")]


def test_choices_are_held_apart() -> None:
    def said(index: int, text: str) -> dict[str, Any]:
        return {"index": index, "delta": {"content": text}}

    stops: list[dict[str, Any]] = [
        {"index": index, "delta": {}, "finish_reason": "stop"} for index in (1, 0)
    ]
    chunks = [[said(0, "a [[call f"), said(1, "b")], [said(1, " [[ca"), said(0, " {}]]")]]
    chunks += [[stop] for stop in stops]
    stream = [sse({"id": "c", "choices": chunk}) for chunk in chunks]
    found = events(WIRES["openai-chat"], stream)
    reply = assembled("openai-chat", filtered("openai-chat", found, Reading()))
    told = {one["index"]: (one["message"], one["finish_reason"]) for one in reply["choices"]}
    assert told[1] == ({"role": "assistant", "content": "b [[ca"}, "stop")
    message, reason = told[0]
    assert (message["content"], reason) == ("a ", "tool_calls")
    assert message["tool_calls"][0]["function"] == {"name": "f", "arguments": "{}"}


def test_a_reason_that_is_said_twice_is_mended_twice() -> None:
    stop = {"delta": {"role": "assistant", "content": ""}, "finish_reason": "stop"}
    found = chat(delta(content="[[call f {}]]"), stop, stop)
    out = filtered("openai-chat", found, Reading())
    reasons = [
        e.data["choices"][0]["finish_reason"] for e in out if isinstance(e.data, dict)
    ]  # fmt: skip
    assert [one for one in reasons if one] == ["tool_calls", "tool_calls"]
    assert [name for name, _, _ in calls_of(out)] == ["f"]


def test_usage_and_probabilities_are_not_lost_with_the_text_beside_them() -> None:
    told = {**delta(content="[[call f"), "logprobs": {"content": [{"token": "[["}]}}
    found = chat(told, delta(content=" {}]]"), {"delta": {}, "finish_reason": "stop"})
    out = filtered("openai-chat", found, Reading())
    assert out[0].data["choices"][0] == {"index": 0, **told, "delta": {}}
    found = chat(delta(content="[[call f"), usage={"total_tokens": 1}, done=False)
    push = LENSES["openai-chat"].filter(Reading())
    (left,) = push.feed(found[0])
    assert (left.data["choices"], left.data["usage"]) == ([], {"total_tokens": 1})


def test_a_stream_that_ends_without_a_reason_gives_all_before_its_end() -> None:
    found = chat(delta(content="a [[call f {}]] [[c"), delta(tool_calls=[entry(0, "b", '{"x"')]))
    mender = Reading(holding=True)
    out = filtered("openai-chat", found, mender)
    assert out[-1] is found[-1]
    reply = assembled("openai-chat", out)["choices"][0]["message"]
    assert reply["content"] == "a  [[c"
    names = [call["function"]["name"] for call in reply["tool_calls"]]
    assert names == ["b", "f"]


def test_what_follows_a_call_that_has_left_is_not_lost() -> None:
    found = chat(
        delta(tool_calls=[entry(0, "a", '{"x":1}', "1")]),
        delta(tool_calls=[entry(1, "b", "{}", "2")]),
        delta(tool_calls=[entry(0, "", "\n")]),
        END,
    )
    out = filtered("openai-chat", found, Plain(holding=True))
    assert calls_of(out) == [("a", {"x": 1}, "1"), ("b", {}, "2")]


# ---------------------------------------------------------------- what other servers do


def test_responses_that_come_without_deltas_are_mended_too() -> None:
    """Some servers send an item whole, with its beginning, its end, or only at the very end."""
    whole = responses_stream(SAIDS["beside"], 100)
    for keep in (("added", "done"), ("done",), ()):
        found = [
            event
            for event in events(WIRES["openai-responses"], whole)
            if event.name in ("response.created", "response.completed")
            or event.name in [f"response.output_item.{one}" for one in keep]
        ]
        for mender in (Reading(), Reading(holding=True)):
            out = filtered("openai-responses", found, mender)
            ((outline,), _) = meaning("openai-responses", assembled("openai-responses", out))
            assert outline.text == "Text "
            assert [call.name for call in outline.calls] == ["real", "other", "look"]


def test_a_refusal_and_an_annotation_open_the_message_that_they_are_in() -> None:
    of = {"item_id": "m", "output_index": 0, "content_index": 0}
    item = {"id": "m", "type": "message", "role": "assistant", "content": []}
    text = {"type": "output_text", "text": "[[call f {}]]", "annotations": [{"type": "url"}]}
    stream: list[dict[str, Any]] = [
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.content_part.added", **of, "part": {**text, "text": ""}},
        {"type": "response.output_text.delta", **of, "delta": "[[call f {}]]"},
        {"type": "response.output_text.annotation.added", **of, "annotation": {"type": "url"}},
        {"type": "response.output_text.done", **of, "text": text["text"]},
        {"type": "response.content_part.done", **of, "part": text},
        {"type": "response.output_item.done", "output_index": 0, "item": {**item,
                                                                          "content": [text]}},
        {"type": "response.completed", "response": {"output": [{**item, "content": [text]}]}},
    ]  # fmt: skip
    found = events(WIRES["openai-responses"], [sse(one, str(one["type"])) for one in stream])
    out = filtered("openai-responses", found, Reading())
    output = out[-1].data["response"]["output"]
    assert [one["type"] for one in output] == ["message", "function_call"]
    assert output[0]["content"] == [{**text, "text": ""}]
    assert output == [e.data["item"] for e in out if e.name == "response.output_item.done"]


RESPONSES = "openai-responses"


def response(*said: dict[str, Any]) -> list[Event]:
    stream = [sse({**one, "sequence_number": n}, one["type"]) for n, one in enumerate(said)]
    return events(WIRES[RESPONSES], stream)


def message(text: str) -> dict[str, Any]:
    part = {"type": "output_text", "text": text, "annotations": []}
    return {"id": "m", "type": "message", "role": "assistant", "content": [part]}


def test_a_message_that_is_whole_as_it_begins_is_mended_there_too() -> None:
    kinds = ("response.output_item.added", "response.output_item.done")
    for text, want in (("a [[call f {}]]", "a "), ("[[call f {}]]", None), ("plain", "plain")):
        item = message(text)
        found = response(
            *({"type": kind, "output_index": 0, "item": item} for kind in kinds),
            {"type": "response.completed", "response": {"output": [item]}},
        )
        out = filtered(RESPONSES, found, Reading())
        said = [one.data["item"] for one in out if one.name in kinds]
        texts = [one["content"][0]["text"] for one in said if one["type"] == "message"]
        assert texts == ([want] * 2 if want else [])
        assert out[-1].data["response"]["output"] == said[1::2]
        if text == "plain":
            assert out == found


def test_a_message_that_no_event_ends_is_ended_with_the_response() -> None:
    of = {"output_index": 0, "content_index": 0, "item_id": "m"}
    for text, want in (("a [[call f {}]] [[", "a  [["), ("[[call f {}]]", "")):
        begun = {**message(""), "content": []}
        found = response(
            {"type": "response.output_item.added", "output_index": 0, "item": begun},
            {"type": "response.output_text.delta", **of, "delta": ""},
            {"type": "response.output_text.delta", **of, "delta": text},
            {"type": "response.completed", "response": {"output": []}},
        )
        out = filtered(RESPONSES, found, Reading())
        ((outline,), _) = meaning(RESPONSES, assembled(RESPONSES, out))
        assert outline.text == want
        assert [call.name for call in outline.calls] == ["f"]
        index = 1 if want else 0
        done = [one for one in out if one.name == "response.output_item.done"]
        assert [one.data["output_index"] for one in done] == [index]


def test_arguments_that_gemini_sends_in_pieces_pass_under_the_new_name() -> None:
    call = {"name": "f", "willContinue": True, "partialArgs": [{"jsonPath": "$.a"}]}
    more = {"partialArgs": [{"jsonPath": "$.a", "stringValue": "x"}], "willContinue": True}
    parts = [{"functionCall": one} for one in (call, more, {})]
    chunks = [{"candidates": [{"content": {"role": "model", "parts": [one]}}]} for one in parts]
    found = events(WIRES["gemini"], [sse(one) for one in chunks])
    out = filtered("gemini", found, Renaming())
    (first,) = out[0].data["candidates"][0]["content"]["parts"]
    assert first == {"functionCall": {**call, "name": "my_f"}}
    assert out[1] is found[1]


def test_a_block_that_already_begins_with_its_text_or_input_is_mended() -> None:
    stream: list[dict[str, Any]] = [
        {"type": "message_start", "message": {"role": "assistant", "content": []}},
        {"type": "content_block_start", "index": 0,
         "content_block": {"type": "text", "text": "a [[call f {}]]"}},
        {"type": "content_block_stop", "index": 0},
        {"type": "content_block_start", "index": 1,
         "content_block": {"type": "tool_use", "id": "1", "name": "g", "input": {"x": 1}}},
        {"type": "content_block_stop", "index": 1},
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}},
        {"type": "message_stop"},
    ]  # fmt: skip
    found = events(WIRES["anthropic-messages"], [sse(one, str(one["type"])) for one in stream])
    out = filtered("anthropic-messages", found, Reading(holding=True))
    assert assembled("anthropic-messages", out)["content"] == [
        {"type": "text", "text": "a "},
        {"type": "tool_use", "id": "1", "name": "g", "input": {"x": 1}},
        {"type": "tool_use", "id": "found_1", "name": "f", "input": {}},
    ]
    out = filtered("anthropic-messages", found, Rewriting())
    assert assembled("anthropic-messages", out)["content"][1]["input"]["had"] == {"x": 1}


INTERLEAVED: list[dict[str, Any]] = [
    {"type": "content_block_start", "index": 0,
     "content_block": {"type": "tool_use", "id": "1", "name": "f", "input": {}}},
    {"type": "content_block_start", "index": 1,
     "content_block": {"type": "tool_use", "id": "2", "name": "g", "input": {}}},
    {"type": "content_block_delta", "index": 1,
     "delta": {"type": "input_json_delta", "partial_json": '{"y": 2'}},
    {"type": "content_block_delta", "index": 0,
     "delta": {"type": "input_json_delta", "partial_json": '{"x": 1}'}},
    {"type": "content_block_stop", "index": 0},
    {"type": "content_block_delta", "index": 1,
     "delta": {"type": "input_json_delta", "partial_json": "}"}},
    {"type": "content_block_stop", "index": 1},
    {"type": "message_delta", "delta": {"stop_reason": "tool_use"}},
    {"type": "message_stop"},
]  # fmt: skip


def test_a_call_in_whose_midst_another_begins_is_not_taken_for_whole() -> None:
    wire = "anthropic-messages"
    found = events(WIRES[wire], [sse(one, str(one["type"])) for one in INTERLEAVED])
    for end in range(1, len(found) + 1):
        mender = Rewriting()
        push = LENSES[wire].filter(mender)
        out = [one for event in found[:end] for one in push.feed(event)]
        out += push.close()
        content = assembled(wire, out)["content"]
        whole = {call.name for _, call, whole in mender.asked if whole}
        assert ("f" in whole, "g" in whole) == (end > 3, end > 5), end
        assert [block["name"] for block in content] == ["my_f", "my_g"][: 1 if end < 2 else 2]
        if end == len(found):
            assert [one["input"]["had"] for one in content] == [{"x": 1}, {"y": 2}]
    starts = [event.data["index"] for event in out if event.name == "content_block_start"]
    assert starts == [0, 1]


def test_a_call_that_no_event_ends_is_whole_when_it_is_one_object() -> None:
    wire = "anthropic-messages"
    stops = ("content_block_stop",)
    said = [one for one in INTERLEAVED if one["type"] not in stops]
    first, second = said[0], said[1]
    said = [first, said[3], second, said[2], *said[4:]]
    found = events(WIRES[wire], [sse(one, str(one["type"])) for one in said])
    mender = Rewriting()
    filtered(wire, found, mender)
    assert [(call.arguments, whole) for _, call, whole in mender.asked] == [
        ('{"x":1}', True),
        ('{"y":2}', True),
    ]


def test_reasoning_passes_beside_text_that_is_held() -> None:
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "[[call no"}]}
    text = {"type": "text", "text": "[[call f"}
    shared: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        (
            "openai-chat",
            delta(reasoning_content="[[call no", content="[[call f"),
            delta(reasoning_content="[[call no"),
        ),
        ("mistral", delta(content=[thought, text]), delta(content=[thought])),
    ]
    for wire, came, want in shared:
        (event,) = events(WIRES[wire], [sse({"choices": [{"index": 0, **came}]})])
        (left,) = LENSES[wire].filter(Reading()).feed(event)
        assert left.data["choices"] == [{"index": 0, **want}]
    line = {"message": {"role": "assistant", "thinking": "[[call no", "content": "[[call f"}}
    (event,) = events(WIRES["ollama"], [json.dumps(line).encode() + b"\n"])
    (left,) = LENSES["ollama"].filter(Reading()).feed(event)
    assert left.data["message"] == {**line["message"], "content": ""}
    parts = [{"text": "[[call no", "thought": True}, {"text": "[[call f"}]
    chunk = {"candidates": [{"content": {"role": "model", "parts": parts}}]}
    (event,) = events(WIRES["gemini"], [sse(chunk)])
    (left,) = LENSES["gemini"].filter(Reading()).feed(event)
    assert left.data["candidates"][0]["content"]["parts"] == parts[:1]


def test_what_is_no_object_any_more_does_not_leave_where_objects_are_held() -> None:
    class Spoiling(Plain):
        def call(self, choice: int, call: SaidCall, /, *, whole: bool = True) -> SaidCall:
            return SaidCall(f"my_{call.name}", "no object", call.id)

    for speech in SPEECHES:
        mender = Spoiling(holding=True)
        out = filtered(speech.wire, framed(speech, SAIDS["empty"], 5), mender)
        (call,) = meaning(speech.wire, assembled(speech.wire, out))[0][0].calls
        text = speech.wire in ("openai-chat", "mistral", "openai-responses", "cohere-v2")
        assert (call.name, call.arguments) == ("my_real", "no object" if text else {})


def test_what_is_no_json_passes() -> None:
    for speech in SPEECHES:
        push = LENSES[speech.wire].filter(Reading())
        for text in (b"[DONE]", b"", b"[1]", b'"x"', b'{"type": 1}', b'{"choices": [1, {}]}'):
            event = Event(b"data: " + text + b"\n\n", "", text)
            assert list(push.feed(event)) == [event]
        assert list(push.close()) == []
