"""Reasoning retention: a model gets its reasoning back in exactly the form its provider wants."""
