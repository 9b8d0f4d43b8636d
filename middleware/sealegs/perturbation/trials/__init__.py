"""A trial: what decides, what keeps count, and what is written down of it."""
