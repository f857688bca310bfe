"""Tests of the sandbox; helpers for them stand beside the folders."""
