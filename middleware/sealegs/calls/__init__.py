"""Tool calls on their way back: read from text, repaired, typed by their schema, checked."""
