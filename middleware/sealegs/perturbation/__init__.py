"""Perturbation injection: disturbs, on purpose and reproducibly, what an agent acts on."""
