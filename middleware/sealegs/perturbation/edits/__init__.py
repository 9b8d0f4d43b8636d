"""Edits as data: what operators say, what taps apply, what a plan keeps. All of it is JSON."""

from __future__ import annotations

from sealegs.perturbation.edits.exchanges import (
    BrokenBody,
    BrokenCalls,
    BrokenResults,
    CutStream,
    EditedStream,
    ErrorKind,
    Fault,
    Pace,
    Raised,
    RaisedKind,
    Refused,
)
from sealegs.perturbation.edits.requests import (
    AddedTool,
    Inserted,
    SaidTurn,
    Spliced,
    ToolChange,
    ToolsEdit,
    TurnsEdit,
)
from sealegs.perturbation.edits.tools import (
    Failed,
    Pretended,
    Said,
    Slowed,
    ToolCall,
    ToolFault,
)

__all__ = [
    "AddedTool",
    "BrokenBody",
    "BrokenCalls",
    "BrokenResults",
    "CutStream",
    "EditedStream",
    "ErrorKind",
    "Failed",
    "Fault",
    "Inserted",
    "Pace",
    "Pretended",
    "Raised",
    "RaisedKind",
    "Refused",
    "Said",
    "SaidTurn",
    "Slowed",
    "Spliced",
    "ToolCall",
    "ToolChange",
    "ToolFault",
    "ToolsEdit",
    "TurnsEdit",
]
