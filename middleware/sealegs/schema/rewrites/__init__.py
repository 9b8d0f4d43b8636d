"""What lowering does to a schema without touching arguments: the language stays, or grows."""
