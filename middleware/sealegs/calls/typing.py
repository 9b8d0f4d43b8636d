"""Arguments that a syntax writes as bare text, typed by the tool's schema."""

from __future__ import annotations

from collections.abc import Mapping

from sealegs.calls.repairs import Parsed
from sealegs.jsons import Json

__all__ = ["typed"]


def typed(arguments: Mapping[str, str], schema: Json) -> Parsed:
    """Give the arguments the types that their schema admits.

    Args:
        arguments: argument name to the text that the model wrote.
        schema: the tool's schema as the model saw it.
    """
    raise NotImplementedError
