"""What was called, and what became of it."""
