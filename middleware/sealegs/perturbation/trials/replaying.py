"""A plan decides what is disturbed, in the place of draws."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from threading import Lock

from sealegs.errors import ProfileError
from sealegs.perturbation.operators import Site
from sealegs.perturbation.trial import Injection
from sealegs.perturbation.trials.deciding import Question, identity
from sealegs.perturbation.trials.ledger import Ledger
from sealegs.perturbation.trials.plans import PlannedTrial
from sealegs.perturbation.trials.selecting import Choice

__all__ = ["Replayed", "by_use"]


class Replayed:
    """Does as a plan says, and nothing else: no draw, no scope and no operator has a say.

    Args:
        planned: the plan's injections, by `by_use`.
        ledger: where decisions are written down.
        dry: whether nothing will be applied.
    """

    def __init__(
        self, planned: Mapping[str, tuple[int, Injection]], ledger: Ledger, *, dry: bool
    ) -> None:
        self._planned, self._ledger, self._dry = planned, ledger, dry
        self._lock = Lock()
        self._asked: set[tuple[int, str, str]] = set()
        self._visited: set[tuple[int, str]] = set()

    def decide(
        self, choice: Choice, site: Site, before: str, ask: Callable[[], Question], /
    ) -> Injection | None:
        """Give the injection that the plan has for a place; nobody is asked."""
        use, place = choice.active.index, site.key
        _, found = self._planned.get(identity(choice, site, before), (use, None))
        with self._lock:
            key = (use, place, choice.what(site, before))
            first = key not in self._asked
            self._asked.add(key)
            self._visited.add((use, place))
        if first:
            self._ledger.eligible(use, site.turn)
            if found is not None:
                self._ledger.fired(use, found, (), "dry run" if self._dry else "")
        return found

    def settle(self) -> None:
        """Write down what found no place."""
        for use, injection in self._planned.values():
            changed = (use, injection.site.key) in self._visited
            reason = "what stood there has changed" if changed else "not reached"
            self._ledger.missed(use, injection, reason)


def by_use(
    choices: Sequence[Choice], plan: PlannedTrial
) -> tuple[Mapping[str, tuple[int, Injection]], Mapping[int, int]]:
    """Find the operator of a profile that each injection of a plan is of.

    Returns:
        Id of an injection to its operator's place in the profile and itself; and how many each
        operator has.

    Raises:
        ProfileError: it is of none.
    """
    found: dict[str, tuple[int, Injection]] = {}
    for index, one in enumerate(plan.injections):
        for choice in choices:
            if identity(choice, one.site, one.before) == one.id:
                found[one.id] = (choice.active.index, one)
                break
        else:
            raise ProfileError(
                f"the plan of {plan.case}, repetition {plan.repetition}",
                f"injections[{index}]",
                f"is not of an operator of the profile: {one.operator} at {one.site.key}",
            )
    return found, Counter(use for use, _ in found.values())
