"""Recorded streams through the whole pipeline: however they are cut, and wherever they end."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest

import recorded
from recorded import Recorded
from sealegs import Pipeline
from sealegs.catalog import Catalog
from sealegs.drivers import Performer, run
from sealegs.flow import Call, Reply
from sealegs.framing import framer
from sealegs.records import Record
from sealegs.settings import Settings
from sealegs.stores.memory import MemoryStore

CATALOG = Catalog.load()
Chunks = Iterable[bytes]


class Keeping(MemoryStore):
    """A store that also tells what was saved."""

    def __init__(self) -> None:
        super().__init__()
        self.saved: list[Record] = []

    def save(self, record: Record, keys: Iterable[bytes]) -> None:
        self.saved.append(record)
        super().save(record, keys)


class Streams:
    """A port whose reply streams."""

    def __init__(self) -> None:
        self.sent: list[Call] = []

    def send(self, call: Call) -> Reply:
        self.sent.append(call)
        return Reply(200, {"content-type": "text/event-stream"}, None)

    def close(self, reply: Reply) -> None:
        return None


def streams() -> list[Recorded]:
    """Every recorded stream that went well, with its request."""
    usable = [one for one in recorded.streams() if one.status == 200 and one.request]
    return [one for one in usable if claimed(one)]


def claimed(one: Recorded) -> bool:
    wire = CATALOG.claim(one.head)
    return wire is not None and wire.name == one.wire.name


def played(one: Recorded, chunks: Chunks, *, ends: bool = True) -> tuple[bytes, list[Record]]:
    """Let a stream arrive in chunks; give what left for the client, and what was saved."""
    store = Keeping()
    # native ids stay and no call is mended, so that what leaves can be compared with what came
    settings = Settings.model_validate(
        {"retention": {"stamp_ids": "never"}, "tools": {"mode": "off"}}
    )
    begun = Pipeline(settings, CATALOG, store).begin(one.head, one.body, adapter="test")
    assert begun is not None, one.name
    perform = Performer(Streams(), store)
    stream = begun.stream(run(begun.exchange(), perform))
    out = [run(stream.feed(chunk), perform) for chunk in chunks]
    if ends:
        out.append(run(stream.close(), perform))
    assert begun.call.ledger.failures == [], one.name
    return b"".join(out), store.saved


def said(records: Sequence[Record]) -> list[tuple[Any, ...]]:
    """What records hold, but for what is drawn at random."""
    return [
        (r.fingerprint, r.call_ids, r.item_ids, sorted(r.payloads.items()), r.complete)
        for r in records
    ]


def at_events(one: Recorded) -> list[bytes]:
    cutter = framer(one.wire.framing)
    return [event.raw for event in (*cutter.feed(one.stream), *cutter.close())]


def at_random(one: Recorded) -> list[bytes]:
    draw = random.Random(one.name)
    cuts = sorted(draw.sample(range(len(one.stream)), min(40, len(one.stream) // 2)))
    return [one.stream[a:b] for a, b in zip([0, *cuts], [*cuts, None], strict=True)]


@pytest.mark.parametrize("cut", [at_events, at_random])
def test_however_a_stream_is_cut_the_same_leaves_and_the_same_is_kept(
    cut: Callable[[Recorded], list[bytes]],
) -> None:
    for one in streams():
        whole, kept = played(one, [one.stream])
        assert whole == one.stream, one.name
        pieces, kept_of_pieces = played(one, cut(one))
        assert pieces == one.stream, one.name
        assert said(kept_of_pieces) == said(kept), one.name


def test_a_complete_stream_is_kept_before_its_last_event_leaves() -> None:
    for one in streams():
        _, kept = played(one, [one.stream])
        if kept and kept[0].complete:
            _, early = played(one, at_events(one), ends=False)
            assert said(early) == said(kept), one.name


def test_a_stream_cut_at_any_event_is_never_kept_as_complete_with_less_than_it_had() -> None:
    for one in streams():
        events = at_events(one)
        _, kept = played(one, [one.stream])
        for end in range(1, len(events), max(1, len(events) // 25)):
            _, cut = played(one, [b"".join(events[:end])])
            for record in cut:
                assert not record.complete or said([record]) == said(kept), (one.name, end)


def test_a_cut_streams_signed_reasoning_never_goes_back() -> None:
    """The next request says what the cut turn said, and still gets nothing signed."""
    tried = 0
    for one in streams():
        _, kept = played(one, [one.stream])
        if not any(signed_formats(one, record) for record in kept):
            continue
        events = at_events(one)
        for end in range(1, len(events)):
            _, cut = played(one, [b"".join(events[:end])])
            if any(signed_formats(one, record) for record in cut if not record.complete):
                tried += 1
                assert replayed(one, b"".join(events[:end])) == [], (one.name, end)
                break
    assert tried > 10


def signed_formats(one: Recorded, record: Record) -> list[str]:
    """Give the formats in which a record holds something signed."""
    formats = [form for form in CATALOG.formats.values() if one.wire.name in form.wires]
    return [
        form.name
        for form in formats
        if form.name in record.payloads and form.signed(json.loads(record.payloads[form.name]))
    ]


def replayed(one: Recorded, cut: bytes) -> list[str]:
    """Cut a stream, send its turn back bare, and give the formats that were restored."""
    store = Keeping()
    pipeline = Pipeline(Settings(), CATALOG, store)
    perform = Performer(Streams(), store)
    begun = pipeline.begin(one.head, one.body, adapter="test")
    assert begun is not None
    stream = begun.stream(run(begun.exchange(), perform))
    run(stream.feed(cut), perform)
    run(stream.close(), perform)
    assembler = one.wire.assembler()
    cutter = framer(one.wire.framing)
    for event in (*cutter.feed(cut), *cutter.close()):
        assembler.feed(event.name, event.data)
    formats = [form for form in CATALOG.formats.values() if one.wire.name in form.wires]
    body = dict(one.request)
    place = next(name for name in ("messages", "contents", "input") if name in body)
    turns = (
        body[place] if isinstance(body[place], list) else [{"role": "user", "content": body[place]}]
    )
    for message in one.wire.messages(assembler.reply()):
        for form in formats:
            message = form.without(message)  # noqa: PLW2901
        turns = [*turns, *message.get("items", [message])]
    body[place] = turns
    again = pipeline.begin(one.head, json.dumps(body).encode(), adapter="test")
    assert again is not None
    run(again.exchange(), perform)
    kept = again.call.ledger.retention
    return list(kept.formats) if kept else []
