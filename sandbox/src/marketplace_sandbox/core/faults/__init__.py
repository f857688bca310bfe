"""Calls that go wrong on purpose."""
