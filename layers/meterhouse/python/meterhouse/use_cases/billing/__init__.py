"""Closing hours, and sending what was frozen in them to AWS Marketplace."""
