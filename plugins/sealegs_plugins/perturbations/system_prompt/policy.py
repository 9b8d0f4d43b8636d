"""Rules of a prompt that a test knows: what they become, and what contradicts them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sealegs.jsons import Json, is_object
from sealegs.perturbation.operators import About

__all__ = ["Rule", "known_rules"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        rule: as it stands in the prompt.
        changed: what it becomes; empty: it is left out; ``None``: it stays.
        contradiction: what says otherwise; empty: nothing does.
    """

    rule: str
    changed: str | None = None
    contradiction: str = ""


def known_rules(text: str, about: About) -> list[Rule]:
    """Give the rules of ``supplies["policy"]`` that stand in a prompt, in the order given.

    These are a list of objects with ``rule``, and ``changed`` or ``contradiction``; or a table of
    what each rule becomes.
    """
    given: Json = about.supplies["policy"]
    if is_object(given):
        rules = [Rule(rule, changed) for rule, changed in given.items()]
    else:
        listed: Sequence[Json] = given
        rules = [
            Rule(one["rule"], one.get("changed"), one.get("contradiction", "")) for one in listed
        ]
    return [one for one in rules if one.rule and one.rule in text]
