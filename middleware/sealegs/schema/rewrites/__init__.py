"""What lowering does to a schema without touching arguments: each gives the same language, or more."""
