"""Tool-schema normalization: definitions and calls, on their way through a pipeline."""
