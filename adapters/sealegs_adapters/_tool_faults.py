"""What becomes of an HTTP call that a tool makes: asked of the trial, said step by step."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from sealegs.errors import GuardError
from sealegs.perturbation.drawing import digest
from sealegs.perturbation.edits import BrokenBody, Fault, Pace, Raised, Refused
from sealegs.perturbation.faults import TransportFault
from sealegs.perturbation.operators import FaultOperator, Site
from sealegs.perturbation.trial import Counting, Failable, Injection, Trial, current_trial
from sealegs.perturbation.trials.guarding import Guard
from sealegs.session import current_agent
from sealegs.settings import Settings

__all__ = ["Course", "Deciding", "Fate", "Step", "course_of"]

_HTML = b"<!doctype html><html><body><h1>502 Bad Gateway</h1></body></html>"
Course: TypeAlias = "Generator[Step, Any, Any]"
"""Yields steps, is sent what came of them, returns the response."""


class Deciding:
    """Asks the trial about each call."""

    def __init__(self, trial: Trial | None, settings: Settings | None) -> None:
        self._trial, self._settings = trial, settings
        self._guard: Guard | None = None

    def decide(self, request: Any) -> Fate | None:
        """Say what happens to a call; ``None``: nothing does.

        Raises:
            GuardError: it goes to a live host, or with a live key.
        """
        trial = self._trial or current_trial()
        active = trial.of(FaultOperator, "environment") if trial is not None else ()
        if trial is None or not active:
            return None
        self._check(request, trial)
        place = _place(request, _body(request))
        agent = current_agent()
        occurrence = trial.occurrence("environment", place, agent)
        turn = trial.requests if isinstance(trial, Counting) else 0
        site = Site("environment", place, agent, occurrence, turn)
        for one in active:
            operator = one.operator
            if isinstance(operator, FaultOperator):
                injection = trial.consider(one, site, operator.fault)
                if injection is not None:
                    return Fate(trial, injection)
        return None

    def _check(self, request: Any, trial: Trial) -> None:
        if self._guard is None:
            self._guard = Guard.of(self._settings or Settings.load())
        try:
            self._guard.request(request.url.host, dict(request.headers))
        except GuardError as error:
            if isinstance(trial, Failable):
                trial.failed(str(error))  # a tool may swallow it
            raise


class Fate:
    """What happens to one call."""

    def __init__(self, trial: Trial, injection: Injection) -> None:
        self._trial, self._injection = trial, injection
        edit: Any = injection.edit
        self.fault: Fault = edit

    def tell(self) -> None:
        """Say that the client meets it."""
        self._trial.delivered(self._injection, f"the tool's client met {_told(self.fault)}")

    def spare(self, reason: str) -> None:
        """Say why the client does not meet it."""
        self._trial.undelivered(self._injection, reason)

    def pass_by(self) -> None:
        """Say that no such thing can happen to a tool's call."""
        self.spare(f"a tool's HTTP call knows no {type(self.fault).__name__}")

    @property
    def before(self) -> float:
        """Seconds that pass before anything else."""
        fault = self.fault
        return fault.before + fault.first if isinstance(fault, Pace) else 0.0

    @property
    def sends(self) -> bool:
        """Whether the request goes out."""
        fault = self.fault
        return fault.sent if isinstance(fault, Raised) else not isinstance(fault, Refused)

    def raised(self, request: Any) -> TransportFault | None:
        """Give what is raised, once the request has gone out or not."""
        fault, limit = self.fault, _read_limit(request)
        if isinstance(fault, Raised):
            return TransportFault(fault.kind, fault.seconds, self.tell)
        if limit is not None and self.before > limit:
            return TransportFault("read_timeout", self.before, self.tell)
        return None


def _told(fault: Fault) -> str:
    match fault:
        case Refused():
            return f"status {fault.status}"
        case Raised():
            return fault.kind
        case Pace():
            return f"{fault.before + fault.first:g} s more"
        case BrokenBody():
            return f"a body that is {fault.what}"
        case _:
            return type(fault).__name__


def _place(request: Any, body: bytes | None) -> str:
    """Name a call: what it asks for, and of whom; equal calls have equal names."""
    url = request.url
    port = f":{url.port}" if url.port and url.host not in _OWN else ""
    query: bytes = url.query
    what = digest(query + b"\x1f" + (body or b""))
    return f"http:{request.method} {url.host.lower()}{port}{url.path}#{what}"


_OWN = frozenset({"127.0.0.1", "localhost", "::1"})
"""Where tests serve: at another port each time, which must not change what is drawn."""


def _read_limit(request: Any) -> float | None:
    limits: dict[str, float | None] = request.extensions.get("timeout") or {}
    return limits.get("read")


def _refusal(library: Any, fault: Refused, request: Any) -> Any:
    headers = {**fault.headers}
    if fault.retry_in is not None:
        from email.utils import formatdate

        headers["retry-after"] = formatdate(time.time() + fault.retry_in, usegmt=True)
    said = {"error": {"status": fault.status, "message": fault.message or fault.kind}}
    return library.Response(fault.status, headers=headers, json=said, request=request)


def _broken(fault: BrokenBody, body: bytes) -> bytes:
    return {
        "invalid_json": body.rstrip()[:-1] + b",}" if body.rstrip() else b"{,}",
        "html": _HTML,
        "empty": b"",
        "truncated": body[: int(len(body) * fault.kept)],
    }[fault.what]


def _with_body(library: Any, fault: BrokenBody, request: Any, response: Any, content: bytes) -> Any:
    """Give a response with another body; its length fits, as behind a proxy that broke it."""
    kinds = {"html": "text/html; charset=utf-8"}
    dropped = {"content-length", "content-encoding", "transfer-encoding"}
    headers = [(k, v) for k, v in response.headers.multi_items() if k.lower() not in dropped]
    if fault.what in kinds:
        headers = [(k, v) for k, v in headers if k.lower() != "content-type"]
        headers.append(("content-type", kinds[fault.what]))
    return library.Response(response.status_code, headers=headers, content=content, request=request)


def _body(request: Any) -> bytes | None:
    """Give a request's body where it is in memory; one that streams stays unread."""
    try:
        content: bytes = request.content
    except Exception:  # RequestNotRead, of either package
        return None
    return content


@dataclass(frozen=True, slots=True)
class Step:
    """What a driver does next with a call."""

    what: Literal["send", "read", "close", "wait", "meet"]
    fault: Any = None
    seconds: float = 0.0


def course_of(library: Any, fate: Fate, request: Any) -> Course:
    """Say step by step what becomes of a call; give the response, unless the driver raises."""
    fault = fate.fault
    response = (yield Step("send")) if fate.sends else None
    raised = fate.raised(request)
    if raised is not None:
        if response is not None:
            yield Step("close")
        yield Step("meet", fault=raised)
    if isinstance(fault, Refused):
        fate.tell()
        return _refusal(library, fault, request)
    if isinstance(fault, BrokenBody):
        body = yield Step("read")
        content = _broken(fault, body)
        if content == body:
            fate.spare("the body has nothing that could be broken")
        else:
            fate.tell()
        return _with_body(library, fault, request, response, content)
    if isinstance(fault, Pace):
        yield Step("wait", seconds=fate.before)
        fate.tell()
    else:
        fate.pass_by()
    return response
