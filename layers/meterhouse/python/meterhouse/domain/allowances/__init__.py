"""Included units: what the seller's rules grant, what was taken, what is left (ADR 0034)."""
