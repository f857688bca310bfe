"""The whole state as text, and back."""
