"""Campaigns: an agent against its cases, and the verdict on it."""
