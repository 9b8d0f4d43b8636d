"""Tool schemas: read from any form, lowered to what a provider accepts, with a way back."""
