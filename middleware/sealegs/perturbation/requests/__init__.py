"""The model tap: requests as a trial disturbs them, and the way back of their replies."""
