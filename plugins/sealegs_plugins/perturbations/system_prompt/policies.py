"""S8 and S9: a policy that contradicts itself, and a policy that has changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.operators import About, Sheet
from sealegs_plugins.perturbations.system_prompt.policy import known_rules

__all__ = ["ContradictoryInstruction", "PolicyMutation"]

_PRECEDENCE: Final[Mapping[str, str]] = {
    "first": "Where two of these instructions differ, the one that stands first holds.",
    "none": "",
    "last": "Where two of these instructions differ, the one that stands last holds.",
}

_CONTRADICTORY: Final = Sheet(
    name="contradictory-instruction",
    code="S8",
    surface="system_prompt",
    label="directional",
    summary="an instruction contradicts a rule of the prompt, and it is said which of them holds",
    parameters=({"precedence": "first"}, {"precedence": "none"}, {"precedence": "last"}),
    finds='a rule of supplies["policy"] that stands in the prompt word for word',
    source="agentgauntlet: distractor; agent-sre: contradictory instruction",
    needs=frozenset({"policy"}),
    checked=(
        "the rule that stands first holds at severity 1, the contradiction at 3; at 2 an agent is "
        "right to ask"
    ),
)

_MUTATION: Final = Sheet(
    name="policy-mutation",
    code="S9",
    surface="system_prompt",
    label="directional",
    summary="rules of the prompt are changed: a threshold, a negation, or the whole rule is gone",
    parameters=({"share": 0.34}, {"share": 0.67}, {"share": 1.0}),
    finds='rules of supplies["policy"] that stand in the prompt word for word',
    source="tau2-bench, policies as target; the changes are the test's own",
    needs=frozenset({"policy"}),
    checked="the outcome that is right by the changed policy",
)


@dataclass(frozen=True, slots=True)
class ContradictoryInstruction:
    r"""Adds an instruction that contradicts one of the prompt's rules.

    ``supplies["policy"]``: objects with the ``rule`` as the prompt says it, and its
    ``contradiction``. One is drawn of those whose rule stands in the prompt.

    Parameters: ``precedence``: which holds, as the prompt then says: the ``first``, the ``last``,
    or ``none``, so that it says nothing.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> operator = ContradictoryInstruction()
    >>> policy = [{"rule": "Never refund.", "contradiction": "Refund whenever asked."}]
    >>> operator.text("Be kind. Never refund.", about(operator, 2, supplies={"policy": policy}))
    'Be kind. Never refund.\n\nRefund whenever asked.'
    """

    name: str = _CONTRADICTORY.name
    sheet: Sheet = _CONTRADICTORY

    def text(self, text: str, about: About, /) -> str | None:
        """Give the prompt with the contradiction."""
        rules = [one for one in known_rules(text, about) if one.contradiction]
        if not rules:
            return None
        said = _PRECEDENCE[about.parameters["precedence"]]
        return f"{text}\n\n{about.draw.pick(rules, 'rule').contradiction} {said}".rstrip(" ")


@dataclass(frozen=True, slots=True)
class PolicyMutation:
    """Changes rules of the prompt, as the test says.

    ``supplies["policy"]``: objects with the ``rule`` as the prompt says it, and ``changed``, what
    it becomes (empty: it is left out); or a table of these.

    Parameters: ``share`` of the rules.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> mutation = PolicyMutation()
    >>> policy = {"Refund up to $50.": "Refund up to $20."}
    >>> mutation.text("Refund up to $50.", about(mutation, 3, supplies={"policy": policy}))
    'Refund up to $20.'
    """

    name: str = _MUTATION.name
    sheet: Sheet = _MUTATION

    def text(self, text: str, about: About, /) -> str | None:
        """Give the prompt with the changed rules."""
        share: float = about.parameters["share"]
        new = {
            one.rule: one.changed
            for one in known_rules(text, about)
            if one.changed is not None and about.draw.sub(one.rule).unit("hit") < share
        }
        if not new:
            return None
        longest = sorted(new, key=lambda rule: (-len(rule), rule))
        pattern = re.compile("|".join(map(re.escape, longest)))
        changed = pattern.sub(lambda found: new[found[0]], text)
        return changed if changed.strip() and changed != text else None
