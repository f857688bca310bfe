"""The operations that AWS performs, and the rules that they keep (sections 1, 4 and 6)."""
