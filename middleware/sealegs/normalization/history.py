"""What was said earlier, said again in the terms that the provider's model knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sealegs.calls.ids import Ids
from sealegs.calls.repairing import read_json
from sealegs.calls.saying import SaidCall
from sealegs.errors import ArgumentError
from sealegs.jsons import Json, dump, parse
from sealegs.memo import Memo

if TYPE_CHECKING:
    from sealegs.normalization.plans import RequestPlan, Rules
    from sealegs.wire import Document, Role, Wire

__all__ = ["History"]


class History:
    """Re-encodes earlier turns with the plan of the request that carries them.

    Names, ids and the shape of arguments follow the plan, so that the model finds what it knows.
    Arguments that are no JSON, as a broken call leaves them behind, are put into JSON, because many
    providers check the history anew and refuse the whole request.
    """

    __slots__ = ("_memo",)

    def __init__(self) -> None:
        self._memo = Memo()

    def edits(
        self, document: Document, wire: Wire, plan: RequestPlan, rules: Rules
    ) -> Mapping[int, bytes]:
        """Give the turns that must be said otherwise, by index."""
        edit, mine, get = _Edit(plan, rules), id(plan), self._memo.get
        found: dict[int, bytes] = {}
        for index, turn in enumerate(document.turns):
            if turn.role not in _SPEAKERS:
                continue
            raw = turn.raw
            _, new = get((mine, raw), 2 * len(raw), _said, document, wire, index, raw, edit)
            if new is not None:
                found[index] = new
        return found


_SPEAKERS: frozenset[Role] = frozenset({"assistant", "tool"})
"""Whose turns may hold a call or a result; a user's turn that holds one counts as the tools'."""


def _said(
    document: Document, wire: Wire, index: int, raw: bytes, edit: _Edit
) -> tuple[RequestPlan, bytes | None]:
    """Spell one turn, if it changes; the plan is kept beside it, so that its id stays its own."""
    message = wire.message(raw)
    new = edit.rules.lens.with_calls(message, edit)
    spelled = None if new is message else document.spelled(index, new)
    return edit.plan, None if spelled == raw else spelled


class _Edit:
    """Says one call in the provider's terms."""

    __slots__ = ("_ids", "plan", "rules")

    def __init__(self, plan: RequestPlan, rules: Rules) -> None:
        self.plan, self.rules = plan, rules
        self._ids = Ids(rules.dialect.ids)

    def __call__(self, call: SaidCall) -> SaidCall:
        names = self.plan.plan.names
        return SaidCall(
            names.name(call.name) if call.name else "",
            self._arguments(call),
            self._ids.sent(call.id) if call.id else "",
        )

    def _arguments(self, call: SaidCall) -> str:
        if not call.arguments:
            return call.arguments
        tool = self.plan.plan.by_sent.get(self.plan.plan.names.name(call.name))
        try:
            value: Json = parse(call.arguments)
        except ValueError:
            value = _readable(call.arguments)
            return dump(value if tool is None else tool.lowered.codec.encode(value)).decode()
        if tool is None or tool.lowered.codec.identity:
            return call.arguments
        new = tool.lowered.codec.encode(value)
        return call.arguments if new == value else dump(new).decode()


def _readable(arguments: str) -> Json:
    """Make JSON of what is none; what nothing can be made of stays there to be read."""
    try:
        return read_json(arguments).value
    except ArgumentError:
        return {"not_json": arguments}
