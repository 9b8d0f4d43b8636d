"""The pytest plugin. Inert without ``--perturb``."""
