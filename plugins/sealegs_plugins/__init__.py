"""Knowledge: providers, wire formats, reasoning formats, stores, commands."""
