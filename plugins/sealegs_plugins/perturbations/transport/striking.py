"""Which tries of a request meet a fault: some in a row, at all places or a share of them."""

from __future__ import annotations

from sealegs.perturbation.operators import About

__all__ = ["strikes"]


def strikes(about: About) -> bool:
    """Say whether a try meets the fault, by two parameters that transport operators share.

    ``burst``: how many tries in a row at one place meet it; 0: every one. ``share``: of the places,
    by default all; a place's tries share its draw, as the rate of a profile's use does not.
    """
    site, parameters = about.site, about.parameters
    burst: int = parameters.get("burst", 1)
    if burst and site.occurrence >= burst:
        return False
    share: float = parameters.get("share", 1.0)
    draw = (about.run or about.draw).sub(site.agent, site.place)
    return share >= 1 or draw.unit("share") < share
