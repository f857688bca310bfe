"""A seller's own usage log, replayed through the running local stack."""
