"""The catalog: every hook, and every way in which loading can go wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from flows import Answer, ask, failure_of
from sealegs import Catalog, Exchange, Pipeline, PluginError, Settings, hookimpl
from sealegs.flow import Call, Flow, Layer, Reply, send
from sealegs.knowledge import Provider, ReasoningFormat
from sealegs.tools import Named, Perturbation, Profile, SchemaDialect, ToolCallParser
from sealegs.wire import RequestHead, Wire
