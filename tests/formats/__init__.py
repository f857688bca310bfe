"""Items of the usage table as each release wrote them, so that every later one can read them."""
