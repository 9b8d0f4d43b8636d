"""The HTTP calls of tools: what the client meets, what the server saw, what the receipt says."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from loopback import Answer, Loopback, loopback, whole
from sealegs.errors import GuardError
from sealegs.perturbation.edits import BrokenBody, CutStream, Fault, Pace, Raised, Refused
from sealegs.perturbation.operators import About, Sheet
from sealegs.perturbation.trials.engine import RunningTrial
from sealegs.settings import PerturbationSettings, Settings
from sealegs_adapters import tool_http
from sealegs_plugins.perturbations.environment import OPERATORS
from web import KINDS, Kind, Web, web
from world_trials import SETTINGS, receipts, told, using

kinds = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
BY_NAME: dict[str, Any] = {one.name: one for one in OPERATORS}
BODY = {"rows": [1, 2, 3], "note": "å"}


@dataclass(frozen=True, slots=True)
class Does:
    """Does one thing to every call."""

    what: Fault
    surface: Any = "environment"
    name: str = "does"

    @property
    def sheet(self) -> Sheet:
        return Sheet(
            name=self.name,
            code="E0",
            surface=self.surface,
            label="recoverable",
            summary="",
            parameters=({}, {}, {}),
            source="",
        )

    def fault(self, about: About, /) -> Fault:
        return self.what


@pytest.fixture
def server() -> Iterator[Loopback]:
    with loopback(script=lambda asked: whole(BODY)) as running:
        yield running


def tools(kind: Kind, **arguments: Any) -> Any:
    return tool_http.wrap(kind.client(**arguments), settings=SETTINGS)


def get(one: Web, url: str) -> Any:
    return one.do(one.client.get(url))


@kinds
@pytest.mark.parametrize(
    ("fault", "meets"),
    [
        (
            Refused("unavailable", 503, {"retry-after": "3"}, "down"),
            lambda got: (
                (
                    got.status_code,
                    got.headers["retry-after"],
                    got.json()["error"]["message"],
                )
                == (503, "3", "down")
            ),
        ),
        (
            Refused("rate_limit", 429, retry_in=30),
            lambda got: got.headers["retry-after"].endswith("GMT"),
        ),
        (BrokenBody("truncated", 0.5), lambda got: not _is_json(got) and got.status_code == 200),
        (BrokenBody("invalid_json"), lambda got: not _is_json(got) and got.status_code == 200),
        (BrokenBody("empty"), lambda got: got.content == b""),
        (BrokenBody("html"), lambda got: got.headers["content-type"].startswith("text/html")),
        (Pace(before=0.01), lambda got: got.json() == BODY),
    ],
    ids=lambda value: getattr(value, "kind", None) or getattr(value, "what", None),
)
def test_the_client_meets_the_fault_and_the_receipt_says_so(
    fault: Fault, meets: Callable[[Any], bool], kind: Kind, server: Loopback
) -> None:
    trial = using(Does(fault))
    with trial, web(kind, tools(kind)) as one:
        got = get(one, f"{server.url}/rows")
        assert meets(got)
    assert told(trial)[0]
    assert len(server.asked) == (0 if isinstance(fault, Refused) else 1)


def _is_json(got: Any) -> bool:
    try:
        json.loads(got.content)
    except ValueError:
        return False
    return True


@kinds
@pytest.mark.parametrize(
    ("fault", "name", "sent"),
    [
        (Raised("connect"), "ConnectError", 0),
        (Raised("reset"), "ReadError", 0),
        (Raised("reset", sent=True), "ReadError", 1),
        (Raised("read_timeout", 0.01), "ReadTimeout", 0),
        (Raised("protocol"), "RemoteProtocolError", 0),
    ],
    ids=str,
)
def test_the_clients_own_exceptions_are_raised(
    fault: Raised, name: str, sent: int, kind: Kind, server: Loopback
) -> None:
    trial = using(Does(fault))
    expected = pytest.raises(getattr(kind.library, name))
    with trial, web(kind, tools(kind)) as one, expected as raised:
        get(one, f"{server.url}/rows")
    error: Any = raised.value
    assert str(error.request.url) == f"{server.url}/rows"
    assert (len(server.asked), told(trial)) == (sent, (True, f"the tool's client met {fault.kind}"))


@kinds
def test_a_call_that_is_slower_than_the_client_waits_times_out(
    kind: Kind, server: Loopback
) -> None:
    trial = using(Does(Pace(before=30.0)))
    started = time.monotonic()
    expected = pytest.raises(kind.library.ReadTimeout)
    with trial, web(kind, tools(kind, timeout=0.05)) as one, expected:
        get(one, f"{server.url}/rows")
    assert time.monotonic() - started < 5
    assert told(trial)[0]


@kinds
def test_without_a_trial_and_in_a_clean_arm_calls_pass_untouched(
    kind: Kind, server: Loopback
) -> None:
    with web(kind, tools(kind)) as one:
        assert get(one, f"{server.url}/rows").json() == BODY
        for trial in (
            using(Does(Refused("unavailable", 503)), arm="clean"),
            using(Does(Refused("unavailable", 503)), dry_run=True),
            using(Does(Refused("unavailable", 503), "transport")),
        ):
            with trial:
                assert get(one, f"{server.url}/rows").json() == BODY
    with web(kind, tool_http.unwrap(tools(kind))) as one, using(Does(Raised("reset"))):
        assert get(one, f"{server.url}/rows").json() == BODY


@kinds
def test_what_cannot_happen_to_a_tools_call_is_told(kind: Kind, server: Loopback) -> None:
    trial = using(Does(CutStream(1, "end")))
    with trial, web(kind, tools(kind)) as one:
        assert get(one, f"{server.url}/rows").json() == BODY
    assert told(trial) == (False, "a tool's HTTP call knows no CutStream")


@kinds
def test_a_body_that_streams_up_and_down_passes(kind: Kind, server: Loopback) -> None:
    async def up() -> Any:
        for piece in (b"one", b"two"):
            yield piece

    content: Any = up() if kind.asynchronous else iter([b"one", b"two"])
    trial = using(Does(Pace(before=0.001)))
    with trial, web(kind, tools(kind)) as one:
        response = one.open(f"{server.url}/rows", content=content)
        assert b"".join(one.take(response)) == json.dumps(BODY).encode()
        one.shut(response)
    assert server.asked[0].body == b"onetwo"
    assert told(trial)[0]


def test_compressed_bodies_are_broken_as_what_they_say(server: Loopback) -> None:
    import gzip

    packed = gzip.compress(json.dumps(BODY).encode())
    headers = (("content-type", "application/json"), ("content-encoding", "gzip"))
    server.script = lambda asked: Answer((packed,), 200, headers)
    kind = KINDS[0]
    with using(Does(BrokenBody("truncated", 0.5))), web(kind, tools(kind)) as one:
        got = get(one, f"{server.url}/rows")
    assert got.content == json.dumps(BODY).encode()[: len(json.dumps(BODY).encode()) // 2]


def test_live_hosts_and_keys_are_refused_before_anything_is_sent(server: Loopback) -> None:
    kind = KINDS[0]
    trial = using(Does(Pace()))
    with trial, web(kind, tools(kind)) as one:
        with pytest.raises(GuardError, match="looks live"):
            get(one, "http://prod.example.test/rows")
        assert "looks live" in trial.record().failure
        with pytest.raises(GuardError, match="looks live"):
            one.do(one.client.get(f"{server.url}/x", headers={"authorization": "Bearer sk_live_1"}))
    hosts = Settings(
        perturbation=PerturbationSettings(environment="test", live_hosts=("127.0.0.1",))
    )
    client = tool_http.wrap(kind.client(), settings=hosts)
    with using(Does(Pace())), web(kind, client) as one, pytest.raises(GuardError):
        get(one, f"{server.url}/rows")
    assert server.asked == []


def test_wrapping_twice_changes_nothing_and_mounts_are_wrapped_too(server: Loopback) -> None:
    kind = KINDS[0]
    client = kind.client(mounts={"http://127.0.0.1": kind.transport_type()})
    wrapped = tool_http.wrap(tool_http.wrap(client, settings=SETTINGS))
    trial = using(Does(Refused("unavailable", 503)))
    with trial, web(kind, wrapped) as one:
        assert get(one, f"{server.url}/rows").status_code == 503
    with pytest.raises(TypeError):
        tool_http.wrap(object())


def test_a_trial_can_be_given_where_no_context_reaches(server: Loopback) -> None:
    kind, trial = KINDS[0], using(Does(Refused("unavailable", 503)))
    statuses: list[int] = []
    with trial:
        client = tool_http.wrap(kind.client(), trial=trial, settings=SETTINGS)

        def tool() -> None:
            statuses.append(client.get(f"{server.url}/rows").status_code)

        thread = threading.Thread(target=tool)
        thread.start()
        thread.join()
        client.close()
    assert (statuses, told(trial)[0]) == ([503], True)


# ------------------------------------------------------------------ the operators


def statuses(trial: RunningTrial, server: Loopback, paths: list[str]) -> list[Any]:
    """What a tool gets, call by call; the names of errors where it gets none."""
    kind, found = KINDS[0], list[Any]()
    with trial, web(kind, tools(kind)) as one:
        for path in paths:
            try:
                got = get(one, server.url + path)
            except kind.library.TransportError as error:
                found.append(type(error).__name__)
            else:
                found.append(got.status_code if _is_json(got) else "broken")
    return found


def test_http_faults_fail_once_and_the_retry_gets_through(server: Loopback) -> None:
    seen: set[Any] = set()
    for seed in range(24):
        trial = using(BY_NAME["http-faults"], severity=2, seed=seed, parameters={"seconds": 0.001})
        first, again = statuses(trial, server, ["/rows", "/rows"])
        assert again == 200
        assert [receipt.delivered for receipt in receipts(trial)] == [True]
        seen.add(first)
    assert seen == {200, 503, "ReadError", "broken"}


def test_a_service_that_refuses_does_so_all_along(server: Loopback) -> None:
    trial = using(BY_NAME["tool-quota"], severity=3)
    found = statuses(trial, server, ["/rows", "/rows", "/other"])
    assert len(set(found)) == 1
    assert found[0] in {401, 402, 507}
    assert server.asked == []


def test_a_service_refuses_in_the_midst_of_the_run(server: Loopback) -> None:
    kind, found = KINDS[0], list[int]()
    trial = using(BY_NAME["tool-quota"], severity=2, parameters={"share": 1.0})
    with trial, web(kind, tools(kind)) as one:
        for _ in range(4):
            found.append(get(one, f"{server.url}/rows").status_code)
            trial.asked("", [])
    assert (found[:2], {*found[2:]} <= {401, 402, 507}) == ([200, 200], True)
    assert sorted(receipt.injection.site.turn for receipt in receipts(trial)) == [2, 3]


def test_which_calls_fail_depends_neither_on_their_order_nor_on_the_port() -> None:
    paths = [f"/rows/{number}" for number in range(12)]
    found: list[dict[str, Any]] = []
    for order in (paths, paths[::-1]):
        with loopback(script=lambda asked: whole(BODY)) as server:
            trial = using(BY_NAME["http-faults"], severity=2, parameters={"seconds": 0.0})
            found.append(dict(zip(order, statuses(trial, server, order), strict=True)))
    assert found[0] == found[1]
    assert len(set(found[0].values())) > 1


def test_concurrent_calls_get_what_sequential_ones_get(server: Loopback) -> None:
    kind = next(one for one in KINDS if one.asynchronous)
    paths = [f"/rows/{number}" for number in range(12)]

    async def call(client: Any, path: str) -> Any:
        try:
            got = await client.get(server.url + path)
        except kind.library.TransportError as error:
            return type(error).__name__
        return got.status_code if _is_json(got) else "broken"

    async def agent(trial: RunningTrial) -> list[Any]:
        async with trial, tools(kind) as client:
            return list(await asyncio.gather(*[call(client, path) for path in paths]))

    operator, parameters = BY_NAME["http-faults"], {"seconds": 0.0}
    one_by_one = statuses(using(operator, severity=2, parameters=parameters), server, paths)
    trial = using(operator, severity=2, parameters=parameters)
    assert asyncio.run(agent(trial)) == one_by_one


@kinds
@pytest.mark.parametrize("what", ["truncated", "empty"])
def test_a_body_in_which_nothing_can_be_broken_is_not_told_as_broken(what: Any, kind: Kind) -> None:
    with (
        loopback(script=lambda asked: Answer((b"",), 200)) as server,
        web(kind, tools(kind)) as one,
    ):
        trial = using(Does(BrokenBody(what)))
        with trial:
            assert get(one, f"{server.url}/rows").content == b""
    assert told(trial) == (False, "the body has nothing that could be broken")
