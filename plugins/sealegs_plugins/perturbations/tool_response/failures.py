"""R1, R10, R17: tools that fail, whose answer is lost, or that are slow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from sealegs.perturbation.edits import Failed, Slowed, ToolCall, ToolFault
from sealegs.perturbation.operators import About, Sheet
from sealegs_plugins.perturbations.tool_response.places import again

__all__ = ["SlowTool", "TimeoutAfterCommit", "ToolError", "ToolOutage"]

_Kind: TypeAlias = Literal["error", "timeout", "connection", "permission", "not_found", "value"]

_PASSING: Final[tuple[tuple[_Kind, str], ...]] = (
    ("timeout", "the request timed out after 30 seconds"),
    ("connection", "the connection was reset by the server"),
    ("error", "the service answered with status 503: temporarily unavailable"),
)

_LASTING: Final[tuple[tuple[_Kind, str], ...]] = (
    ("connection", "the connection was refused: nothing listens at the service's address"),
    ("permission", "the service answered with status 403: access has been withdrawn"),
    ("error", "the service answered with status 410: it has been shut down"),
)

_ERROR: Final = Sheet(
    name="tool-error",
    code="R1",
    surface="tool_response",
    label="recoverable",
    summary="a tool raises a real exception; tried again, it works sooner or later",
    parameters=(
        {"share": 0.1, "times": 1},
        {"share": 0.1, "times": 0},
        {"share": 0.3, "times": 0},
    ),
    source="Gaia2 (arXiv 2602.11964): a tenth of all calls fail; PALADIN (arXiv 2509.25238)",
    needs=frozenset({"tool_tap"}),
)


@dataclass(frozen=True, slots=True)
class ToolError:
    """Makes a tool raise.

    Parameters: ``share`` of calls that fail; ``times`` that the same call does, 0 for any number,
    each of them drawn anew.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> error = ToolError()
    >>> error.call(ToolCall("book", {}), about(error, parameters={"share": 1.0})).message
    'the service answered with status 503: temporarily unavailable'
    """

    name: str = _ERROR.name
    sheet: Sheet = _ERROR

    def call(self, call: ToolCall, about: About, /) -> ToolFault | None:
        """Say how it fails."""
        if again(about) or about.draw.unit("share") >= about.parameters["share"]:
            return None
        kind, message = about.draw.pick(_PASSING, "kind")
        return Failed(kind, message)


_OUTAGE: Final = Sheet(
    name="tool-outage",
    code="R1",
    surface="tool_response",
    label="must_abstain",
    summary="a tool raises at every call, whatever is tried",
    parameters=({"share": 0.25}, {"share": 0.5}, {"share": 1.0}),
    source="ToolMaze (arXiv 2606.05806): explicit and permanent; the shares are our own",
    needs=frozenset({"tool_tap"}),
    checked="that the task cannot be done without the tool; where it can, it is recoverable",
)


@dataclass(frozen=True, slots=True)
class ToolOutage:
    """Makes a tool raise for good.

    Parameters: ``share`` of the tools that are out, drawn by their names; at share 1 all tools in
    the use's scope. At a rate below 1 single calls would go through, so leave the rate as it is.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> outage = ToolOutage()
    >>> outage.call(ToolCall("book", {}), about(outage, 3)).kind
    'connection'
    """

    name: str = _OUTAGE.name
    sheet: Sheet = _OUTAGE

    def call(self, call: ToolCall, about: About, /) -> ToolFault | None:
        """Say how it fails: as it did before."""
        draw = (about.run or about.draw).sub("outage", call.tool)
        if draw.unit("share") >= about.parameters["share"]:
            return None
        kind, message = draw.pick(_LASTING, "kind")
        return Failed(kind, message)


_COMMITTED: Final = Sheet(
    name="timeout-after-commit",
    code="R10",
    surface="tool_response",
    label="recoverable",
    summary="a tool does its work, and its answer is lost: the caller sees a timeout",
    parameters=(
        {"share": 0.1, "times": 1},
        {"share": 0.3, "times": 1},
        {"share": 1.0, "times": 1},
    ),
    source="a lost acknowledgement, as fault-injection suites for agents stage it (agentproof-sim, "
    "agentprobe: phantom success); the shares are our own",
    needs=frozenset({"tool_tap"}),
    checked="that the effect is there exactly once",
)


@dataclass(frozen=True, slots=True)
class TimeoutAfterCommit:
    """Runs a tool and raises a timeout in the place of its answer.

    A good agent looks what became of its call before it makes it again.

    Parameters: ``share`` of calls; ``times`` that the same call is answered so, 0 for any number.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> lost = TimeoutAfterCommit()
    >>> lost.call(ToolCall("book", {}), about(lost, 3))
    Failed(kind='timeout', message='no answer within 30 seconds', ran=True)
    """

    name: str = _COMMITTED.name
    sheet: Sheet = _COMMITTED

    def call(self, call: ToolCall, about: About, /) -> ToolFault | None:
        """Say that it times out after its work."""
        if again(about) or about.draw.unit("share") >= about.parameters["share"]:
            return None
        return Failed("timeout", "no answer within 30 seconds", ran=True)


_SLOW: Final = Sheet(
    name="slow-tool",
    code="R17",
    surface="tool_response",
    label="invariant",
    summary="a tool answers late",
    parameters=(
        {"seconds": 0.5, "tail": 2.0},
        {"seconds": 2.0, "tail": 10.0},
        {"seconds": 10.0, "tail": 60.0},
    ),
    source="latency as proxies inject it (toxiproxy, agent-chaos); the seconds are our own",
    needs=frozenset({"tool_tap"}),
)


@dataclass(frozen=True, slots=True)
class SlowTool:
    """Lets a tool's caller wait before the tool runs.

    Parameters: ``seconds`` that most calls wait; ``tail``, the seconds of one in a hundred.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> slow = SlowTool()
    >>> slow.call(ToolCall("book", {}), about(slow, 2))
    Slowed(seconds=2.0)
    """

    name: str = _SLOW.name
    sheet: Sheet = _SLOW

    def call(self, call: ToolCall, about: About, /) -> ToolFault | None:
        """Say how long."""
        which = "tail" if about.draw.unit("tail") < 0.01 else "seconds"
        return Slowed(about.parameters[which])
