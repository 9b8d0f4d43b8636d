"""The hook specifications: every way in which a plugin adds to sealegs.

Each hook is asked once, when a `sealegs.Catalog` is loaded, and gives objects; those of
perturbation injection are asked when they are first needed. Calls to models never run through
pluggy; they run through the objects that the hooks gave.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from sealegs.calls.parsing import ToolCallParser
    from sealegs.calls.saying import ToolLens
    from sealegs.catalog import Catalog
    from sealegs.exchange import Exchange
    from sealegs.flow import Layer
    from sealegs.knowledge import Provider, ReasoningFormat
    from sealegs.perturbation.operators import Operator
    from sealegs.perturbation.profiles import Profile
    from sealegs.perturbation.saying import FaultLens, TextLens
    from sealegs.schema.dialect import Dialect
    from sealegs.schema.forms import ToolForm
    from sealegs.settings import Settings
    from sealegs.wire import Wire

__all__ = ["hookimpl", "hookspec"]

hookspec = pluggy.HookspecMarker("sealegs")
hookimpl = pluggy.HookimplMarker("sealegs")

# ------------------------------------------------------------------ wires and providers


@hookspec
def wires() -> Iterable[Wire]:  # type: ignore[empty-body]
    """Contribute wire formats.

    A wire format is a lens on a provider's JSON; see `sealegs.wire.Wire`. A request belongs to the
    first format, by name, that claims it. Two that share a name are an error.
    """


@hookspec
def providers() -> Iterable[Provider]:  # type: ignore[empty-body]
    """Contribute providers: rows of data, each with its source and date.

    The first row that fits a request's wire, host, path and model is taken, in the order of
    ``rank`` and then of names. A plugin of yours overrides a row of ours with a lower rank.
    """


# ------------------------------------------------------------------ reasoning retention


@hookspec
def reasoning_formats() -> Iterable[ReasoningFormat]:  # type: ignore[empty-body]
    """Contribute reasoning formats: how a turn carries reasoning.

    Reading a message and writing it back must give the same message. Two formats that share a name
    are an error.
    """


# ------------------------------------------------------------------ tool-schema normalization


@hookspec
def tool_forms() -> Iterable[ToolForm]:  # type: ignore[empty-body]
    """Contribute tool forms: the envelopes in which tool definitions come and go.

    Where definitions of an unknown form are read, the first form that takes one is asked, in the
    order of ``rank`` and then of names. Requests are read and written in the form that their
    dialect names. Two that share a name are an error.
    """


@hookspec
def tool_lenses() -> Iterable[ToolLens]:  # type: ignore[empty-body]
    """Contribute tool lenses: where a wire format keeps tools, calls, and what names them.

    Requests of a wire format that no lens is for keep their tools as they came.
    """


@hookspec
def schema_dialects() -> Iterable[Dialect]:  # type: ignore[empty-body]
    """Contribute schema dialects: what a provider accepts in a tool's JSON Schema, as data.

    The first dialect that fits a request's wire format, provider and model is taken, in the order
    of ``rank`` and then of names. Two that share a name are an error.
    """


@hookspec
def tool_call_parsers() -> Iterable[ToolCallParser]:  # type: ignore[empty-body]
    """Contribute parsers for tool calls that a model writes as text.

    The first parser that fits a request's model, wire format and provider is taken, in the order of
    ``rank`` and then of names; the others are not asked. Two that share a name are an error.
    """


# ------------------------------------------------------------------ perturbation injection


@hookspec
def perturbations() -> Iterable[Operator]:  # type: ignore[empty-body]
    """Contribute perturbation operators. Two that share a name are an error."""


@hookspec
def profiles() -> Iterable[Profile]:  # type: ignore[empty-body]
    """Contribute perturbation profiles that a test can name. Likewise."""


@hookspec
def text_lenses() -> Iterable[TextLens]:  # type: ignore[empty-body]
    """Contribute text lenses: where a wire format keeps what is said.

    Of requests of a wire format that no lens is for, prompts and results cannot be disturbed, and
    a test that asks for it is told.
    """


@hookspec
def fault_lenses() -> Iterable[FaultLens]:  # type: ignore[empty-body]
    """Contribute fault lenses: how the providers behind a wire format word what goes wrong."""


# ------------------------------------------------------------------ pipeline and observation


@hookspec
def middleware(settings: Settings, catalog: Catalog) -> Iterable[Layer]:  # type: ignore[empty-body]
    """Contribute layers. sealegs' own jobs come through this hook too, so each can be blocked.

    Args:
        settings: the pipeline's settings.
        catalog: everything that plugins contribute.
    """


@hookspec
def exchange_finished(exchange: Exchange) -> None:
    """Look at an exchange that has ended.

    The one hook that is called for each exchange, after the fact. It must not block; what it raises
    is written down and goes no further.

    Args:
        exchange: what happened; frozen.
    """
