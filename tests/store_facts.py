"""What holds for every store, and a model to compare one with."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sealegs.errors import SettingsError
from sealegs.records import Found, Issuer, Record, Store
from sealegs_plugins.stores import SQLiteStore

ISSUER = Issuer("https://api.example:443", "account", "openai-chat", "model")
DAY = 24 * 3600.0
_ids = itertools.count()


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


def key(name: str) -> bytes:
    return name.encode().ljust(16, b"\0")


def record(text: str = "thought", /, *, session: str = "", **fields: Any) -> Record:
    """Make a record with an id of its own."""
    made = Record(
        id=next(_ids).to_bytes(16, "big"),
        session=session,
        issuer=ISSUER,
        fingerprint=b"f" * 16,
        payloads={"reasoning_content": text.encode()},
    )
    return msgspec.structs.replace(made, **fields)


def ids(found: Found) -> list[bytes]:
    return [one.id for one in found.records]


A, B, C, D = map(key, "abcd")
Make = Callable[..., Store]


class StoreFacts:
    """Facts of every store; a subclass gives the fixture ``make``."""

    def test_a_record_comes_back_whole_under_each_of_its_keys(self, make: Make) -> None:
        kept = Record(
            id=b"i" * 16,
            session="s",
            issuer=ISSUER,
            fingerprint=b"f" * 16,
            system=b"y" * 16,
            context=bytes(range(24)),
            call_ids=("functions.name:0", "é"),
            stamped_ids=("call_x", "call_y"),
            payloads={"b": b'"\xff\x00"', "a": b"{}"},
            given_prefix=b"p" * 16,
            complete=False,
            created=1.25,
        )
        store = make()
        store.save(kept, iter([A, B, A]))
        assert store.load([A, C, B]) == {A: Found((kept,)), B: Found((kept,))}

    def test_records_of_one_key_come_in_the_order_of_saving(self, make: Make) -> None:
        store, saved = make(), [record(str(n)) for n in range(9)]
        for one in saved:
            store.save(one, [A])
        store.load([A])
        assert store.load([A]) == {A: Found(tuple(saved))}

    def test_nothing_is_found_under_no_key_and_under_unknown_ones(self, make: Make) -> None:
        store = make()
        assert store.load([]) == {}
        assert store.load([A, B]) == {}

    def test_a_record_without_keys_is_forgotten_with_its_session(self, make: Make) -> None:
        store = make()
        store.save(record(session="s"), [])
        assert store.forget("s") == 1

    def test_saving_an_id_again_replaces_the_record_and_its_keys(self, make: Make) -> None:
        store, old = make(), record("old")
        new = msgspec.structs.replace(old, payloads={"reasoning_content": b"new"})
        store.save(old, [A, B])
        store.save(record("between"), [B])
        store.save(new, [B, C])
        found = store.load([A, B, C])
        assert set(found) == {B, C}
        assert (ids(found[B])[1:], found[B].tainted) == ([new.id], False)
        assert found[C] == Found((new,))

    def test_equal_content_under_equal_keys_is_kept_once_the_newest(self, make: Make) -> None:
        store, copies = make(max_per_key=2), [record("same", created=float(n)) for n in range(9)]
        other = record("other")
        store.save(copies[0], [A, B])
        store.save(other, [A])
        for one in copies[1:]:
            store.save(one, [B, A])
        assert store.load([A, B]) == {A: Found((other, copies[-1])), B: Found((copies[-1],))}

    @pytest.mark.parametrize(
        "change",
        [
            {"payloads": {"reasoning_content": b"x"}},
            {"fingerprint": b"x" * 16},
            {"call_ids": ("x",)},
            {"session": "x"},
            {"given_prefix": b"x"},
            {"context": b"x" * 8},
            {"complete": False},
            {"issuer": Issuer("https://other.example:443", "account", "openai-chat", "model")},
        ],
        ids=lambda change: next(iter(change)),
    )
    def test_what_differs_in_anything_that_counts_is_another_record(
        self, make: Make, change: dict[str, Any]
    ) -> None:
        store, first, second = make(), record(), record(**change)
        store.save(first, [A])
        store.save(second, [A])
        assert store.load([A]) == {A: Found((first, second))}

    def test_equal_content_under_other_keys_is_another_record(self, make: Make) -> None:
        store, first, second = make(), record(), record()
        store.save(first, [A])
        store.save(second, [A, B])
        assert store.load([A, B]) == {A: Found((first, second)), B: Found((second,))}

    def test_a_full_key_lets_go_of_its_oldest_and_is_tainted(self, make: Make) -> None:
        store, saved = make(max_per_key=3), [record(str(n)) for n in range(5)]
        for number, one in enumerate(saved):
            store.save(one, [A, key(f"own {number}")])
        assert store.load([A]) == {A: Found(tuple(saved[2:]), tainted=True)}

    def test_what_a_full_key_let_go_of_is_whole_under_its_other_keys(self, make: Make) -> None:
        store, saved = make(max_per_key=3), [record(str(n)) for n in range(100)]
        own = [key(f"own {n}") for n in range(100)]
        for one, mine in zip(saved, own, strict=True):
            store.save(one, [A, mine])
        expected = {mine: Found((one,)) for one, mine in zip(saved, own, strict=True)}
        assert store.load(own) == expected

    def test_a_record_that_has_lost_its_last_key_is_gone(self, make: Make) -> None:
        store = make(max_per_key=1)
        store.save(record("1", session="s"), [A, B])
        store.save(record("2"), [A])
        store.save(record("3"), [B])
        assert store.forget("s") == 0

    def test_an_expired_record_is_gone_and_its_keys_stay_tainted(self, make: Make) -> None:
        clock = Clock()
        store, young = make(ttl_seconds=DAY, clock=clock), record("young")
        store.save(record("old"), [A, B])
        clock.now += DAY / 2
        store.save(young, [B])
        clock.now += DAY / 2
        expected = {A: Found(tainted=True), B: Found((young,), tainted=True)}
        assert store.load([A, B, C]) == expected
        store.save(record("another"), [C])
        assert store.load([A, B]) == expected

    def test_a_new_record_under_a_tainted_key_does_not_clear_it(self, make: Make) -> None:
        clock = Clock()
        store, new = make(ttl_seconds=DAY, clock=clock), record("new")
        store.save(record("old"), [A])
        clock.now += DAY
        store.save(new, [A])
        assert store.load([A]) == {A: Found((new,), tainted=True)}

    def test_a_record_lives_up_to_its_time_however_often_it_is_loaded(self, make: Make) -> None:
        clock = Clock()
        store, kept = make(ttl_seconds=DAY, clock=clock), record()
        store.save(kept, [A])
        clock.now += DAY - 1
        assert store.load([A]) == {A: Found((kept,))}
        clock.now += 1
        assert store.load([A]) == {A: Found(tainted=True)}

    def test_without_a_ttl_a_record_stays(self, make: Make) -> None:
        clock = Clock()
        store, kept = make(ttl_seconds=None, clock=clock), record()
        store.save(kept, [A])
        clock.now += 10_000 * DAY
        assert store.load([A]) == {A: Found((kept,))}

    def test_forget_drops_a_session_and_leaves_no_mark(self, make: Make) -> None:
        store, other = make(), record("x", session="t")
        for number in range(3):
            store.save(record(str(number), session="s"), [A, key(f"own {number}")])
        store.save(other, [B])
        assert store.forget("s") == 3
        assert store.load([A, B, key("own 0")]) == {B: Found((other,))}
        assert store.forget("s") == 0

    def test_forget_taints_a_key_that_other_sessions_share(self, make: Make) -> None:
        store, other = make(), record("theirs", session="t")
        store.save(record("ours", session="s"), [A])
        store.save(other, [A])
        store.forget("s")
        assert store.load([A]) == {A: Found((other,), tainted=True)}

    def test_a_record_too_large_for_the_store_only_taints(self, make: Make) -> None:
        store, small = make(max_bytes=1024 * 1024), record("small")
        store.save(small, [A])
        store.save(record("x" * 600_000), [A, B])
        assert store.load([A, B]) == {A: Found((small,), tainted=True), B: Found(tainted=True)}

    def test_what_had_to_go_for_room_is_tainted_and_nothing_else(self, make: Make) -> None:
        store = make(max_bytes=1024 * 1024)
        saved = {key(f"own {n}"): record(f"{n} " * 10_000) for n in range(100)}
        for mine, one in saved.items():
            store.save(one, [mine])
        found = store.load(list(saved))
        assert set(found) == set(saved)
        kept = [mine for mine in saved if found[mine] == Found((saved[mine],))]
        gone = [mine for mine in saved if found[mine] == Found(tainted=True)]
        assert gone + kept == list(saved)
        assert 10 <= len(kept) <= 60

    def test_a_call_id_that_is_not_unicode_raises_nothing(self, make: Make) -> None:
        store = make()
        store.save(record(call_ids=("\ud800",)), [A])
        found = store.load([A])[A]
        assert found.tainted or found.records[0].call_ids == ("\ud800",)

    def test_many_keys_are_loaded_at_once(self, make: Make) -> None:
        store, kept = make(max_per_key=2), record()
        keys = [key(f"own {n}") for n in range(1203)]
        store.save(kept, keys)
        assert store.load([*keys, B, *keys]) == dict.fromkeys(keys, Found((kept,)))

    @pytest.mark.parametrize("limit", ["max_bytes", "max_per_key", "ttl_seconds"])
    def test_a_limit_below_zero_is_refused_by_name(self, make: Make, limit: str) -> None:
        with pytest.raises(SettingsError, match=limit):
            make(**{limit: -1})

    def test_threads_lose_nothing(self, make: Make) -> None:
        store, failures = make(max_per_key=1000), list[BaseException]()

        def work(name: str) -> None:
            try:
                for number in range(40):
                    store.save(record(f"{name} {number}"), [A, key(f"{name} {number}")])
                    store.load([A, key(f"{name} {number}")])
            except BaseException as failure:
                failures.append(failure)

        threads = [threading.Thread(target=work, args=(name,)) for name in "wxyz"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        found = store.load([A])[A]
        texts = {one.payloads["reasoning_content"].decode() for one in found.records}
        assert texts == {f"{name} {number}" for name in "wxyz" for number in range(40)}
        assert not found.tainted

    def test_closing_twice_is_harmless(self, make: Make) -> None:
        store = make()
        store.close()
        store.close()


KEYS = [key(f"key {n}") for n in range(5)]
_TTL, _MOST = 100.0, 3


class StoreModel(RuleBasedStateMachine):
    """A store beside lists and sets that do the same in the plainest way."""

    make: Make

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.store = self.make(max_per_key=_MOST, ttl_seconds=_TTL, clock=self.clock)
        # what was saved and when, its keys at first, and its keys that are left
        self.rows: list[tuple[Record, float, frozenset[bytes], set[bytes]]] = []
        self.tainted: set[bytes] = set()
        self.used: list[Record] = []

    def under(self, one: bytes) -> list[Record]:
        return [row[0] for row in self.rows if one in row[3]]

    def expire(self) -> None:
        for row in list(self.rows):
            if row[1] + _TTL <= self.clock.now:
                self.rows.remove(row)
                self.tainted |= row[3]

    def expect(self, new: Record, keys: frozenset[bytes]) -> None:
        self.expire()
        same = (new.session, new.payloads, keys)
        self.rows = [
            row
            for row in self.rows
            if row[0].id != new.id and (row[0].session, row[0].payloads, row[2]) != same
        ]
        self.rows.append((new, self.clock.now, keys, set(keys)))
        for one in keys:
            if len(self.under(one)) > _MOST:
                oldest = next(row for row in self.rows if one in row[3])
                oldest[3].remove(one)
                self.tainted.add(one)
                if not oldest[3]:
                    self.rows.remove(oldest)

    @rule(
        keys=st.frozensets(st.sampled_from(KEYS), min_size=1),
        session=st.sampled_from("st"),
        text=st.sampled_from("xyz"),
    )
    def save(self, keys: frozenset[bytes], session: str, text: str) -> None:
        new = record(text, session=session)
        self.used.append(new)
        self.store.save(new, keys)
        self.expect(new, keys)

    @precondition(lambda self: self.used)
    @rule(data=st.data(), keys=st.frozensets(st.sampled_from(KEYS), min_size=1))
    def save_an_id_again(self, data: st.DataObject, keys: frozenset[bytes]) -> None:
        old = data.draw(st.sampled_from(self.used))
        new = msgspec.structs.replace(old, payloads={"reasoning": b"again"})
        self.store.save(new, keys)
        self.expect(new, keys)

    @rule(session=st.sampled_from("st"))
    def forget(self, session: str) -> None:
        self.expire()
        gone = [row for row in self.rows if row[0].session == session]
        self.rows = [row for row in self.rows if row[0].session != session]
        self.tainted |= {one for row in gone for one in row[3] if self.under(one)}
        assert self.store.forget(session) == len(gone)

    @rule(seconds=st.sampled_from([1.0, 30.0, 60.0, 100.0]))
    def pass_time(self, seconds: float) -> None:
        self.clock.now += seconds

    @invariant()
    def finds_what_the_model_finds(self) -> None:
        self.expire()
        expected = {one: Found(tuple(self.under(one)), one in self.tainted) for one in KEYS}
        assert self.store.load(KEYS) == {
            one: found for one, found in expected.items() if found != Found()
        }

    def teardown(self) -> None:
        self.store.close()


def save_many(path: Path, name: str, count: int) -> None:
    """Save records from a process of its own."""
    store = SQLiteStore(path, max_per_key=10_000, timeout_seconds=60)
    for number in range(count):
        store.save(record(f"{name} {number}", id=f"{name} {number}".encode()), [A, key(name)])
    store.close()
