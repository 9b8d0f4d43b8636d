"""Agents of campaigns, which processes of a pool can import."""

from __future__ import annotations

import os
import time
from typing import Any

import sealegs

PRICES = {"Oslo": "120", "Rome": "80"}


@sealegs.tool
def price(city: str) -> str:
    return PRICES[city]


def careful(city: str) -> str:
    """Tries again what failed."""
    for _ in range(4):
        try:
            return price(city)
        except (TimeoutError, ConnectionError, RuntimeError, PermissionError, LookupError):
            continue
    raise AssertionError("gave up")


def hasty(city: str) -> str:
    return price(city)


def uneven(city: str) -> str:
    """Takes longer for one case than for another, so that trials end in another order."""
    time.sleep(0.004 if city == "Oslo" else 0.0)
    return price(city)


async def patient(city: str) -> str:
    """An agent on an event loop."""
    return careful(city)


def mortal(city: str) -> str:
    """Takes its process with it."""
    if city == "Rome":
        os._exit(3)
    return careful(city)


def right(city: str, given: Any) -> bool:
    return bool(given == PRICES[city])
