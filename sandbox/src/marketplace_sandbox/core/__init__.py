"""The rules of AWS Marketplace as pure functions: time and entropy are arguments, I/O is none.

Names like `time.age-max` in docstrings and comments are ids of rules, names like `usage_age` those
of switches between readings: `sandbox/RULES.md` lists both. MODEL, DOC, SKILL, OBS and INF say how
well something is known, as there.
"""
