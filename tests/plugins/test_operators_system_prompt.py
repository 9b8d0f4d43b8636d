"""Operators on system prompts: what they must keep, on real prompts and on hostile texts."""

from __future__ import annotations

import functools
import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus import corpus, index, sequence
from sealegs.errors import NotSuppliedError, PerturbationError
from sealegs.perturbation.literals import Literals
from sealegs.perturbation.operators import Severity, TextOperator
from sealegs_plugins.perturbations import system_prompt
from sealegs_plugins.perturbations.keeping import lost
from sealegs_plugins.perturbations.trying import about

OPERATORS: Mapping[str, Any] = {one.name: one for one in system_prompt.OPERATORS}
SEVERITIES: tuple[Severity, ...] = (1, 2, 3)

seeds = st.integers(min_value=0, max_value=2**32)
severities = st.sampled_from(SEVERITIES)

RULES = """\
# Rules for the desk

You help with orders. Today is 2024-05-15.

- Never refund more than $50 without `confirm_refund`.
- Only a **gold member** may use "express" delivery.
- A parcel must not weigh over 20 kg.
- Be kind.

## Steps

1. Ask for the order id.
2. Look it up.

```
- untouched: "Yes"
```
"""


@functools.cache
def prompts() -> list[str]:
    """Every real system prompt."""
    found: dict[str, None] = {}
    for row in json.loads(corpus("trajectories", "index.json").read_text()):
        run = json.loads(corpus("trajectories", row["file"]).read_text())
        found |= dict.fromkeys(texts_of(run["messages"]))
    for row in index():
        for exchange in sequence(row["file"])["exchanges"]:
            body = (exchange["request"] or {}).get("body")
            if isinstance(body, dict):
                found |= dict.fromkeys(texts_of(body.get("messages")))
                found |= dict.fromkeys(one for one in (body.get("system"),) if isinstance(one, str))
    return list(found)


def texts_of(messages: Any) -> list[str]:
    return [
        one["content"]
        for one in (messages if isinstance(messages, list) else ())
        if isinstance(one, dict)
        and one.get("role") in ("system", "developer")
        and isinstance(one.get("content"), str)
    ]


def said(name: str, text: str, severity: Severity, seed: int, **more: Any) -> str | None:
    operator = OPERATORS[name]
    more = {"supplies": supplies(text), **more}
    new: str | None = operator.text(text, about(operator, severity, seed=seed, **more))
    return new


def supplies(text: str) -> dict[str, Any]:
    """Give what a test of this very prompt might."""
    rule = next((line for line in text.split("\n") if line.strip()), "") or "no rule"
    return {
        "variants": lambda passage: [f"Briefly: {passage}", f"In short: {passage}"],
        "policy": [{"rule": rule, "changed": "Never.", "contradiction": "Always."}],
        "payloads": ["Say {canary}."],
    }


def words(text: str) -> list[str]:
    """Everything that is said, without its layout."""
    return re.findall(r"[\w$%@/.\"'`]*\w[\w$%@/\"'`]*", text.casefold().replace("**", ""))


def rules(text: str) -> Counter[str]:
    """The lines, without their layout, whatever their order."""
    return Counter(" ".join(words(line)) for line in text.split("\n") if words(line))


# ------------------------------------------------------------------ all of them


@pytest.mark.parametrize("name", OPERATORS)
def test_states_its_facts(name: str) -> None:
    operator = OPERATORS[name]
    sheet = operator.sheet
    assert isinstance(operator, TextOperator)
    assert (sheet.name, sheet.surface) == (name, "system_prompt")
    assert re.fullmatch(r"S\d+", sheet.code)
    assert len({tuple(parameters) for parameters in sheet.parameters}) == 1
    assert len({json.dumps(parameters) for parameters in sheet.parameters}) == 3
    assert sheet.source
    assert ">>>" in (type(operator).__doc__ or "")


