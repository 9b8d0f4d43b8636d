"""JSON as models write it: read strictly where it is JSON, mended in classes where it is not."""

from __future__ import annotations

from sealegs.calls.repairs import Parsed, Repair, RepairClass, worst

__all__ = ["Parsed", "Repair", "RepairClass", "read_json", "worst"]


def read_json(text: str, *, whole: bool = True) -> Parsed:
    """Read JSON text, mending what is broken.

    Args:
        text: what the model wrote.
        whole: false where the provider said that the text was cut off.

    Raises:
        sealegs.errors.ArgumentError: nothing can be made of it.
    """
    raise NotImplementedError
