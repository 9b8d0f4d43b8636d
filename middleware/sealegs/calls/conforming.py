"""Values of the wrong type, made right where the schema leaves no doubt."""

from __future__ import annotations

from sealegs.calls.repairs import Parsed
from sealegs.calls.validating import Validator
from sealegs.jsons import Json

__all__ = ["conform"]


def conform(value: Json, validator: Validator, schema: Json, *, recases: bool = False) -> Parsed:
    """Coerce what the schema refuses, and nothing else.

    Args:
        value: the arguments.
        validator: of the schema.
        schema: the schema as the model saw it.
        recases: the provider may have changed the case of enum values and constants.
    """
    raise NotImplementedError
