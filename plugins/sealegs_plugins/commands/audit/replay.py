"""Replays a recording through the pipeline, as a client that forgets all reasoning."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from sealegs import Pipeline
from sealegs.drivers import Performer, run
from sealegs.exchange import GapReason
from sealegs.flow import Call, Reply
from sealegs.framing import framer
from sealegs.jsons import Json, canonical, parse
from sealegs.knowledge import ReasoningFormat
from sealegs.records import Store
from sealegs.retention.keys import stripped
from sealegs.stores.memory import MemoryStore
from sealegs.wire import Document, Message, Wire
from sealegs_plugins.commands.audit.atoms import Atom, atoms
from sealegs_plugins.commands.audit.recordings import Exchanged, Recording

__all__ = ["Chunker", "Finding", "replay", "whole"]

Chunker = Callable[[bytes], Iterable[bytes]]
"""Cuts a stream's bytes into the chunks in which they arrive."""


def whole(data: bytes) -> Iterable[bytes]:
    """Let a stream arrive in one chunk."""
    return (data,)


@dataclass(slots=True)
class Finding:
    """What one recording showed.

    Attributes:
        sequence: its name.
        provider: whom it was recorded from.
        provider_rules: whose rules sealegs used.
        golden: whether it shows real values going back.
        expected: atoms that earlier replies gave and that the recorded client sent back.
        exact: how many of them are there again, in their turn.
        wrong: atoms that stand in a turn which they do not belong to.
        further: atoms that were restored although the recorded client had dropped them.
        gaps: why turns went without.
        failures: failures of sealegs' own.
        skipped: exchanges without a request, or of a format that no wire reads.
    """

    sequence: str
    provider: str
    provider_rules: str = ""
    golden: bool = False
    expected: int = 0
    exact: int = 0
    wrong: int = 0
    further: int = 0
    gaps: Counter[GapReason] = field(default_factory=Counter[GapReason])
    failures: list[str] = field(default_factory=list[str])
    skipped: int = 0


_Given: TypeAlias = tuple[bytes, frozenset[Atom]]
"""What a reply said, and the atoms that came with it."""


@dataclass(slots=True)
class _Recorded:
    """A port that answers with what was recorded, and keeps what would have gone out."""

    exchange: Exchanged
    sent: list[Document] = field(default_factory=list[Document])

    def send(self, call: Call) -> Reply:
        self.sent.append(call.document)
        kind = {
            "content-type": "text/event-stream" if self.exchange.streamed else "application/json"
        }
        body = None if self.exchange.streamed else self.exchange.reply
        return Reply(self.exchange.status, kind, body)

    def close(self, reply: Reply) -> None:
        return None


def replay(
    recording: Recording,
    pipeline: Pipeline,
    *,
    chunker: Chunker = whole,
    store: Store | None = None,
) -> Finding:
    """Replay one recording, in a store of its own.

    Args:
        recording: the exchanges.
        pipeline: whose catalog and settings are used.
        chunker: how streams arrive.
        store: by default a fresh one in memory, so that recordings cannot see each other.
    """
    finding = Finding(recording.name, recording.provider, golden=recording.golden)
    finding.skipped = recording.unusable
    alone = Pipeline(pipeline.settings, pipeline.catalog, store or MemoryStore())
    given: list[_Given] = []
    for exchange in recording.exchanges:
        _one(exchange, alone, chunker, finding, given)
    return finding


def _one(
    exchange: Exchanged,
    pipeline: Pipeline,
    chunker: Chunker,
    finding: Finding,
    given: list[_Given],
) -> None:
    wire = pipeline.catalog.claim(exchange.head)
    if wire is None:
        finding.skipped += 1
        return
    formats = [form for form in pipeline.catalog.formats.values() if wire.name in form.wires]
    recorded = wire.read(exchange.request, exchange.head)
    forgetful = _forgetful(recorded, wire, formats)
    begun = pipeline.begin(exchange.head, forgetful.encode(), adapter="audit")
    if begun is None:
        finding.failures.append(f"{wire.name}: the request was not taken")
        return
    port = _Recorded(exchange)
    perform = Performer(port, pipeline.store)
    reply = run(begun.exchange(), perform)
    if reply.streams:
        stream = begun.stream(reply)
        for chunk in chunker(exchange.reply):
            run(stream.feed(chunk), perform)
        run(stream.close(), perform)
    ledger = begun.call.ledger
    finding.failures += [f"{one.layer}/{one.place}: {one.error}" for one in ledger.failures]
    finding.provider_rules = begun.call.target.provider.name if begun.call.target else ""
    if ledger.retention is not None:
        finding.gaps.update(reason for _, reason in ledger.retention.gaps)
    _judge(recorded, port.sent[0], wire, formats, finding, given)
    given.extend(
        (_said(wire, stripped(message, formats)), frozenset(atoms(message)))
        for message in _replies(exchange, wire)
    )


def _forgetful(document: Document, wire: Wire, formats: Sequence[ReasoningFormat]) -> Document:
    """Take all reasoning out of a request, as a client that never kept any."""
    edits: dict[int, Message] = {}
    for index, turn in enumerate(document.turns):
        if turn.role == "assistant":
            message = wire.message(turn.raw)
            bare = stripped(message, formats)
            if bare != message:
                edits[index] = bare
    return document.edited(turns=edits)


def _judge(
    recorded: Document,
    sent: Document,
    wire: Wire,
    formats: Sequence[ReasoningFormat],
    finding: Finding,
    given: Sequence[_Given],
) -> None:
    """Compare, turn by turn, what would have gone out with what was recorded going out."""
    known = {atom.value for _, of_reply in given for atom in of_reply}
    for before, after in zip(recorded.turns, sent.turns, strict=True):
        if before.role != "assistant":
            continue
        old = [atom for atom in atoms(wire.message(before.raw)) if atom.value in known]
        new = {atom.value for atom in atoms(wire.message(after.raw))}
        values = {atom.value for atom in old}
        finding.expected += len(values)
        finding.exact += len(values & new)
        own = _own(_said(wire, stripped(wire.message(before.raw), formats)), given)
        stray = new - values - own
        finding.wrong += len(stray & known)
        finding.further += len((new - values) & own)


def _said(wire: Wire, message: Message) -> bytes:
    """Spell what a message says, without its ids, so that two of them can be compared."""
    outline = wire.outline(message)
    calls = [[call.name, call.arguments] for call in outline.calls]
    return canonical([outline.text.strip(), calls])


def _own(said: bytes, given: Sequence[_Given]) -> set[str]:
    """Give the atoms of the replies that say what a turn says."""
    return {atom.value for words, of_reply in given if words == said for atom in of_reply}


def _replies(exchange: Exchanged, wire: Wire) -> Iterator[Message]:
    """Read the assistant messages of a recorded reply."""
    if exchange.status >= 300:
        return
    reply: Json
    if exchange.streamed:
        cutter, assembler = framer(wire.framing), wire.assembler()
        for event in (*cutter.feed(exchange.reply), *cutter.close()):
            assembler.feed(event.name, event.data)
        reply = assembler.reply()
    else:
        try:
            reply = parse(exchange.reply)
        except ValueError:
            return
    yield from wire.messages(reply)
