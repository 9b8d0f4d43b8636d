"""Turns that are lost, and turns that nobody said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar, cast

from sealegs.jsons import canonical
from sealegs.perturbation.drawing import digest
from sealegs.perturbation.edits import Inserted, SaidTurn, TurnsEdit
from sealegs.perturbation.operators import About, Site, TurnsOperator
from sealegs.perturbation.requests.scenes import Scene
from sealegs.perturbation.saying import SaidResult
from sealegs.perturbation.trial import Active, Edit, Injection

if TYPE_CHECKING:
    from sealegs.perturbation.saying import TextLens
    from sealegs.wire import Document, Message, Turn, Wire

__all__ = ["conversed"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Heard:
    """A turn of the conversation: as operators see it, and what ties it to others.

    Attributes:
        said: as operators see it.
        calls: ids of its calls.
        results: ids of its results.
        index: where it stands in the document; ``None`` where it was added.
        message: the turn, where it was added or a part of it is gone.
    """

    said: SaidTurn
    calls: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    index: int | None = None
    message: Message | None = None


def conversed(document: Document, scene: Scene) -> Document:
    """Give a request with its conversation as the operators leave it."""
    actives = scene.trial.of(TurnsOperator)
    if not actives or scene.texts is None:
        return document
    heard = [_heard(index, turn, scene, scene.texts) for index, turn in enumerate(document.turns)]
    said: Sequence[_Heard] = heard
    for active in actives:
        made = _considered(active, said, scene)
        if made is not None:
            edit = cast("TurnsEdit", made.edit)
            said = _edited(said, edit, scene, scene.texts, document)
            scene.carries((made,))
    return document if said is heard else _rebuilt(document, said)


def _considered(active: Active, said: Sequence[_Heard], scene: Scene) -> Injection | None:
    turn = sum(one.said.role == "assistant" for one in said)
    site = Site(active.operator.sheet.surface, "turns", scene.agent, 0, turn)
    turns = [one.said for one in said]

    def realise(about: About) -> Edit | None:
        edit = cast("TurnsOperator", active.operator).turns(turns, about)
        return edit if edit and (edit.dropped or edit.inserted) else None

    before = digest(" ".join([one.digest for one in turns]))
    return scene.trial.consider(active, site, realise, before=before)


def _heard(index: int, turn: Turn, scene: Scene, lens: TextLens) -> _Heard:
    raw = turn.raw
    place = ("turn", scene.wire.name, turn.role, raw)
    said, calls, results = scene.memory.made.get(
        place, len(raw) + 256, _read, turn, scene.wire, lens
    )
    return _Heard(said, calls, results, index)


def _read(
    turn: Turn, wire: Wire, lens: TextLens
) -> tuple[SaidTurn, tuple[str, ...], tuple[str, ...]]:
    message = wire.message(turn.raw)
    texts: list[str] = []
    results: list[SaidResult] = []
    lens.with_text(message, partial(_kept, texts))
    lens.with_results(message, partial(_kept, results))
    calls = wire.outline(message).calls
    facts = [
        turn.role,
        texts,
        [[one.id, one.name, one.arguments] for one in calls],
        [[one.id, one.name, one.text] for one in results],
    ]
    name = digest(canonical(facts) if any(facts[1:]) else turn.raw)
    said = SaidTurn(turn.role, name, "".join(texts), len(calls), len(results))
    ids = tuple([one.id or one.name for one in calls])
    return said, ids, tuple([one.id or one.name for one in results])


def _kept(found: list[T], one: T) -> T:
    found.append(one)
    return one


def _edited(
    turns: Sequence[_Heard], edit: TurnsEdit, scene: Scene, lens: TextLens, document: Document
) -> Sequence[_Heard]:
    """Carry an edit out: what is left out first, then what is added."""
    groups = _groups(turns)
    whole, partly = _gone(turns, edit, groups)
    kept: list[_Heard] = []
    ends: dict[int, int] = {}  # of each group, how many of the kept turns there are by its end
    for place, one in enumerate(turns):
        left = None if place in whole else one
        if left is not None and place in partly and one.index is not None:
            message = one.message or scene.wire.message(document.turns[one.index].raw)
            rest = lens.without_results(message, frozenset(partly[place]))
            left = None if rest is None else _Heard(one.said, (), (), one.index, rest)
        if left is not None:
            kept.append(left)
            ends[groups.get(place, place)] = len(kept)
    behind: dict[str, int] = {}
    for place, one in enumerate(turns):
        end = ends.get(groups.get(place, place))
        if end is not None and place not in whole:
            behind.setdefault(one.said.digest, end)
    return _with_added(kept, behind, edit.inserted, lens)


def _groups(turns: Sequence[_Heard]) -> Mapping[int, int]:
    """Say of turns with results which turn has made their calls."""
    found: dict[int, int] = {}
    owner: int | None = None
    for place, one in enumerate(turns):
        if one.calls:
            owner = place
        elif one.results and owner is not None:
            found[place] = owner
    return found


def _gone(
    turns: Sequence[_Heard], edit: TurnsEdit, groups: Mapping[int, int]
) -> tuple[dict[int, None], dict[int, tuple[str, ...]]]:
    """Find the turns that go, and those of which the results of some calls go.

    A call goes with all of its results, and the other way round. The newest turn of the user's goes
    only where no earlier one says the same, which then is the one that is meant.
    """
    newest = max((n for n, one in enumerate(turns) if one.said.role == "user"), default=-1)
    digests = dict.fromkeys(edit.dropped)
    waiting = [place for place, one in enumerate(turns) if one.said.digest in digests]
    if newest in waiting and any(
        turns[place].said.digest == turns[newest].said.digest
        for place in waiting
        if place != newest
    ):
        waiting.remove(newest)
    whole: dict[int, None] = {}
    partly: dict[int, tuple[str, ...]] = {}
    while waiting:
        place = waiting.pop()
        if place in whole:
            continue
        whole[place] = None
        if place in groups:
            waiting.append(groups[place])
        if turns[place].calls:
            mine = [other for other, owner in groups.items() if owner == place]
            partly |= dict.fromkeys(mine, turns[place].calls)
    return whole, partly


def _with_added(
    kept: Sequence[_Heard], ends: Mapping[str, int], inserted: Sequence[Inserted], lens: TextLens
) -> Sequence[_Heard]:
    """Put turns in, none between a call and its results, and none before a system prompt."""
    start = next((n for n, one in enumerate(kept) if one.said.role != "system"), len(kept))
    behind: dict[int, list[_Heard]] = {}
    for one in inserted:
        place = ends.get(one.after) if one.after else (0 if one.role == "system" else start)
        if place is not None:
            said = SaidTurn(one.role, digest(canonical([one.role, one.text])), one.text)
            message = lens.said(one.role, one.text)
            behind.setdefault(place, []).append(_Heard(said, message=message))
    found = list(behind.get(0, ()))
    for place, kept_one in enumerate(kept, 1):
        found += (kept_one, *behind.get(place, ()))
    return found


def _rebuilt(document: Document, said: Sequence[_Heard]) -> Document:
    """Put the turns together, the kept ones as they are."""
    new = [one.message for one in said if one.index is None and one.message is not None]
    count = len(document.turns)
    order: list[int] = []
    edits: dict[int, Message | bytes] = {}
    for place, one in enumerate(said):
        if one.index is None:
            order.append(count)
            count += 1
            continue
        order.append(one.index)
        if one.message is not None:
            edits[place] = one.message
    return document.extended(new).arranged(order).edited(turns=edits)