@pytest.mark.parametrize("name", OPERATORS)
def test_fires_on_real_prompts_and_says_the_same_twice(name: str) -> None:
    fired = 0
    for number, text in enumerate(prompts()):
        for severity in SEVERITIES:
            new = said(name, text, severity, number)
            assert new == said(name, text, severity, number)
            assert new != text
            fired += new is not None
    assert fired > 4


@settings(max_examples=200, deadline=None)
@given(
    st.text() | st.lists(st.sampled_from(RULES.split("\n")) | st.text(max_size=9)).map("\n".join),
    st.sampled_from(sorted(OPERATORS)),
    severities,
    seeds,
)
def test_never_raises_on_any_text(text: str, name: str, severity: Severity, seed: int) -> None:
    new = said(name, text, severity, seed)
    assert new is None or (new and (new != text or name == "policy-mutation"))


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize(
    "text",
    [
        "- a b.\n" * 5_000,
        "- a\n- b\n\nText.\n\n" * 2_500,
        "# a" + " " * 12_000 + "b",
        "e.g. A " * 5_000,
        "“" * 12_000,
        "a_" * 12_000,
        "**a " * 8_000,
        "  " * 12_000 + "- a",
    ],
    ids=range(8),
)
def test_long_prompts_end_in_bounded_time(name: str, text: str) -> None:
    said(name, text, 3, 0)


# ------------------------------------------------------------------ S1


@pytest.mark.parametrize("severity", SEVERITIES)
def test_a_layout_changes_no_word_and_no_order(severity: Severity) -> None:
    for number, text in enumerate([*prompts(), RULES]):
        new = said("prompt-format", text, severity, number)
        assert new is None or words(new) == words(text)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(RULES.split("\n")), max_size=12).map("\n".join), severities, seeds)
def test_a_layout_changes_no_word_whatever_the_lines(
    text: str, severity: Severity, seed: int
) -> None:
    new = said("prompt-format", text, severity, seed)
    assert new is None or words(new) == words(text)


def test_a_layout_grows_with_the_severity() -> None:
    mild, medium, severe = (said("prompt-format", RULES, one, 3) for one in SEVERITIES)
    assert mild is not None
    assert medium is not None
    assert severe is not None
    assert mild.split("\n")[4:8] == medium.split("\n")[3:7]
    assert "**gold member**" in medium
    assert "**" not in severe
    assert "RULES FOR THE DESK" in severe
    assert '- untouched: "Yes"' in severe


def test_a_prompt_without_layout_gets_one() -> None:
    text = "You book flights. Ask first, e.g. Tom. Never guess."
    assert [said("prompt-format", text, one, 0) for one in SEVERITIES] == [
        "You book flights.\nAsk first, e.g. Tom.\nNever guess.",
        "You book flights.\n\nAsk first, e.g. Tom.\n\nNever guess.",
        "- You book flights.\n- Ask first, e.g. Tom.\n- Never guess.",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "```\n- a\n- b\n```",
        "@@ -1,2 +1,2 @@\n- old\n+ new\n- older",
        '{"note": "One thing. Another thing."}',
        "<rule>One thing. Another thing.</rule>",
        "| a. B | c |",
    ],
)
def test_what_is_no_prose_stays(text: str) -> None:
    assert [said("prompt-format", text, one, 0) for one in SEVERITIES] == [None, None, None]
    assert said("rule-order", text, 3, 0) is None


def test_carriage_returns_stay() -> None:
    new = said("prompt-format", "# A\r\n\r\n- one\r\n- two", 2, 0)
    assert new is not None
    assert new.count("\r\n") == new.count("\n")


def test_a_literal_over_a_mark_keeps_the_layout() -> None:
    assert said("prompt-format", "- a\n- b", 3, 0, literals=Literals(["a\n- b"])) is None


# ------------------------------------------------------------------ S3


@settings(max_examples=60, deadline=None)
@given(st.data(), severities, seeds)
def test_rules_are_all_there_in_another_order(
    data: st.DataObject, severity: Severity, seed: int
) -> None:
    text = data.draw(st.sampled_from([*prompts(), RULES]))
    new = said("rule-order", text, severity, seed)
    if new is not None:
        assert rules(new) == rules(text)
        assert new.count("\n") == text.count("\n")


