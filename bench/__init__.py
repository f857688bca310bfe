"""Measures what Meterhouse costs: `make bench`. A development tool; nothing of it ships."""
