"""The tool tap: a decorator under which any callable runs as a trial says."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import inspect
import random
import threading
import typing
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import BaseModel, validate_call

import sealegs
from sealegs.errors import PerturbationError
from sealegs.jsons import canonical
from sealegs.perturbation.edits import Failed, Pretended, Slowed
from sealegs.perturbation.operators import Site
from sealegs.perturbation.tools.arguments import Parameters, place, plain
from sealegs.perturbation.tools.tapping import tapped_tool
from sealegs.perturbation.tools.values import Opened, Unread, opened, read_text, write_text
from toolruns import (
    FAILED,
    LOST,
    PRETENDED,
    SLOWED,
    Ending,
    Saying,
    became,
    receipts,
    tools,
    trial,
)


@tapped_tool
def look(city: str, days: int = 1) -> str:
    """Look out of the window."""
    return f"sunny in {city} for {days}"


@tapped_tool
async def alook(city: str, days: int = 1) -> str:
    """Look out of the window."""
    await asyncio.sleep(0)
    return f"sunny in {city} for {days}"


def both(city: str = "Oslo", **more: Any) -> list[Callable[[], Any]]:
    """The two ways of a call."""
    return [lambda: look(city, **more), lambda: asyncio.run(alook(city, **more))]


WAYS = pytest.mark.parametrize("way", [0, 1], ids=["sync", "async"])


# ------------------------------------------------------------------ without a trial


def test_without_a_trial_a_tool_gives_the_very_object() -> None:
    there = object()
    assert tapped_tool(lambda: there, name="it")() is there


@WAYS
def test_without_a_trial_a_tool_raises_the_very_error(way: int) -> None:
    wrong = KeyError("no such city")

    @tapped_tool
    def fails() -> None:
        raise wrong

    @tapped_tool
    async def afails() -> None:
        raise wrong

    with pytest.raises(KeyError) as raised:
        asyncio.run(afails()) if way else fails()
    assert raised.value is wrong


@WAYS
def test_in_the_clean_arm_nothing_happens_and_the_tool_is_known_as_tapped(way: int) -> None:
    with trial(Ending(FAILED), Saying(str.upper), arm="clean") as running:
        assert both()[way]() == "sunny in Oslo for 1"
    assert receipts(running) == []
    assert running.is_tapped(("look", "alook")[way])


def test_in_a_dry_run_nothing_happens_and_all_is_told() -> None:
    with trial(Ending(FAILED), Saying(str.upper), profile={"dry_run": True}) as running:
        assert look("Oslo") == "sunny in Oslo for 1"
    assert [one[:2] for one in became(running)] == [("ending", False), ("saying", False)]


# ------------------------------------------------------------------ what frameworks look at


@pytest.mark.parametrize("tool", [look, alook], ids=["sync", "async"])
def test_a_framework_sees_the_tools_own_signature(tool: Any) -> None:
    assert str(inspect.signature(tool)) == "(city: 'str', days: 'int' = 1) -> 'str'"
    assert typing.get_type_hints(tool) == {"city": str, "days": int, "return": str}
    assert inspect.getdoc(tool) == "Look out of the window."
    assert inspect.iscoroutinefunction(tool) is (tool is alook)
    assert tool.__module__ == __name__


def test_pydantic_validates_a_tools_arguments() -> None:
    checked = validate_call(look)
    assert checked("Oslo", days="2") == "sunny in Oslo for 2"  # type: ignore[arg-type]


def test_langchain_makes_the_same_tool_of_it() -> None:
    lc = pytest.importorskip("langchain_core.tools")

    def plain_look(city: str, days: int = 1) -> str:
        """Look out of the window."""
        return f"sunny in {city} for {days}"

    own, tapped = lc.tool("look")(plain_look), lc.tool(look)
    assert tapped.name == "look"
    assert tapped.args == own.args
    assert tapped.description == own.description
    with trial(Saying(str.upper)):
        assert tapped.invoke({"city": "Oslo"}) == "SUNNY IN OSLO FOR 1"


def test_what_is_no_callable_is_refused() -> None:
    with pytest.raises(TypeError, match="expected a callable, got classmethod"):
        tapped_tool(classmethod(lambda cls: None))  # type: ignore[call-overload]


def test_sealegs_tool_is_the_decorator() -> None:
    assert sealegs.tool is tapped_tool


# ------------------------------------------------------------------ failing


@WAYS
def test_an_injected_error_is_an_exception_in_every_one_of_a_hundred_calls(way: int) -> None:
    caught = 0
    with trial(Ending(FAILED)) as running:
        for number in range(100):
            try:
                both(str(number))[way]()
            except TimeoutError as error:
                caught += str(error) == "no answer within 30 seconds"
    assert caught == 100
    assert became(running) == [("ending", True, "raised TimeoutError")] * 100


@WAYS
def test_at_a_rate_of_a_fifth_a_fifth_of_calls_fail(way: int) -> None:
    async def agent() -> int:
        return sum([await missed(number) for number in range(5_000)])

    async def missed(number: int) -> bool:
        try:
            await alook(str(number)) if way else look(str(number))
        except TimeoutError:
            return True
        return False

    with trial(Ending(FAILED), uses={"ending": {"rate": 0.2}}) as running:
        caught = asyncio.run(agent())
    assert 0.2 * 5_000 - 100 < caught < 0.2 * 5_000 + 100  # three and a half standard deviations
    assert sum(one.delivered for one in receipts(running)) == caught


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("error", RuntimeError),
        ("timeout", TimeoutError),
        ("connection", ConnectionError),
        ("permission", PermissionError),
        ("not_found", LookupError),
        ("value", ValueError),
    ],
)
def test_each_kind_of_failure_is_a_built_in_exception(kind: Any, error: type[Exception]) -> None:
    with trial(Ending(Failed(kind, "no"))), pytest.raises(error, match=r"^no$") as raised:
        look("Oslo")
    assert type(raised.value) is error


@WAYS
def test_where_the_answer_is_lost_the_tool_has_done_its_work_once(way: int) -> None:
    done: list[str] = []

    @tapped_tool
    def book(city: str) -> str:
        done.append(city)
        return "booked"

    @tapped_tool(name="book")
    async def abook(city: str) -> str:
        done.append(city)
        return "booked"

    with trial(Ending(LOST)) as running, pytest.raises(ConnectionError, match="answer was lost"):
        asyncio.run(abook("Oslo")) if way else book("Oslo")
    assert done == ["Oslo"]
    assert became(running) == [("ending", True, "raised ConnectionError")]


def test_a_tool_that_fails_by_itself_is_not_counted_as_disturbed() -> None:
    @tapped_tool
    def broken() -> None:
        raise KeyError("its own")

    with trial(Ending(LOST)) as running, pytest.raises(KeyError, match="its own"):
        broken()
    assert became(running) == [("ending", False, "the tool itself raised KeyError")]


def test_a_retry_within_the_tool_does_not_swallow_an_injected_error() -> None:
    tries: list[int] = []

    def retrying(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def again(*args: Any) -> Any:
            for number in range(3):
                try:
                    return function(*args)
                except TimeoutError:
                    tries.append(number)
            return "given up"

        return again

    @tapped_tool
    @retrying
    def flaky(city: str) -> str:
        return city

    with trial(Ending(FAILED)) as running, pytest.raises(TimeoutError):
        flaky("Oslo")
    assert tries == []
    assert became(running) == [("ending", True, "raised TimeoutError")]


def test_a_call_that_is_tried_again_is_the_next_occurrence_of_its_place() -> None:
    with trial(Ending(FAILED, first=1)) as running:
        with pytest.raises(TimeoutError):
            look("Oslo")
        assert look("Oslo") == "sunny in Oslo for 1"
        with pytest.raises(TimeoutError):
            look("Rome")
    assert [one.injection.site.occurrence for one in receipts(running)] == [0, 0]


# ------------------------------------------------------------------ pretending, slowness


@WAYS
def test_a_tool_that_only_seems_to_run_does_not_run(way: int) -> None:
    ran: list[str] = []

    @tapped_tool
    def book(city: str) -> Any:
        ran.append(city)

    @tapped_tool
    async def abook(city: str) -> Any:
        ran.append(city)

    with trial(Ending(PRETENDED)) as running:
        answer = asyncio.run(abook("Oslo")) if way else book("Oslo")
    assert (answer, ran) == ({"status": "success"}, [])
    assert became(running) == [("ending", True, "returned in the tool's place")]


def test_a_tool_that_promises_text_pretends_in_text() -> None:
    with trial(Ending(PRETENDED)):
        assert look("Oslo") == '{"status": "success"}'


@WAYS
def test_a_slow_tool_answers_all_the_same(way: int) -> None:
    with trial(Ending(SLOWED)) as running:
        assert both()[way]() == "sunny in Oslo for 1"
    assert became(running) == [("ending", True, "the tool began 0.01 s late")]


def test_slowness_that_its_caller_does_not_wait_for_has_reached_it() -> None:
    async def agent() -> None:
        await asyncio.wait_for(alook("Oslo"), 0.01)

    with trial(Ending(Slowed(5))) as running, pytest.raises(TimeoutError):
        asyncio.run(agent())
    assert became(running) == [("ending", True, "the caller stopped waiting")]


def test_a_slow_tool_leaves_the_event_loop_free() -> None:
    async def agent() -> list[str]:
        return await asyncio.gather(*(alook(str(number)) for number in range(20)))

    with trial(Ending(Slowed(0.05))):
        started = asyncio.run(_timed(agent()))
    assert started < 0.5


async def _timed(work: Any) -> float:
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await work
    return loop.time() - begun


def test_of_two_that_would_end_a_call_the_first_does_and_the_other_is_told_as_undelivered() -> None:
    first, second = Ending(FAILED, "first"), Ending(PRETENDED, "second")
    with trial(first, Ending(SLOWED, "slow"), second) as running, pytest.raises(TimeoutError):
        look("Oslo")
    assert sorted(became(running)) == [
        ("first", True, "raised TimeoutError"),
        ("second", False, "first had ended the call"),
        ("slow", True, "the tool began 0.01 s late"),
    ]


# ------------------------------------------------------------------ results


@dataclass
class Flight:
    number: str
    seats: int


class Hotel(BaseModel):
    name: str
    from_day: date
    rooms: int = 0


def more(key: str, value: Any = 9) -> Saying:
    """Sets a field."""
    return Saying(lambda old: {**old, key: value})


@pytest.mark.parametrize(
    ("result", "operator", "given"),
    [
        ("sunny", Saying(str.upper), "SUNNY"),
        ('{"a": 1, "b": "é"}', more("a"), '{"a": 9, "b": "é"}'),
        ('{"a":1}', more("a"), '{"a":9}'),
        ('{"a":"\\u00e9"}', more("b", "é"), '{"a":"\\u00e9","b":"\\u00e9"}'),
        ('{\n  "a": 1\n}', more("a"), '{\n  "a": 9\n}'),
        ("17", Saying(lambda value: value + 1), "18"),
        ({"a": 1}, more("a"), {"a": 9}),
        ([1, 2], Saying(lambda value: value[:1]), [1]),
        ((1, 2), Saying(lambda value: value[:1]), (1,)),
        (3, Saying(lambda value: value * 2), 6),
        (True, Saying(lambda value: not value), False),
        (None, Saying(lambda value: "something"), "something"),
        (Flight("SK1", 3), more("seats"), Flight("SK1", 9)),
        (
            Hotel(name="Sea", from_day=date(2026, 1, 2)),
            more("rooms"),
            Hotel(name="Sea", from_day=date(2026, 1, 2), rooms=9),
        ),
        ([Flight("SK1", 3)], Saying(lambda value: value[0]), {"number": "SK1", "seats": 3}),
        (
            [Flight("SK1", 3), Flight("SK2", 4)],
            Saying(lambda value: value[1:]),
            [Flight("SK2", 4)],
        ),
        ({"day": date(2026, 1, 2)}, more("n"), {"day": "2026-01-02", "n": 9}),
    ],
)
@WAYS
def test_a_result_is_disturbed_and_stays_of_its_kind(
    way: int, result: Any, operator: Saying, given: Any
) -> None:
    @tapped_tool
    def tool() -> Any:
        return result

    @tapped_tool
    async def atool() -> Any:
        return result

    before = repr(result)
    with trial(operator) as running:
        got = asyncio.run(atool()) if way else tool()
    assert (got, type(got)) == (given, type(given))
    assert repr(result) == before
    assert [one[1] for one in became(running)] == [True]


def test_what_is_no_valid_model_any_more_comes_as_plain_json_and_the_receipt_says_so() -> None:
    @tapped_tool
    def find() -> Any:
        return Hotel(name="Sea", from_day=date(2026, 1, 2))

    with trial(Saying(lambda value: {"name": value["name"]})) as running:
        assert find() == {"name": "Sea"}
    told = "returned, given back as plain JSON: it is no Hotel any more"
    assert became(running) == [("saying", True, told)]


def nested(depth: int) -> Any:
    made: Any = []
    for _ in range(depth):
        made = [made]
    return made


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (object(), "the result is no JSON"),
        (b"\xff", "the result is no JSON"),
        (iter([1]), "the result comes in pieces"),
        (nested(230), "nested too deeply"),
        (nested(9_000), "the result is no JSON"),
    ],
)
def test_what_cannot_be_read_is_given_as_it_is_and_the_reason_is_told(
    result: Any, reason: str
) -> None:
    with trial(Saying(lambda value: 1)) as running:
        assert tapped_tool(lambda: result, name="it")() is result
    assert receipts(running) == []
    (told,) = running.record().uses[0].reasons
    assert reason in told


def test_an_iterator_that_is_given_back_was_not_used_up() -> None:
    with trial(Saying(lambda value: 1)):
        assert list(tapped_tool(lambda: iter([1, 2]), name="it")()) == [1, 2]


def test_operators_see_what_the_one_before_has_made() -> None:
    one, two = Saying(lambda v: v + "1", "one"), Saying(lambda v: v + "2", "two")
    with trial(one, two) as running:
        assert look("Oslo") == "sunny in Oslo for 112"
    first, second = (one.injection for one in receipts(running))
    assert first.after == second.before


def test_an_operator_that_changes_nothing_has_not_fired() -> None:
    there = {"a": 1}
    with trial(Saying(dict)) as running:
        assert tapped_tool(lambda: there, name="it")() is there
    assert receipts(running) == []


def test_an_operator_that_fails_ends_the_trial() -> None:
    def wrong(value: Any) -> Any:
        raise ZeroDivisionError

    with trial(Saying(wrong)), pytest.raises(PerturbationError, match="saying cannot disturb"):
        look("Oslo")


def test_an_exception_of_the_tools_own_passes_result_operators_by() -> None:
    @tapped_tool
    def broken() -> None:
        raise KeyError("its own")

    with trial(Saying(str.upper)) as running, pytest.raises(KeyError):
        broken()
    assert receipts(running) == []


# ------------------------------------------------------------------ what was seen


def seen(running: Any) -> list[bool]:
    return [one.seen for one in receipts(running)]


@pytest.mark.parametrize(
    "said",
    [
        "Error: TimeoutError('no answer within 30 seconds')",
        '{"error": "no answer within 30 seconds"}',
    ],
)
def test_an_error_was_seen_once_a_request_holds_what_it_says(said: str) -> None:
    with trial(Ending(FAILED)) as running:
        with pytest.raises(TimeoutError):
            look("Oslo")
        running.asked("", ["sunny in Oslo"])
        assert seen(running) == [False]
        running.asked("", [said])
    assert seen(running) == [True]


def test_a_result_was_seen_however_the_framework_spells_it() -> None:
    @tapped_tool
    def find() -> Any:
        return {"name": "Ann", "notes": []}

    with trial(more("notes", ['the "red" house behind the church'])) as running:
        find()
        running.asked("", ['{"name":"Ann","notes":["the \\"blue\\" house"]}'])
        assert seen(running) == [False]
        running.asked("", ['{"name":"Ann","notes":["the \\"red\\" house behind the church"]}'])
    assert seen(running) == [True]


# ------------------------------------------------------------------ places


def places_of(*calls: Callable[[], Any]) -> list[tuple[str, int]]:
    with trial(Saying(lambda value: 1)) as running:
        for call in calls:
            call()
    sites = [one.injection.site for one in receipts(running)]
    return sorted((site.place, site.occurrence) for site in sites)


def test_positional_and_keyword_calls_are_one_place() -> None:
    found = places_of(
        lambda: look("Oslo"),
        lambda: look(city="Oslo"),
        lambda: look(days=1, city="Oslo"),
        lambda: look("Oslo", 1),
    )
    assert [one[1] for one in found] == [0, 1, 2, 3]
    assert len({one[0] for one in found}) == 1


def test_a_methods_object_is_no_part_of_its_place() -> None:
    class Shop:
        def __init__(self, name: str) -> None:
            self.name = name

        @tapped_tool
        def find(self, what: str) -> str:
            return f"{what} at {self.name}"

    assert places_of(lambda: Shop("a").find("x"), lambda: Shop("b").find("x")) == [
        (place("find", {"what": "x"}), 0),
        (place("find", {"what": "x"}), 1),
    ]
    with trial(Saying(str.upper)):
        assert Shop("a").find("x") == "X AT A"
        assert tapped_tool(Shop("b").find)("y") == "Y AT B"


class Runtime:
    """What a framework injects; its text holds an address."""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Runtime(), Runtime()),
        ({"run": Runtime(), "n": 1}, {"n": 1, "run": Runtime()}),
        (date(2026, 1, 2), "2026-01-02"),
        ({2, 1, 3}, [1, 2, 3]),
        ({"callbacks": Runtime(), "run_id": "1"}, {"callbacks": Runtime(), "run_id": "2"}),
        (
            Hotel(name="a", from_day=date(2026, 1, 2)),
            {"from_day": "2026-01-02", "name": "a", "rooms": 0},
        ),
    ],
)
def test_what_is_no_json_is_named_without_its_address(one: Any, other: Any) -> None:
    assert place("t", {"x": one}) == place("t", {"x": other})


def test_a_model_is_named_by_its_fields_and_told_from_another_one() -> None:
    class Point(BaseModel):
        x: int

    assert plain({"p": Point(x=1)}) == {"p": {"x": 1}}
    assert place("t", {"p": Point(x=1)}) != place("t", {"p": Point(x=2)})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), JSON, max_size=4), st.randoms())
def test_the_order_of_arguments_does_not_count(arguments: dict[str, Any], chance: Any) -> None:
    names = list(arguments)
    chance.shuffle(names)
    assert place("t", arguments) == place("t", {name: arguments[name] for name in names})


def test_what_a_framework_fills_in_can_be_left_out() -> None:
    @tapped_tool(beside=["state"])
    def find(what: str, state: Any = None) -> str:
        return what

    assert places_of(lambda: find("x", {"id": 1}), lambda: find("x", state={"id": 2})) == [
        (place("find", {"what": "x"}), 0),
        (place("find", {"what": "x"}), 1),
    ]


def test_arguments_that_hold_themselves_have_a_place() -> None:
    loop: list[Any] = []
    loop.append(loop)
    assert place("t", {"x": loop}).startswith("tool:t/")


@pytest.mark.parametrize("args", [(), (1, 2, 3)])
def test_a_call_that_does_not_fit_raises_what_the_tool_raises(args: Any) -> None:
    with trial(Saying(str.upper)), pytest.raises(TypeError, match=r"look\(\)"):
        look(*args)


def test_a_function_written_in_c_has_parameters() -> None:
    assert Parameters(max).bound((1, 2), {"default": 3}) == {"args": [1, 2], "default": 3}


# ------------------------------------------------------------------ order, threads, scopes


def decisions(seed: int, order: list[int], workers: int) -> dict[str, str]:
    fails = Ending(FAILED, "fails")
    with trial(fails, Saying(str.upper), uses={"fails": {"rate": 0.3}}, seed=seed) as running:
        contexts = [contextvars.copy_context() for _ in order]
        with ThreadPoolExecutor(workers) as pool:
            jobs = [
                pool.submit(context.run, quietly, number)
                for context, number in zip(contexts, order, strict=True)
            ]
            for job in jobs:
                job.result()
    return {one.injection.id: str(one.injection) for one in receipts(running)}


def quietly(number: int) -> None:
    with contextlib.suppress(TimeoutError):
        look(str(number % 10))


@pytest.mark.parametrize("seed", range(10))
def test_parallel_calls_are_disturbed_alike_in_whatever_order_they_come(seed: int) -> None:
    order = list(range(30))
    expected = decisions(seed, order, 1)
    assert decisions(seed, order[::-1], 1) == expected
    random.Random(seed).shuffle(order)
    assert decisions(seed, order, 8) == expected


def test_tools_of_a_scope_are_disturbed_alone() -> None:
    with trial(Ending(FAILED), uses={"ending": tools("alook")}) as running:
        assert look("Oslo") == "sunny in Oslo for 1"
        with pytest.raises(TimeoutError):
            asyncio.run(alook("Oslo"))
    assert len(receipts(running)) == 1


def test_the_turn_is_how_often_the_model_was_asked() -> None:
    with trial(Saying(str.upper)) as running:
        running.asked("", [])
        look("Oslo")
        running.asked("", [])
        look("Rome")
    assert sorted(one.injection.site.turn for one in receipts(running)) == [1, 2]


def test_the_agent_is_named_and_the_conversation_is_not() -> None:
    with trial(Saying(str.upper)) as running, sealegs.session("thread-7", agent="researcher"):
        look("Oslo")
    (receipt,) = receipts(running)
    assert receipt.injection.site == Site(
        "tool_response", place("look", {"city": "Oslo", "days": 1}), "researcher"
    )


def test_a_tool_within_a_tool_of_the_same_name_is_disturbed_once() -> None:
    outer = tapped_tool(look, name="look")
    with trial(Saying(lambda text: text + "!")) as running:
        assert outer("Oslo") == "sunny in Oslo for 1!"
    assert len(receipts(running)) == 1


def test_a_tool_within_another_tool_is_a_tool_of_its_own() -> None:
    outer = tapped_tool(look, name="outer")
    with trial(Saying(lambda text: text + "!")) as running:
        assert outer("Oslo") == "sunny in Oslo for 1!!"
    assert len(receipts(running)) == 2


def test_a_thread_that_the_trial_is_not_in_runs_undisturbed() -> None:
    got: list[str] = []
    with trial(Ending(FAILED)):
        thread = threading.Thread(target=lambda: got.append(look("Oslo")))
        thread.start()
        thread.join()
    assert got == ["sunny in Oslo for 1"]


def test_the_arguments_of_a_clean_run_are_heard() -> None:
    with trial(arm="clean", listens=True) as running:
        look("Oslo", days=3)
    assert "Oslo" in running.used


# ------------------------------------------------------------------ pieces


@tapped_tool
def pieces(count: int) -> Iterator[int]:
    """Give some numbers."""
    yield from range(count)


@tapped_tool
async def apieces(count: int) -> AsyncIterator[int]:
    """Give some numbers."""
    for number in range(count):
        yield number


def taken(way: int, count: int = 3) -> list[Any]:
    async def take() -> list[Any]:
        return [one async for one in apieces(count)]

    return asyncio.run(take()) if way else list(pieces(count))


@WAYS
def test_a_generator_stays_one_and_gives_its_pieces(way: int) -> None:
    assert inspect.isgeneratorfunction(pieces)
    assert inspect.isasyncgenfunction(apieces)
    assert taken(way) == [0, 1, 2]
    with trial(Saying(lambda value: 1)) as running:
        assert taken(way) == [0, 1, 2]
    assert list(running.record().uses[0].reasons) == ["the result comes in pieces"]


@WAYS
def test_a_generator_fails_before_its_first_piece(way: int) -> None:
    with trial(Ending(FAILED)) as running, pytest.raises(TimeoutError):
        taken(way)
    assert became(running) == [("ending", True, "raised TimeoutError")]


@WAYS
def test_a_generator_whose_answer_is_lost_gives_its_pieces_and_fails(way: int) -> None:
    got: list[int] = []

    async def take() -> None:
        async for one in apieces(2):
            got.append(one)  # noqa: PERF401

    with trial(Ending(LOST)) as running, pytest.raises(ConnectionError):
        asyncio.run(take()) if way else got.extend(pieces(2))
    assert way == 0 or got == [0, 1]
    assert became(running) == [("ending", True, "raised ConnectionError")]


@WAYS
def test_a_generator_that_only_seems_to_run_gives_one_piece(way: int) -> None:
    with trial(Ending(SLOWED, "slow"), Ending(Pretended("done"))) as running:
        assert taken(way) == ["done"]
    assert [one[1] for one in became(running)] == [True, True]


@WAYS
def test_an_error_in_the_midst_of_pieces_is_the_tools_own(way: int) -> None:
    @tapped_tool
    def breaks() -> Iterator[int]:
        yield 1
        raise KeyError("its own")

    @tapped_tool
    async def abreaks() -> AsyncIterator[int]:
        yield 1
        raise KeyError("its own")

    async def take() -> list[int]:
        return [one async for one in abreaks()]

    with trial(Ending(LOST)) as running, pytest.raises(KeyError, match="its own"):
        asyncio.run(take()) if way else list(breaks())
    assert became(running) == [("ending", False, "the tool itself raised KeyError")]


def test_what_is_sent_into_a_generator_reaches_it() -> None:
    @tapped_tool
    def echo() -> Any:
        got = yield "first"
        return got

    def ask() -> Any:
        it = echo()
        next(it)
        with pytest.raises(StopIteration) as ended:
            it.send("said")
        return ended.value.value

    assert ask() == "said"
    with trial(Ending(SLOWED)):
        assert ask() == "said"


def test_a_callable_object_is_of_its_calls_kind() -> None:
    class Look:
        async def __call__(self, city: str) -> str:
            return f"sunny in {city}"

    tool = tapped_tool(Look())
    with trial(Saying(str.upper)) as running:
        assert asyncio.run(tool("Oslo")) == "SUNNY IN OSLO"
    assert receipts(running)[0].injection.site.tool == "Look"


# ------------------------------------------------------------------ values


@given(JSON)
def test_a_text_that_holds_json_is_read_as_what_it_says_and_is_itself_where_nothing_changes(
    value: Any,
) -> None:
    for text in (write_text(value, "{}"), canonical(value).decode("utf-8", "surrogatepass")):
        read = opened(text)
        assert isinstance(read, Opened)
        assert read.say(read.value) == text
        assert canonical(read.value) == canonical(read_text(text))


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    assert write_text(read_text(text), text) == text


@given(JSON)
def test_any_json_is_read_as_itself(value: Any) -> None:
    read = opened(value)
    assert isinstance(read, Unread) or canonical(read.value) == canonical(
        read_text(value) if isinstance(value, str) else value
    )


# ------------------------------------------------------------------ traces


def traced(work: Callable[[], Any], name: str, **attributes: Any) -> ReadableSpan:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with provider.get_tracer("t").start_as_current_span(name, attributes=attributes):
        work()
    (span,) = exporter.get_finished_spans()
    return span


def test_an_injection_is_an_event_on_the_tools_span_and_is_counted_there() -> None:
    with trial(Saying(lambda v: v + "1", "one"), Saying(lambda v: v + "2", "two")):
        span = traced(
            lambda: look("Oslo"), "execute_tool look", **{"gen_ai.operation.name": "execute_tool"}
        )
    told = [event.attributes or {} for event in span.events]
    assert [event.name for event in span.events] == ["sealegs.perturbation.injected"] * 2
    assert [one["sealegs.perturbation.operator.name"] for one in told] == ["one", "two"]
    assert [one["gen_ai.tool.name"] for one in told] == ["look", "look"]
    assert (span.attributes or {})["sealegs.perturbation.count"] == 2
    assert "Oslo" not in str([dict(one) for one in told])


def test_on_another_span_an_injection_is_an_event_and_is_not_counted() -> None:
    with trial(Saying(str.upper)):
        span = traced(lambda: look("Oslo"), "agent")
    assert [event.name for event in span.events] == ["sealegs.perturbation.injected"]
    assert "sealegs.perturbation.count" not in (span.attributes or {})
