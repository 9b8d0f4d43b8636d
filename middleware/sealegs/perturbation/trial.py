"""One trial: a case, a repetition, an arm. Decides, and keeps what became of each decision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

from sealegs.jsons import Json
from sealegs.perturbation.current import current_trial, trial_variable
from sealegs.perturbation.edits import Fault, Said, Spliced, ToolFault, ToolsEdit, TurnsEdit
from sealegs.perturbation.operators import About, Label, Operator, Severity, Site, Surface
from sealegs.perturbation.profiles import Use
from sealegs.perturbation.world import Change

__all__ = [
    "Active",
    "Arm",
    "Counting",
    "Edit",
    "Failable",
    "Injection",
    "Trial",
    "Watchable",
    "current_trial",
    "trial_variable",
]

Arm: TypeAlias = Literal["clean", "disturbed"]

Edit: TypeAlias = (
    ToolsEdit | tuple[Spliced, ...] | TurnsEdit | Said | ToolFault | Fault | tuple[Change, ...]
)
"""What an operator said, in the form that a plan keeps."""


@dataclass(frozen=True, slots=True, eq=False)
class Active:
    """An operator as a profile uses it; compared by identity.

    Attributes:
        index: its place in the profile.
        operator: the operator.
        use: what the profile says of it.
        severity: 1 to 3.
        label: what a good agent does about it, in this profile.
    """

    index: int
    operator: Operator
    use: Use
    severity: Severity
    label: Label


@dataclass(frozen=True, slots=True)
class Injection:
    """One edit of one place, decided on.

    Attributes:
        id: unique within its trial, and the same in every run of it.
        operator: the operator's name.
        surface: what it disturbs.
        label: what a good agent does about it; lowered where a literal was lost.
        severity: 1 to 3.
        site: where.
        edit: what.
        before: digest of what was there; empty where nothing was (a fault).
        after: digest of what is there now; likewise.
    """

    id: str
    operator: str
    surface: Surface
    label: Label
    severity: Severity
    site: Site
    edit: Edit
    before: str = ""
    after: str = ""


class Trial(Protocol):
    """What taps see of a trial. Safe to use from several threads.

    The way of an injection: *planned* (the profile says so), *eligible* (a place was reached where
    it can fire), *fired* (it was decided on), *delivered* (it left our hands: the server took the
    request, the client got the reply or the error, the framework the tool's result), *seen* (the
    agent made a later call, with the disturbed result in it where it was one).
    """

    @property
    def dry(self) -> bool:
        """Whether everything is decided and nothing applied. `consider` then gives nothing."""
        ...

    def of(self, kind: type[Any], surface: Surface | None = None) -> Sequence[Active]:
        """Give the active operators of a kind (``TextOperator``…), in the profile's order.

        None in the clean arm. Made once per kind; costs a look-up.
        """
        ...

    def occurrence(self, kind: str, place: str, agent: str = "") -> int:
        """Count how often a place was reached, from 0. Each call counts it once more."""
        ...

    def consider(
        self,
        active: Active,
        site: Site,
        realise: Callable[[About], Edit | None],
        *,
        before: str = "",
        after: Callable[[Edit], str] | None = None,
        text: str | None = None,
    ) -> Injection | None:
        """Decide whether an operator fires at a place, and what it does there.

        The same place with the same thing there (``before``) gets the same answer ever after,
        without a second decision, so edits of history are sticky. In a replay the plan decides.

        Args:
            active: the operator.
            site: the place.
            realise: asks the operator; called at most once.
            before: digest of what is there.
            after: gives the digest of what will be there.
            text: the text that is there, where it is one: what it loses of the literals of a clean
                run lowers the label.

        Returns:
            The injection to apply, or ``None``.

        Raises:
            PerturbationError: the operator failed: a trial that cannot be disturbed is no trial.
        """
        ...

    def delivered(self, injection: Injection, evidence: str, /) -> None:
        """Say that an injection left our hands; counts once, however often it goes out again."""
        ...

    def undelivered(self, injection: Injection, reason: str, /) -> None:
        """Say why an injection that fired did not leave our hands."""
        ...

    def skipped(self, active: Active, site: Site, reason: str, /) -> None:
        """Say why an operator cannot fire at a place that it was meant for (no such tap…)."""
        ...

    def awaits(self, injection: Injection, text: str, /) -> None:
        """Say which text a later request holds once the agent has seen an injection's result."""
        ...

    def asked(self, agent: str, texts: Sequence[str], /) -> None:
        """Take note of a request to a model, and of the texts of its newest results.

        What was delivered before is now seen, if what it awaits is there.

        Raises:
            BudgetError: the trial has cost what it may cost.
        """
        ...

    def called(self, arguments: Json, /) -> None:
        """Take note of what a tool was called with: a clean run's literals are found there."""
        ...

    def spent(self, tokens: int, /) -> None:
        """Take note of tokens that a reply cost."""
        ...

    def tapped(self, tool: str, /) -> None:
        """Say that a tool is disturbed where it runs, so that no other tap does it as well."""
        ...

    def is_tapped(self, tool: str, /) -> bool:
        """Say whether it is."""
        ...


@runtime_checkable
class Counting(Protocol):
    """A trial that tells how far it is, to taps that do not see the conversation."""

    @property
    def requests(self) -> int:
        """How many requests to models were made so far."""
        ...


@runtime_checkable
class Watchable(Protocol):
    """A trial that tells others of requests to models, such as a world whose events have steps."""

    def watch(self, watcher: Callable[[str, Sequence[str]], None], /) -> Callable[[], None]:
        """Have something called at each `Trial.asked`, with its agent and texts.

        It is called before the trial looks at what was seen, so that what it says was delivered
        counts at once.

        Returns:
            Ends it.
        """
        ...


@runtime_checkable
class Failable(Protocol):
    """A trial that can be told that it is none."""

    def failed(self, reason: str, /) -> None:
        """Say why it cannot be disturbed as its profile says; it ends as an error then.

        For what an agent may swallow, such as a refusal of the guard's.
        """
        ...
