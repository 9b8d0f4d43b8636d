"""Which dialect a request's tools are written in."""

from __future__ import annotations

from typing import Any

import pytest

from sealegs.schema import choosing
from sealegs.schema.choosing import Dialects
from sealegs.schema.dialect import Dialect

WIRE = frozenset({"wire"})


def dialect(name: str, **rest: Any) -> Dialect:
    return Dialect(name, "form", **{"wires": WIRE, **rest})


def test_the_first_by_rank_and_then_by_name_is_found() -> None:
    rows = [
        dialect("c", rank=1),
        dialect("b"),
        dialect("a"),
        dialect("z", rank=0, wires=frozenset()),
    ]
    every = Dialects(rows)
    assert [row.name for row in every.every] == ["z", "c", "a", "b"]
    assert every.find("wire", "anyone", "model") == rows[0]


def test_wire_provider_and_model_must_all_fit() -> None:
    row = dialect("a", providers=("acme*",), models=("m-[1-3]*",))
    every = Dialects([row])
    found = [
        every.find("wire", "acme-eu", "m-2.5"),
        every.find("other", "acme", "m-1"),
        every.find("wire", "unknown", "m-1"),
        every.find("wire", "acme", "m-4"),
    ]
    assert found == [row, None, None, None]


def test_a_dialect_without_providers_is_found_by_its_name_alone() -> None:
    row = dialect("a", providers=())
    every = Dialects([row])
    assert (every.find("wire", "", ""), every.named("a"), every.named("b")) == (None, row, None)


def test_strict_mode_is_reached_through_the_dialect_that_names_it() -> None:
    plain, strict = dialect("a", strict="a-strict"), dialect("a-strict", rank=1)
    every = Dialects([plain, strict])
    assert every.find("wire", "x", "y") == plain
    assert (every.strict(plain), every.strict(strict)) == (strict, None)


def test_two_of_one_name_are_an_error_that_tells_where_they_stand() -> None:
    with pytest.raises(ValueError, match="two dialects are named 'a': one from 'x', one from 'y'"):
        Dialects([dialect("a", source="x"), dialect("a", source="y", rank=200)])


@pytest.mark.parametrize("member", [{"strict": "b"}, {"answers": {"schema": "b"}}])
def test_a_dialect_that_is_named_and_not_there_is_an_error(member: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="'a' names no dialect: 'b'"):
        Dialects([dialect("a", **member)])


def test_what_was_found_is_remembered_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "_MEMO_SIZE", 3)
    row = dialect("a", providers=("p1*",))
    every = Dialects([row])
    names = [f"p{number}" for number in (1, 2, 10, 20, 1, 2, 11)]
    found = [every.find("wire", name, "m") for name in names]
    assert found == [row, None, row, None, row, None, row]
    assert len(every._memo) <= 3
