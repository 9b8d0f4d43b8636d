"""The whole way back of one call's arguments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sealegs.calls.repairs import Repair, RepairClass
from sealegs.calls.validating import Problem, Validator
from sealegs.jsons import Json
from sealegs.schema.codec import Codec

__all__ = ["Outcome", "Policy", "arrange"]


@dataclass(frozen=True, slots=True)
class Policy:
    """Which repairs a call may run with.

    Attributes:
        run: the classes.
    """

    run: frozenset[RepairClass] = frozenset({"none", "lossless", "unambiguous"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one call's arguments.

    Attributes:
        arguments: as the tool's own schema promised them; ``None`` where the call must not run.
        text: the JSON text to hand on: the very text that came where nothing changed or nothing
            could be made of it, otherwise compact JSON.
        repairs: what was mended, in order.
        problems: why the schema refuses them.
        worst: the class of the least sure repair.
        ok: whether the call may run.
        complaint: what to tell the model where it may not; empty where it may.
    """

    arguments: Json | None
    text: str
    repairs: tuple[Repair, ...]
    problems: tuple[Problem, ...]
    worst: RepairClass
    ok: bool
    complaint: str


def arrange(
    arguments: str | Mapping[str, str],
    *,
    seen: Json,
    seen_validator: Validator,
    codec: Codec,
    validator: Validator,
    tool: str,
    policy: Policy,
    whole: bool = True,
    recases: bool = False,
) -> Outcome:
    """Make of what a model wrote what the tool's schema promised, or a complaint.

    Args:
        arguments: JSON text, or argument name to bare text for syntaxes that write it so.
        seen: the tool's schema as the model saw it.
        seen_validator: of that schema.
        codec: between the two schemas.
        validator: of the tool's own schema.
        tool: the tool's name as the model knows it.
        policy: which repairs a call may run with.
        whole: false where the text ended before the call did.
        recases: the provider may have changed the case of enum values and constants.
    """
    raise NotImplementedError
