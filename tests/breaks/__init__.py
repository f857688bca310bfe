"""Breaks of single lines, and the tests that must notice each of them; `make mutants` tries them."""
