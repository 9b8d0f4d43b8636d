"""What lowering does to arguments, each step with its way back."""
