"""Operators on the surface ``tool_response``."""

from __future__ import annotations

from sealegs.perturbation.operators import Operator
from sealegs_plugins.perturbations.tool_response.corruption import CorruptedValue, StaleResult
from sealegs_plugins.perturbations.tool_response.drift import ResultDrift
from sealegs_plugins.perturbations.tool_response.failures import (
    SlowTool,
    TimeoutAfterCommit,
    ToolError,
    ToolOutage,
)
from sealegs_plugins.perturbations.tool_response.garbling import MalformedResult
from sealegs_plugins.perturbations.tool_response.injections import IndirectInjection
from sealegs_plugins.perturbations.tool_response.losses import (
    EmptyResult,
    MissingFields,
    PartialResult,
    TruncatedResult,
)
from sealegs_plugins.perturbations.tool_response.noise import ResultNoise
from sealegs_plugins.perturbations.tool_response.ordering import ResultOrder
from sealegs_plugins.perturbations.tool_response.pretences import (
    FalseSuccess,
    ModelConfabulation,
    PendingResult,
)
from sealegs_plugins.perturbations.tool_response.size import OversizeResult

__all__ = ["OPERATORS"]

OPERATORS: tuple[Operator, ...] = (
    ToolError(),
    ToolOutage(),
    EmptyResult(),
    TruncatedResult(),
    MalformedResult(),
    MissingFields(),
    ResultDrift(),
    CorruptedValue(),
    StaleResult(),
    PartialResult(),
    TimeoutAfterCommit(),
    FalseSuccess(),
    PendingResult(),
    ResultNoise(),
    IndirectInjection(),
    ResultOrder(),
    OversizeResult(),
    SlowTool(),
    ModelConfabulation(),
)
"""All of them, in the order of the catalogue."""
