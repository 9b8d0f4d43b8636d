"""A10: calls that cannot be run as they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.edits import BrokenCalls
from sealegs.perturbation.operators import About, Sheet
from sealegs_plugins.perturbations.transport.striking import strikes

__all__ = ["BrokenCallsFault"]

_SHEET: Final = Sheet(
    name="broken-calls",
    code="A10",
    surface="transport",
    label="recoverable",
    summary="a call's arguments are cut off, no JSON, or not the tool's; its tool is unknown; or "
    "the calls are gone",
    parameters=(
        {"whats": ["truncated"], "kept": 0.8, "burst": 1},
        {"whats": ["truncated", "no_json", "wrong_keys", "no_object"], "kept": 0.5, "burst": 1},
        {"whats": ["truncated", "no_json", "unknown_tool", "stripped"], "kept": 0.3, "burst": 3},
    ),
    further={"index": 0, "share": 1.0},
    source="AgentChaos (tool_*); the shares that are kept: agentfuzz, AgentChaos",
    rate=0.3,  # an agent that says what was wrong asks anew: at all places it would never be done
    checked="that no tool runs with arguments that the model did not give",
)


@dataclass(frozen=True, slots=True)
class BrokenCallsFault:
    """Breaks the first call of a reply, whole or streamed.

    Parameters: ``whats`` to draw from; ``kept``, the share of arguments that are cut off; ``index``
    of the call; ``burst`` and ``share``.

    A format that holds arguments parsed (Anthropic's whole replies) cannot hold broken ones; there
    only ``wrong_keys``, ``unknown_tool`` and ``stripped`` are delivered.

    The pipeline's own mending of calls stands above, and the agent meets what that leaves, as it
    does in production. To see the agent without it, leave out the layer ``tools``.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> broken = BrokenCallsFault()
    >>> broken.fault(about(broken, 1)).kept
    0.8
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def fault(self, about: About, /) -> BrokenCalls | None:
        """Say how it is broken."""
        if not strikes(about):
            return None
        whats: Sequence[str] = about.parameters["whats"]
        index: int = about.parameters.get("index", 0)
        what = about.draw.pick(whats, "what")
        if what == "stripped":
            return BrokenCalls(index, stripped=True, finish="stop")
        if what == "unknown_tool":
            return BrokenCalls(index, name=f"tool_{about.draw.below(10**6, 'name'):06d}")
        if what == "truncated":
            return BrokenCalls(index, kept=float(about.parameters["kept"]))
        return BrokenCalls(index, arguments=_ARGUMENTS[what])


_ARGUMENTS: Final = {
    "no_json": "{'value': None,}",  # as a language writes it that is not JSON
    "wrong_keys": '{"unexpected_argument":"value"}',
    "no_object": '["value"]',
}
