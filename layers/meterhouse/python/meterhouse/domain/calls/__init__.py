"""Calls of BatchMeterUsage: what they say, and how many records they hold."""
