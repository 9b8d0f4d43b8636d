"""Operators on the surface ``environment``."""

from __future__ import annotations

from sealegs.perturbation.operators import Operator
from sealegs_plugins.perturbations.environment.background import (
    BackgroundEvents,
    DependentFollowup,
    Redelivery,
)
from sealegs_plugins.perturbations.environment.clock_skew import ClockSkew
from sealegs_plugins.perturbations.environment.code_rewrite import CodeRewrite
from sealegs_plugins.perturbations.environment.documents import (
    ContradictoryDocument,
    PoisonedDocument,
)
from sealegs_plugins.perturbations.environment.file_bytes import (
    FileEncoding,
    LineEndings,
    MissingFile,
    ReadOnlyFile,
    TruncatedFile,
)
from sealegs_plugins.perturbations.environment.file_copies import NearDuplicateFile, StaleCopy
from sealegs_plugins.perturbations.environment.file_names import FileMove, FileRename
from sealegs_plugins.perturbations.environment.git_worktree import GitWorktree
from sealegs_plugins.perturbations.environment.history_loss import HistoryLoss
from sealegs_plugins.perturbations.environment.http_faults import HttpFaults, ToolQuota
from sealegs_plugins.perturbations.environment.peer_faults import PeerFaults
from sealegs_plugins.perturbations.environment.records import (
    MissingField,
    NearDuplicateEntity,
    StateChange,
)
from sealegs_plugins.perturbations.environment.representation import DataRepresentation
from sealegs_plugins.perturbations.environment.sqlite_drift import SqliteDrift, SqliteRows
from sealegs_plugins.perturbations.environment.stuffing import ContextStuffing

__all__ = ["OPERATORS"]

OPERATORS: tuple[Operator, ...] = (
    BackgroundEvents(),
    StateChange(),
    GitWorktree(),
    DependentFollowup(),
    NearDuplicateEntity(),
    MissingField(),
    NearDuplicateFile(),
    SqliteRows(),
    DataRepresentation(),
    FileRename(),
    FileMove(),
    FileEncoding(),
    LineEndings(),
    SqliteDrift(),
    CodeRewrite(),
    ContextStuffing(),
    HttpFaults(),
    ReadOnlyFile(),
    MissingFile(),
    TruncatedFile(),
    ToolQuota(),
    ClockSkew(),
    HistoryLoss(),
    Redelivery(),
    PeerFaults(),
    StaleCopy(),
    ContradictoryDocument(),
    PoisonedDocument(),
)
"""All of them, in the order of the catalogue."""
