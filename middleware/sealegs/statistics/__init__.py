"""Paired statistics for a gate: numbers in, numbers out, on the standard library alone.

Start at `sealegs.statistics.gating.compare`. It knows nothing of agents or disturbances.
"""
