"""The rules of AWS Marketplace as pure functions: time and entropy are arguments, I/O is none.

Section numbers in the docstrings name the sections of the rules as listed in `sandbox/README.md`;
MODEL, DOC, SKILL and INF say how well each rule is supported there.
"""
