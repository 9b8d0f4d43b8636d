"""Recorded traffic through the lenses: what is not edited stays as it was."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from menders import Lagging, Plain, Reading, Renaming, Rewriting
from recorded import WIRES, Recorded, events, exchanges, streams
from sealegs.calls.saying import Mender, SaidCall, ToolLens
from sealegs.flow import Event
from sealegs.wire import Wire
from sealegs_plugins.lenses import ALL
from sealegs_plugins.wires.shared import bare

LENSES = {wire: lens for lens in ALL for wire in lens.wires}
MENDERS: dict[str, Callable[[], Mender]] = {
    "reading": Plain,
    "deaf": lambda: Plain(reads_text=False),
    "holding": lambda: Plain(holding=True),
    "lagging": lambda: Lagging(holding=True),
    "hoarding": lambda: Lagging(by=10**9),
    "renaming": Renaming,
    "rewriting": Rewriting,
    "calling": Reading,
}


def filtered(lens: ToolLens, found: Sequence[Event], mender: Mender) -> list[Event]:
    push = lens.filter(mender)
    out = [one for event in found for one in push.feed(event)]
    return [*out, *push.close()]


def joined(found: Sequence[Event]) -> bytes:
    return b"".join(event.raw for event in found)


def assembled(wire: Wire, stream: bytes) -> Any:
    assembler = wire.assembler()
    for event in events(wire, [stream]):
        if event.text:
            assembler.feed(event.name, event.data)
    return assembler.reply()


def at_random(one: Recorded) -> list[bytes]:
    draw = random.Random(one.name)
    cuts = sorted(draw.sample(range(len(one.stream)), min(40, len(one.stream) // 2)))
    return [one.stream[a:b] for a, b in zip([0, *cuts], [*cuts, None], strict=True)]


def text_of(wire: Wire, reply: Any) -> list[str]:
    return [wire.outline(message).text for message in wire.messages(reply)]


def wholes() -> list[tuple[str, Wire, Any]]:
    """Every recorded reply, and every recorded stream put together."""
    found: list[tuple[str, Wire, Any]] = []
    for one in exchanges():
        if one.stream:
            found.append((one.name, one.wire, assembled(one.wire, one.stream)))
        elif one.status == 200 and one.encoding == "json":
            found.append((one.name, one.wire, one.response))
    return found


def test_there_is_one_lens_for_each_wire_format() -> None:
    assert sorted(wire for lens in ALL for wire in lens.wires) == sorted(WIRES)
    assert len({lens.name for lens in ALL}) == len(ALL)


@pytest.mark.parametrize("kind", ["reading", "deaf"])
def test_a_stream_in_which_nothing_is_mended_passes_byte_for_byte(kind: str) -> None:
    for one in streams():
        found = events(one.wire, [one.stream])
        out = filtered(LENSES[one.wire.name], found, MENDERS[kind]())
        assert joined(out) == one.stream, one.name
        assert all(a is b for a, b in zip(out, found, strict=True)), one.name


def test_a_whole_reply_in_which_nothing_is_mended_is_the_very_object() -> None:
    for name, wire, reply in wholes():
        for kind in ("reading", "deaf", "holding", "calling"):
            assert LENSES[wire.name].mended(reply, MENDERS[kind]()) is reply, (name, kind)


@pytest.mark.parametrize("kind", ["holding", "calling"])
def test_what_is_held_and_not_changed_assembles_to_the_same_reply(kind: str) -> None:
    for one in streams():
        want = assembled(one.wire, one.stream)
        for pieces in ([one.stream], at_random(one)):
            out = filtered(LENSES[one.wire.name], events(one.wire, pieces), MENDERS[kind]())
            assert assembled(one.wire, joined(out)) == want, one.name


@pytest.mark.parametrize("kind", ["lagging", "hoarding", "renaming", "rewriting"])
def test_a_mended_stream_assembles_to_the_mended_whole(kind: str) -> None:
    changed = 0
    for one in streams():
        lens = LENSES[one.wire.name]
        whole = assembled(one.wire, one.stream)
        want = lens.mended(whole, MENDERS[kind]())
        out = filtered(lens, events(one.wire, [one.stream]), MENDERS[kind]())
        assert assembled(one.wire, joined(out)) == want, one.name
        assert text_of(one.wire, want) == text_of(one.wire, whole), one.name
        changed += want is not whole
    assert changed > (70 if kind in ("renaming", "rewriting") else 3)


def test_every_mended_call_is_asked_for_once_and_says_what_the_outline_says() -> None:
    """What a lens finds is what the wire format, which knows nothing of it, finds."""
    count = 0
    for name, wire, reply in wholes():
        mender = Plain()
        LENSES[wire.name].mended(reply, mender)
        # an outline leaves out of arguments what would be a mark elsewhere
        said = [(call.name, bare(_read(call.arguments)), call.id) for _, call, _ in mender.asked]
        outlines = [wire.outline(message) for message in wire.messages(reply)]
        calls = [
            (call.name, {} if call.arguments == "" else bare(call.arguments), call.id)
            for outline in outlines
            for call in outline.calls
        ]
        hosted = _others(reply)
        assert said == [call for call in calls if call[2] not in hosted], name
        count += len(said)
    assert count > 200


def _read(arguments: str) -> Any:
    try:
        return json.loads(arguments) if arguments.strip() else {}
    except ValueError:
        return arguments


def _others(reply: Any) -> set[str]:
    """The ids of custom and built-in tools' calls, which are not edited."""
    items = reply.get("output", ()) if isinstance(reply, dict) else ()
    items = items if isinstance(items, list) else ()
    return {i["call_id"] for i in items if i.get("call_id") and i["type"] != "function_call"}


def messages() -> list[tuple[str, Wire, dict[str, Any]]]:
    return [
        (one.name, one.wire, one.wire.message(turn.raw))
        for one in exchanges()
        if isinstance(one.request, dict)
        for turn in one.wire.read(one.body, one.head).turns
    ]


def test_a_message_of_the_history_in_which_nothing_changes_is_the_very_object() -> None:
    asked: list[SaidCall] = []

    def same(call: SaidCall) -> SaidCall:
        asked.append(call)
        return call

    for name, wire, message in messages():
        assert LENSES[wire.name].with_calls(message, same) is message, name
    assert len(asked) > 500


def test_every_call_and_result_of_the_history_is_renamed_and_may_be_renamed_back() -> None:
    def there(call: SaidCall) -> SaidCall:
        return SaidCall(f"x_{call.name}" if call.name else "", call.arguments, f"{call.id}_x")

    def back(call: SaidCall) -> SaidCall:
        return SaidCall(call.name.removeprefix("x_"), call.arguments, call.id.removesuffix("_x"))

    for name, wire, message in messages():
        lens = LENSES[wire.name]
        before = json.dumps(message)
        renamed = lens.with_calls(message, there)
        outline, new = wire.outline(message), wire.outline(renamed)
        ours = [call for call in new.calls if call.name.startswith("x_")]
        assert len(ours) == len([c for c in outline.calls if not _is_other(message, c.id)]), name
        assert json.dumps(message) == before, name
        again = wire.outline(lens.with_calls(renamed, back))
        assert (again.calls, again.text, again.other) == (
            outline.calls,
            outline.text,
            outline.other,
        ), name


def _is_other(message: dict[str, Any], call_id: str) -> bool:
    items = message.get("items") or ()
    return any(i.get("call_id") == call_id and i.get("type") != "function_call" for i in items)
