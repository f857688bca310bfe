"""Chaos: the stack under faults, kills and stalls; its bill is held against what was sent."""
