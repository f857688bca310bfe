"""Accounting: balances of meters and hours, and what a subscription used by day."""