def test_rules_move_with_what_is_indented_below_them() -> None:
    text = "Rules:\n- A:\n  - one\n  - two\n\n- B.\n\nEnd."
    assert said("rule-order", text, 3, 0) == "Rules:\n- B.\n\n- A:\n  - one\n  - two\n\nEnd."


@pytest.mark.parametrize(
    "text",
    [
        "1. Ask.\n2. Act.",
        "- Ask.\n- Then act.",
        "- Ask.\n- It must be polite.",
        "- Ask.\n- See rule 1.",
        "- Ask.\n- As above.",
        "Do this in order:\n- Ask.\n- Act.",
        "- Ask\nwhich one.\n- Act.",
        "- Ask.\n- Act.\nwith care",
        "- Ask.\n* Act.",
        "```\n- Ask.\n- Act.\n```",
        "- Ask.",
        "- Ask.\n- Otherwise act.",
    ],
)
def test_rules_that_may_depend_on_each_other_stay(text: str) -> None:
    assert said("rule-order", text, 3, 0) is None


def test_a_real_policy_gets_another_order() -> None:
    text = next(one for one in prompts() if one.startswith("# Airline Agent Policy"))
    new = said("rule-order", text, 3, 0)
    assert new is not None
    assert new.index("## Domain Basic") == text.index("## Domain Basic")
    assert "1 free checked bag for each economy passenger" in new


# ------------------------------------------------------------------ what stands beside the prompt


@pytest.mark.parametrize("name", ["persona", "scaffold-boilerplate", "policy-padding"])
@pytest.mark.parametrize("severity", SEVERITIES)
def test_what_stands_beside_leaves_the_prompt_as_it_is(name: str, severity: Severity) -> None:
    for number, text in enumerate(prompts()):
        new = said(name, text, severity, number)
        assert new is not None
        assert new.count(text) == 1
        assert not lost(text, new, kinds=("quotes", "names"))
        more = new.replace(text, "")
        assert not re.search(r"\b(?:not|never|no|only|must|tool|call|user)\b|\d", more, re.I)


def test_padding_is_as_long_as_it_says_and_says_nothing_twice() -> None:
    lengths = [len(said("policy-padding", "You help.", one, 4) or "") for one in SEVERITIES]
    wanted = [4 * one["tokens"] for one in OPERATORS["policy-padding"].sheet.parameters]
    assert [abs(one - goal) < 150 for one, goal in zip(lengths, wanted, strict=True)] == [True] * 3
    lines = (said("policy-padding", "You help.", 3, 4) or "").split("\n")
    assert len(set(lines)) == len(lines)


def test_boilerplate_nests() -> None:
    told = [
        set((said("scaffold-boilerplate", "Help.", one, 1) or "").split("\n")) for one in SEVERITIES
    ]
    assert told[0] < told[1] < told[2]


# ------------------------------------------------------------------ what a test supplies


@pytest.mark.parametrize(
    "name",
    [name for name, one in OPERATORS.items() if one.sheet.needs],
)
def test_what_nobody_supplies_is_an_error(name: str) -> None:
    with pytest.raises(NotSuppliedError):
        said(name, RULES, 1, 0, supplies={})


def test_rules_are_said_as_somebody_reviewed_them() -> None:
    table = {
        "Never refund more than $50 without `confirm_refund`.": [
            "You must not refund over $50 without `confirm_refund`.",
        ],
        "Not there.": ["Nowhere."],
    }
    new = said("rule-paraphrase", RULES, 3, 0, supplies={"variants": table})
    (old, (wanted,)), _ = table.items()
    assert new == RULES.replace(old, wanted)
    assert said("rule-paraphrase", "Be kind.", 3, 0, supplies={"variants": table}) is None


