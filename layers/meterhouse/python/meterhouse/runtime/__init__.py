"""Settings, clock, observability and the composition root."""
