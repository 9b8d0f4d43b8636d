"""Glue between sealegs and one framework or client per module."""
