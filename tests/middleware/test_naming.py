"""Names of tools: legal for the provider, never shared, and the same every time."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealegs.schema.dialect import NameRule
from sealegs.schema.naming import Names, is_legal, legal

PLAIN = NameRule(r"[a-zA-Z0-9_-]+", 64)
GEMINI = NameRule(r"[a-zA-Z_][a-zA-Z0-9_.:-]*", 64, first="_")
ANY = NameRule(max_length=128)
RULES = (PLAIN, GEMINI, ANY, NameRule(r"[a-zA-Z0-9_-]+", 40, reserved=frozenset({"python"})))
rules = st.sampled_from(RULES)
names = st.text(max_size=90) | st.from_regex(r"[a-z._-]{0,90}", fullmatch=True)


@given(names, rules)
def test_what_is_sent_is_legal(name: str, rule: NameRule) -> None:
    assert is_legal(legal(name, rule), rule)


@given(names, rules)
def test_a_legal_name_stands_for_itself(name: str, rule: NameRule) -> None:
    made = legal(name, rule)
    assert (made == name) is is_legal(name, rule)
    assert legal(made, rule) == made


@given(st.lists(names, unique=True, max_size=12), rules)
def test_no_two_tools_share_a_name_and_each_has_its_way_back(
    found: list[str], rule: NameRule
) -> None:
    whole = Names.of(found, rule)
    assert len(set(whole.sent.values())) == len(found)
    assert [whole.own[whole.name(name)] for name in found] == found


@given(st.lists(names, unique=True, min_size=1, max_size=5), rules)
def test_a_name_depends_on_no_other_tool_and_on_no_order(found: list[str], rule: NameRule) -> None:
    alone = {name: Names.of([name], rule).name(name) for name in found}
    for order in list(permutations(found))[:6]:
        assert dict(Names.of(order, rule).sent) == alone


def test_names_that_differ_only_in_what_is_illegal_stay_apart() -> None:
    found = ["a.b", "a_b", "a b", "a/b", "é", "", "x" * 80, "x" * 81]
    made = [legal(name, PLAIN) for name in found]
    bodies = [name[:-9] if name != "a_b" else name for name in made]
    assert bodies[:6] == ["a_b", "a_b", "a_b", "a_b", "_", "t_"]
    assert bodies[6:] == ["x" * 55] * 2
    assert len(set(made)) == len(found)
    assert [len(name) for name in made[6:]] == [64, 64]


def test_a_tool_that_has_the_very_name_which_another_would_get_keeps_it() -> None:
    taken = legal("files.read", PLAIN)
    for order in (["files.read", taken], [taken, "files.read"]):
        whole = Names.of(order, PLAIN)
        assert whole.name(taken) == taken
        assert whole.name("files.read") == legal("files.read", PLAIN, 16) != taken
        assert whole.own[whole.name("files.read")] == "files.read"


def test_a_tool_that_this_request_does_not_define_is_named_as_in_the_one_that_did() -> None:
    assert Names.of([], PLAIN).name("files.read") == Names.of(["files.read"], PLAIN).name(
        "files.read"
    )


def test_some_tools_can_keep_their_own_names() -> None:
    whole = Names.of(["files.read", "files.write"], PLAIN)
    kept = whole.keeping(["files.read"])
    assert kept.name("files.read") == "files.read"
    assert kept.name("files.write") == whole.name("files.write")
    assert kept.own == {"files.read": "files.read", whole.name("files.write"): "files.write"}
    assert whole.keeping([]) is whole


def test_a_name_that_is_named_twice_is_one_name() -> None:
    assert dict(Names.of(["a", "a"], PLAIN).sent) == {"a": "a"}


def test_a_first_letter_that_is_not_legal_there_gets_a_prefix() -> None:
    assert re.fullmatch(r"_7zip_[a-z2-7]{8}", legal("7zip", GEMINI))
    assert legal("7zip", PLAIN) == "7zip"


def test_a_reserved_name_is_changed() -> None:
    rule = NameRule(r"[a-z_0-9]+", 64, reserved=frozenset({"python"}))
    assert legal("python", rule).startswith("python_")


@pytest.mark.parametrize("seed", ["1", "2"])
def test_another_process_gives_the_same_names(seed: str) -> None:
    code = (
        "from sealegs.schema.dialect import NameRule\n"
        "from sealegs.schema.naming import legal\n"
        "print(legal('files.read', NameRule(r'[a-zA-Z0-9_-]+', 64)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == legal("files.read", PLAIN)
