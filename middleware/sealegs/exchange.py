"""What happened in one exchange with a model, for observers, telemetry and tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import msgspec

from sealegs.schema.report import Report

__all__ = [
    "Attempt",
    "CallOutcome",
    "Exchange",
    "Failure",
    "GapReason",
    "Injected",
    "Ledger",
    "MendedCall",
    "Missed",
    "Perturbed",
    "Retention",
    "ToolUse",
    "TurnOutcome",
]

GapReason: TypeAlias = Literal[
    "never_seen",  # no record: produced before sealegs was there, by other means, or expired
    "ambiguous",  # several turns fit, with different reasoning
    "evicted",  # one record fits, but others like it were dropped to make room
    "incomplete",  # the turn's stream was cut, and its reasoning is signed
    "issuer_changed",  # signed by another endpoint, account or model family
    "family_changed",  # plain text of another model family, and crossing is not allowed
    "prefix_changed",  # signed, and what stands before it is not what the provider saw
    "context_changed",  # the texts fit, but not what stands around them
    "structure_changed",  # the turn was rearranged, so that the reasoning's place is gone
    "format_unknown",  # captured in a form which this provider does not take
    "capped",  # left out to keep within the cap on hidden tokens
    "store_failed",  # the store did not answer
]
"""Why a turn goes without its reasoning. The list is closed."""

TurnOutcome: TypeAlias = Literal[
    "none", "present", "restored", "repaired", "stripped", "continued", "gap", "out_of_scope"
]
"""What became of one assistant turn; ``none``: it never had reasoning, ``continued``: another
message of the same turn carries it."""


@dataclass(frozen=True, slots=True)
class Retention:
    """What became of the reasoning in one request.

    Attributes:
        outcomes: one for each assistant turn, in order.
        gaps: index among the assistant turns, and why.
        hidden_tokens: an estimate of the tokens that were put in and that the framework does not
            know of (four bytes a token).
        hidden_bytes: the same in bytes.
        formats: the formats that were written.
        recovered: the action that helped after a documented refusal, or an empty string.
        captured: how many turns of the reply were captured with reasoning.
    """

    outcomes: tuple[TurnOutcome, ...] = ()
    gaps: tuple[tuple[int, GapReason], ...] = ()
    hidden_tokens: int = 0
    hidden_bytes: int = 0
    formats: tuple[str, ...] = ()
    recovered: str = ""
    captured: int = 0

    def count(self, outcome: TurnOutcome) -> int:
        """Count the turns with an outcome."""
        return self.outcomes.count(outcome)


CallOutcome: TypeAlias = Literal["clean", "mended", "refused", "unknown"]
"""What became of a tool call; ``unknown``: no tool of the request has its name."""


@dataclass(frozen=True, slots=True)
class MendedCall:
    """What became of one tool call of a reply. Its arguments are not here.

    Attributes:
        tool: the tool's own name.
        outcome: what became of it.
        from_text: whether the model wrote it as text.
        repairs: what was done to its arguments, such as ``trailing comma``, without repeats.
        worst: the worst of the repairs: ``none``, ``lossless``, ``unambiguous``, ``guess`` or
            ``truncated``.
        problems: where the arguments broke the tool's own schema, as JSON Pointers.
    """

    tool: str
    outcome: CallOutcome
    from_text: bool = False
    repairs: tuple[str, ...] = ()
    worst: str = "none"
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolUse:
    """What became of the tools in one exchange.

    Attributes:
        dialect: the schema dialect that they were lowered to; empty where none fits.
        reports: what became of each tool's definition, in order.
        unread: tools whose schema cannot be read, and went out as they came.
        rewritten: how many definitions went out otherwise than they came.
        turns: how many turns of the history were said in the provider's terms.
        calls: what became of each call of the reply.
        retries: how often the model was told what was wrong.
        lossy: tools of whose schemas something is lost that nobody checks.
    """

    dialect: str = ""
    reports: tuple[Report, ...] = ()
    unread: tuple[str, ...] = ()
    rewritten: int = 0
    turns: int = 0
    calls: tuple[MendedCall, ...] = ()
    retries: int = 0
    lossy: tuple[str, ...] = ()

    def count(self, outcome: CallOutcome) -> int:
        """Count the calls with an outcome."""
        return sum(call.outcome == outcome for call in self.calls)


@dataclass(frozen=True, slots=True)
class Injected:
    """An edit, or a fault, that an exchange was the first to carry. What it says is not here.

    Attributes:
        id: unique within its trial.
        operator: the operator's name.
        surface: what was disturbed.
        label: what a good agent does about it.
        severity: 1 to 3.
        turn: how many turns the model had had at the place.
        tool: the tool's own name, where there is one.
        before: digest of what was there; empty where nothing was.
        after: digest of what is there now; likewise.
        applied: whether it reached the provider, or the client.
    """

    id: str
    operator: str
    surface: str
    label: str
    severity: int
    turn: int = 0
    tool: str = ""
    before: str = ""
    after: str = ""
    applied: bool = True


@dataclass(frozen=True, slots=True)
class Missed:
    """A place that an operator was meant for, and where it could not fire.

    Attributes:
        operator: the operator's name.
        surface: what it disturbs.
        label: what a good agent does about it.
        severity: 1 to 3.
        reason: why not.
        tool: the tool's own name, where there is one.
    """

    operator: str
    surface: str
    label: str
    severity: int
    reason: str
    tool: str = ""


@dataclass(frozen=True, slots=True)
class Perturbed:
    """What was disturbed in one exchange of a trial.

    Attributes:
        injected: the injections that it was the first to carry.
        missed: where operators could not fire.
        operators: the names of all operators whose edits it carried, without repeats.
        carried: how many injections it carried, those of earlier requests among them.
        answered: how many calls were answered in a tool's place.
    """

    injected: tuple[Injected, ...] = ()
    missed: tuple[Missed, ...] = ()
    operators: tuple[str, ...] = ()
    carried: int = 0
    answered: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure of sealegs' own that the caller was spared.

    Attributes:
        layer: whose.
        place: where: ``model``, ``filter``, ``finish``, ``store``, ``observer`` or ``read``.
        error: its type and text.
    """

    layer: str
    place: str
    error: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """One exchange with a model, finished.

    Attributes:
        id: unique within the process.
        adapter: the tap that saw it, such as ``http``.
        wire: the wire format.
        provider: the provider whose rules were used.
        model: the model as requested.
        session: the session's name, or an empty string.
        status: the HTTP status; 0 where no reply came.
        ending: ``complete``, ``failed`` or ``closed``.
        streamed: whether the reply streamed.
        attempts: how many requests went out.
        seconds: from the request's arrival to its reply's end.
        usage: token counts as the provider gave them.
        retention: what became of the reasoning; ``None`` where the layer did not run.
        tools: what became of the tools; ``None`` where the layer did not run.
        failures: failures of sealegs' own.
        perturbation: what was disturbed; ``None`` where no trial runs.
    """

    id: str
    adapter: str
    wire: str
    provider: str
    model: str
    session: str
    status: int
    ending: str
    streamed: bool
    attempts: int
    seconds: float
    usage: Mapping[str, int]
    retention: Retention | None
    failures: tuple[Failure, ...]
    tools: ToolUse | None = None
    perturbation: Perturbed | None = None


class Attempt(msgspec.Struct, frozen=True):
    """One request that went out.

    Attributes:
        started: nanoseconds since the epoch.
        ended: when its reply's head had come, or it had failed.
        status: the HTTP status; 0 where no reply came.
    """

    started: int
    ended: int
    status: int


@dataclass(slots=True)
class Ledger:
    """Collects what the layers did to one call. One call, one ledger; never shared."""

    retention: Retention | None = None
    tools: ToolUse | None = None
    perturbation: Perturbed | None = None
    attempts: list[Attempt] = field(default_factory=list[Attempt])
    failures: list[Failure] = field(default_factory=list[Failure])

    def failed(self, layer: str, place: str, error: BaseException) -> None:
        """Write down a failure that the caller is spared."""
        self.failures.append(Failure(layer, place, f"{type(error).__name__}: {error}"))
