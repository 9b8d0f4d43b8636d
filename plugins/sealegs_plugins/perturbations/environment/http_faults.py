"""E8 and E9: what a tool's own HTTP calls meet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.edits import BrokenBody, Fault, Pace, Raised, Refused
from sealegs.perturbation.operators import About, Sheet

__all__ = ["HttpFaults", "ToolQuota"]

_FAULTS: Final = Sheet(
    name="http-faults",
    code="E8",
    surface="environment",
    label="recoverable",
    summary="the HTTP calls that tools make are refused, slow, reset or answered with half a body",
    parameters=(
        {"kinds": ["unavailable", "slow"], "times": 1, "seconds": 0.2},
        {"kinds": ["unavailable", "slow", "reset", "truncated"], "times": 1, "seconds": 1.0},
        {
            "kinds": ["unavailable", "rate_limit", "bad_gateway", "slow", "reset", "truncated"],
            "times": 3,
            "seconds": 5.0,
        },
    ),
    finds="calls that were not tried so many times before",
    source="StressWeb (arXiv 2604.16385), disruption; WABER, faults at a proxy; figures own",
    needs=frozenset({"transport"}),
)

_QUOTA: Final = Sheet(
    name="tool-quota",
    code="E9",
    surface="environment",
    label="must_abstain",
    summary="a service that tools use refuses from some turn on: storage, credit or session",
    parameters=(
        {"kinds": ["expired", "storage", "quota"], "share": 0.34, "from_turn": 3},
        {"kinds": ["expired", "storage", "quota"], "share": 0.67, "from_turn": 2},
        {"kinds": ["expired", "storage", "quota"], "share": 1.0, "from_turn": 0},
    ),
    finds="calls to its share of the hosts, after as many requests to models as from_turn says",
    source="agentfuzz, AuthExpiry; RFC 4918, 507; balagan, Budget; shares own",
    needs=frozenset({"transport"}),
    checked="that the agent says which service refused, and does without no step of the task",
)


@dataclass(frozen=True, slots=True)
class HttpFaults:
    """Lets the first calls of each kind fail; a call like it gets through later.

    Parameters: ``kinds`` to draw from (``unavailable``, ``bad_gateway``, ``rate_limit``, ``slow``,
    ``reset``, ``truncated``, ``html``); ``times`` that the same call fails; ``seconds``, how slow.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> faults = HttpFaults()
    >>> faults.fault(about(faults, parameters={"kinds": ["truncated"]}))
    BrokenBody(what='truncated', kept=0.5)
    >>> faults.fault(about(faults, occurrence=1))
    """

    name: str = _FAULTS.name
    sheet: Sheet = _FAULTS

    def fault(self, about: About, /) -> Fault | None:
        """Say what happens to a call."""
        if _is_of_a_model(about) or about.site.occurrence >= int(about.parameters["times"]):
            return None
        kinds: Sequence[str] = about.parameters["kinds"]
        return _FAULTS_BY_NAME[about.draw.pick(kinds, "kind")](float(about.parameters["seconds"]))


@dataclass(frozen=True, slots=True)
class ToolQuota:
    """Lets services refuse for good, from some turn on, each host by its own draw.

    Parameters: ``kinds`` to draw from: ``expired`` (401), ``storage`` (507), ``quota`` (402);
    ``share`` of the hosts; ``from_turn``, how many requests to models come before.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> quota = ToolQuota()
    >>> quota.fault(about(quota, 3, parameters={"kinds": ["storage"]})).status
    507
    """

    name: str = _QUOTA.name
    sheet: Sheet = _QUOTA

    def fault(self, about: About, /) -> Fault | None:
        """Say what a service answers."""
        if _is_of_a_model(about):
            return None
        host = about.site.place.partition(" ")[2].partition("/")[0]
        draw = (about.run or about.draw).sub(host)
        is_early = about.site.turn < int(about.parameters["from_turn"])
        if is_early or draw.unit("refuses") >= float(about.parameters["share"]):
            return None
        return _QUOTAS[draw.pick(about.parameters["kinds"], "kind")]


def _is_of_a_model(about: About) -> bool:
    """Say whether this is an exchange with a model, which is on another surface."""
    return about.site.place.startswith("model:")


def _unavailable(seconds: float) -> Fault:
    return Refused("unavailable", 503, message="Service Unavailable")


def _bad_gateway(seconds: float) -> Fault:
    return Refused("bad_gateway", 502, message="Bad Gateway")


def _rate_limit(seconds: float) -> Fault:
    return Refused("rate_limit", 429, {"retry-after": "1"}, "Too Many Requests")


def _slow(seconds: float) -> Fault:
    return Pace(before=seconds)


def _reset(seconds: float) -> Fault:
    return Raised("reset", sent=False)


def _truncated(seconds: float) -> Fault:
    return BrokenBody("truncated", 0.5)


def _html(seconds: float) -> Fault:
    return BrokenBody("html")


_FAULTS_BY_NAME: Final[Mapping[str, Callable[[float], Fault]]] = {
    "unavailable": _unavailable,
    "bad_gateway": _bad_gateway,
    "rate_limit": _rate_limit,
    "slow": _slow,
    "reset": _reset,
    "truncated": _truncated,
    "html": _html,
}

_QUOTAS: Final[Mapping[str, Fault]] = {
    "expired": Refused(
        "authentication",
        401,
        {"www-authenticate": 'Bearer error="invalid_token", error_description="expired"'},
        "The access token expired",
    ),
    "storage": Refused("quota", 507, message="Insufficient Storage"),
    "quota": Refused("quota", 402, message="The plan's quota is used up"),
}
