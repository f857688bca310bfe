"""Commands for the people who answer for the revenue. They run beside Meterhouse, never in it."""
