"""Accounting: every unit that was journalled has a place."""
