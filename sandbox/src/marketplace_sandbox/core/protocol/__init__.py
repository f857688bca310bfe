"""From bytes to a call, and back."""