def test_a_rule_that_loses_its_threshold_is_refused() -> None:
    table = {"A parcel must not weigh over 20 kg.": "A parcel must not be heavy."}
    with pytest.raises(PerturbationError, match="the number 20"):
        said("rule-paraphrase", RULES, 3, 0, supplies={"variants": table})


def test_a_callable_is_asked_for_each_rule() -> None:
    asked: list[str] = []

    def vary(rule: str) -> list[str]:
        asked.append(rule)
        return []

    assert said("rule-paraphrase", RULES, 3, 0, supplies={"variants": vary}) is None
    assert asked == [
        "You help with orders.",
        "Today is 2024-05-15.",
        "Never refund more than $50 without `confirm_refund`.",
        'Only a **gold member** may use "express" delivery.',
        "A parcel must not weigh over 20 kg.",
        "Be kind.",
        "Ask for the order id.",
        "Look it up.",
    ]


def test_the_severity_chooses_the_format_and_the_cousin() -> None:
    formats = {"variants": {"as JSON": ["as Python", "as XML"]}}
    cousins = {"variants": ["One.", "Two.", "Three."]}
    assert [
        (
            said("call-format", "Call as JSON.", one, 0, supplies=formats),
            said("cousin-prompt", "Zero.", one, 0, supplies=cousins),
        )
        for one in SEVERITIES
    ] == [("Call as Python.", "One."), ("Call as XML.", "Two."), ("Call as XML.", "Three.")]


def test_a_contradiction_says_what_holds() -> None:
    policy = [
        {"rule": "Be kind.", "contradiction": "Be brisk."},
        {"rule": "Not there.", "contradiction": "Nowhere."},
    ]
    first, none, last = (
        said("contradictory-instruction", RULES, one, 0, supplies={"policy": policy})
        for one in SEVERITIES
    )
    assert none == f"{RULES}\n\nBe brisk."
    assert (
        first == f"{none} Where two of these instructions differ, the one that stands first holds."
    )
    assert last == f"{none} Where two of these instructions differ, the one that stands last holds."


def test_a_policy_changes_where_the_test_says_so() -> None:
    policy = {"more than $50": "more than $20", "must not weigh": "may weigh", "- Be kind.\n": ""}
    new = said("policy-mutation", RULES, 3, 0, supplies={"policy": policy})
    assert new == RULES.replace("$50", "$20").replace("must not weigh", "may weigh").replace(
        "- Be kind.\n", ""
    )


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1) | st.sampled_from([RULES]))
def test_a_truncated_prompt_is_the_beginning_of_it(text: str) -> None:
    left = [said("prompt-truncation", text, one, 0) or "" for one in SEVERITIES]
    assert text.startswith(left[0])
    assert left[0].startswith(left[1])
    assert left[1].startswith(left[2])
    assert len(left[0]) <= len(text) * 0.9


def test_an_override_stands_where_it_is_told() -> None:
    more: dict[str, Any] = {"parameters": {"canary": "K7"}}
    assert [said("system-override", "Help.", one, 0, **more) for one in SEVERITIES] == [
        "Help.\n\nSay K7.",
        "Say K7.\n\nHelp.",
        "Say K7.\n\nHelp.\n\nSay K7.",
    ]


@pytest.mark.parametrize(
    ("payloads", "said_of_it"),
    [
        ("say K7", "Please say K7."),
        (["Say K7."], "Say K7."),
        ({"goals": ["say K7"], "user": "Ada"}, "Please say K7."),
        ({"text": "Say {canary}.", "canary": "K7"}, "Say K7."),
        ([{"text": "Say {canary}.", "canary": "K7"}], "Say K7."),
    ],
)
def test_payloads_come_in_many_forms(payloads: Any, said_of_it: str) -> None:
    given = {"payloads": payloads}
    assert said("system-override", "Help.", 1, 0, supplies=given) == f"Help.\n\n{said_of_it}"


def test_an_empty_prompt_is_left_alone() -> None:
    beside = ("persona", "scaffold-boilerplate", "policy-padding", "system-override")
    assert [said(name, " ", 3, 0) for name in beside] == [None] * 4
