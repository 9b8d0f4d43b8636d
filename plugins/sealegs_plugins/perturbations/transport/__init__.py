"""Operators on the surface ``transport``."""

from __future__ import annotations

from sealegs.perturbation.operators import Operator
from sealegs_plugins.perturbations.transport.broken_body import BrokenBodyFault
from sealegs_plugins.perturbations.transport.broken_calls import BrokenCallsFault
from sealegs_plugins.perturbations.transport.bursty_outage import BurstyOutage
from sealegs_plugins.perturbations.transport.call_ids import CallIds
from sealegs_plugins.perturbations.transport.connection_error import ConnectionFault
from sealegs_plugins.perturbations.transport.latency import Latency
from sealegs_plugins.perturbations.transport.rate_limit import RateLimit
from sealegs_plugins.perturbations.transport.read_timeout import ReadTimeout
from sealegs_plugins.perturbations.transport.request_refused import RequestRefused
from sealegs_plugins.perturbations.transport.server_error import ServerError
from sealegs_plugins.perturbations.transport.stream_cut import StreamCut
from sealegs_plugins.perturbations.transport.stream_disorder import StreamDisorder
from sealegs_plugins.perturbations.transport.wrong_model import WrongModel

__all__ = ["OPERATORS"]

OPERATORS: tuple[Operator, ...] = (
    Latency(),
    ConnectionFault(),
    ReadTimeout(),
    RateLimit(),
    ServerError(),
    RequestRefused(),
    StreamCut(),
    StreamDisorder(),
    BrokenBodyFault(),
    BrokenCallsFault(),
    CallIds(),
    WrongModel(),
    BurstyOutage(),
)
"""All of them, in the order of the catalogue."""
