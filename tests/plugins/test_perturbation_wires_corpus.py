"""Recorded conversations in a trial with operators on every surface: edits are sticky."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from disturbing import (
    STAGING,
    Conversing,
    Retooling,
    Spoiling,
    Wording,
    delivered,
    receipts,
    rotating,
    trial,
)
from flows import Port, answered, drive
from recorded import Recorded, exchanges
from sealegs.exchange import Ledger
from sealegs.flow import Call
from sealegs.perturbation.edits import AddedTool, Inserted, SaidTurn, ToolsEdit, TurnsEdit
from sealegs.perturbation.requests.layer import PerturbationLayer
from sealegs.wire import Document
from web import installed

DECOY = AddedTool("get_tides", "Tells tides.", {"type": "object"}, answer="None today.")


def operators() -> list[Any]:
    """One of each kind; each says something of its own every time that it is asked."""
    system = Wording("system", "system_prompt")
    system.edit = lambda text: f"({system.asked}) {text}"
    user = Wording("user", "user_prompt")
    user.edit = lambda text: f"{text} [{user.asked}]"
    spoil = Spoiling("spoil")
    spoil.edit = lambda call, value: ([spoil.asked, call.tool, value],)
    decoy = Retooling("decoy", edit=lambda tools: ToolsEdit(added=(DECOY,)))
    return [system, user, spoil, rotating(1), decoy, Conversing("aside", edit=aside)]


def aside(turns: Sequence[SaidTurn]) -> TurnsEdit | None:
    """Put a word in behind the first turn of the user's."""
    first = next((turn.digest for turn in turns if turn.role == "user"), "")
    return TurnsEdit(inserted=(Inserted(first, "user", "By the way."),)) if first else None


@cache
def layer() -> PerturbationLayer:
    return PerturbationLayer(installed(), STAGING)


def read(one: Recorded, body: bytes) -> Document:
    return one.wire.read(body, one.head)


def sent(one: Recorded) -> bytes:
    document = read(one, one.body)
    call = Call(one.head, one.wire, document, document, None, Ledger())
    port = Port([answered()])
    drive(layer().model(call), port, "sync")
    return port.sent[0]


@cache
def requests() -> Sequence[Recorded]:
    found = [one for one in exchanges() if isinstance(one.request, dict)]
    return [one for one in found if _readable(one)]


def _readable(one: Recorded) -> bool:
    try:
        return bool(read(one, one.body).turns)
    except ValueError:
        return False


def follow_ups() -> Iterator[tuple[Recorded, Recorded]]:
    """Recorded requests of which one goes on where the other one ends."""
    for one, other in itertools.pairwise(requests()):
        if one.name.partition("#")[0] != other.name.partition("#")[0] or one.wire != other.wire:
            continue
        before, after = read(one, one.body), read(other, other.body)
        first, second = ([turn.raw for turn in each.turns] for each in (before, after))
        goes_on = len(first) < len(second) and second[: len(first)] == first
        if goes_on and before.tools == after.tools:
            yield one, other


def test_a_request_begins_as_the_one_before_it_ended_whatever_was_disturbed() -> None:
    count = 0
    wires: dict[str, None] = {}
    for one, other in follow_ups():
        with trial(*operators()):
            first, second = (
                [turn.raw for turn in read(each, sent(each)).turns] for each in (one, other)
            )
        assert second[: len(first)] == first, other.name
        wires[one.wire.name] = None
        count += 1
    assert count > 60
    assert len(wires) >= 5


def test_equal_trials_send_equal_bytes() -> None:
    for one in requests()[::9]:
        found: list[tuple[bytes, Any]] = []
        for _ in range(2):
            with trial(*operators()) as running:
                found.append((sent(one), [each.injection for each in receipts(running)]))
        assert found[0] == found[1], one.name


def test_each_operator_gets_its_edit_into_each_wire_format() -> None:
    known: dict[str, dict[str, None]] = {}
    counts: Counter[str] = Counter()
    for one in requests():
        counts[one.wire.name] += 1
        if counts[one.wire.name] > 80:
            continue
        with trial(*operators()) as running:
            assert sent(one) != one.body, one.name
        known.setdefault(one.wire.name, {}).update(dict.fromkeys(delivered(running)))
    for wire, found in known.items():
        assert {"aside", "decoy", "rotating", "spoil", "user"} <= found.keys(), wire
    assert sum("system" in found for found in known.values()) >= 7


def test_threads_of_one_trial_send_what_one_alone_sends() -> None:
    known = [each for pair in list(follow_ups())[:12] for each in pair]
    with trial(*steady()):
        want = {one.name: sent(one) for one in known}
    found: list[tuple[str, bytes]] = []

    def work() -> None:
        for one in known:
            found.append((one.name, sent(one)))  # noqa: PERF401 - the threads share the list

    with trial(*steady()) as running:
        threads = [threading.Thread(target=running.wrap(work)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(found) == 8 * len(known)
    assert all(want[name] == body for name, body in found)
    assert all(all(ones) for ones in delivered(running).values())


def steady() -> list[Any]:
    """Operators whose edits do not depend on when they are asked."""
    return [
        Wording("system", "system_prompt", edit=str.upper),
        Wording("user", "user_prompt", edit=str.title),
        Spoiling("spoil", edit=lambda call, value: ([call.tool, value],)),
        rotating(1),
    ]
