"""Forms: the envelopes in which tool definitions come and go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeAlias

from sealegs.jsons import Json, is_array, is_object
from sealegs.schema.codec import Codec
from sealegs.schema.definition import ToolDefinition

__all__ = ["Slot", "ToolForm", "exampled"]

Slot: TypeAlias = "tuple[tuple[str | int, ...], Json]"
"""Where one definition stands in a list of tools (keys and indexes), and the definition, raw."""


class ToolForm(Protocol):
    """One envelope, such as OpenAI's ``{"type": "function", "function": {…}}``. Stateless."""

    @property
    def name(self) -> str:
        """The form's name, such as ``openai-chat``."""
        ...

    @property
    def wires(self) -> frozenset[str]:
        """The wire formats whose requests carry it; empty for forms that never travel (MCP)."""
        ...

    @property
    def examples(self) -> str:
        """The member of a definition that holds examples of arguments; empty: it has none."""
        ...

    @property
    def rank(self) -> int:
        """Lower is asked first where a definition of unknown form is read."""
        ...

    def slots(self, tools: Json, /) -> Sequence[Slot]:
        """Find the definitions in what a request, or a file, has as its tools.

        Tools that the provider runs itself are none of ours, and are left out.
        """
        ...

    def read(self, raw: Json, /) -> ToolDefinition | None:
        """Read one definition; ``None`` where it is not of this form.

        What stands there is only read, never checked: a schema that is no schema is for others to
        find. The definition's ``extra`` keeps every member that is not understood.
        """
        ...

    def write(
        self, *, name: str, description: str, parameters: Json, strict: bool | None, base: Json
    ) -> Json:
        """Write one definition.

        Args:
            name: as the provider takes it.
            description: what the model is told.
            parameters: the lowered schema.
            strict: whether strict mode is asked for; ``None``: nothing is said of it.
            base: the raw definition of this form that it replaces, whose unknown members stay; or
                ``None``.
        """
        ...

    def collected(self, definitions: Sequence[Json], /) -> Json:
        """Give what a request has as its tools, made of definitions of this form."""
        ...


def exampled(raw: Json, form: ToolForm, codec: Codec) -> Json:
    """Give a definition with its examples said as the model will know the tool."""
    examples = raw.get(form.examples) if form.examples and is_object(raw) else None
    if codec.identity or not is_array(examples):
        return raw
    return {**raw, form.examples: [codec.encode(one) for one in examples]}
