"""Breaks of single lines, and the tests that must notice each; `make mutants` tries them."""
