"""How agreements begin, change and end."""
