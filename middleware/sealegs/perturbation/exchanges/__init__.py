"""The network's place: what becomes of an exchange with a model's API."""
