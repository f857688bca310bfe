"""How fast the sandbox answers."""
