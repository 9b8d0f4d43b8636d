"""Tools that a model was told of earlier in a conversation, and is told of no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from sealegs.perturbation.requests.told_tools import Tool

if TYPE_CHECKING:
    from sealegs.wire import Turn

__all__ = ["Offers"]

_KEPT = 16


@dataclass(frozen=True, slots=True, eq=False)
class _Offer:
    """What tools a conversation had so far: by their own names, as the model knew them."""

    agent: str
    raws: Sequence[bytes]
    tools: Mapping[str, Tool]


class Offers:
    """Remembers names of tools, so that earlier calls keep theirs when a tool is there no more.

    They are remembered for the conversation alone, so that what runs beside it changes nothing.
    """

    __slots__ = ("_lock", "_recent")

    def __init__(self) -> None:
        self._recent: list[_Offer] = []
        self._lock = Lock()

    def missing(
        self, agent: str, turns: Sequence[Turn], tools: Sequence[Tool]
    ) -> Mapping[str, Tool]:
        """Give the tools that a conversation had and has no more; take note of those that it has.

        Args:
            agent: whose conversation it is.
            turns: the conversation.
            tools: its tools now.
        """
        known = {tool.own: tool for tool in reversed(tools) if tool.carried is not None}
        changed = any(tool.changed for tool in known.values())
        if not changed and not self._recent:
            return {}
        raws = [turn.raw for turn in turns]
        with self._lock:
            before = self._before(agent, raws)
            earlier: Mapping[str, Tool] = {} if before is None else before.tools
            if before is not None:
                self._recent.remove(before)
            if changed or earlier:
                self._recent.insert(0, _Offer(agent, raws, {**earlier, **known}))
                del self._recent[_KEPT:]
        said = {tool.name for tool in tools}
        return {
            own: tool
            for own, tool in earlier.items()
            if own not in known and tool.changed and tool.name not in said
        }

    def _before(self, agent: str, raws: Sequence[bytes]) -> _Offer | None:
        """Find the longest conversation that this one goes on from."""
        best: _Offer | None = None
        for one in self._recent:
            count = len(one.raws)
            if one.agent != agent or (best is not None and count <= len(best.raws)):
                continue
            if count <= len(raws) and raws[:count] == one.raws:
                best = one
        return best
