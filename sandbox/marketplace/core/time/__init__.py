"""The sandbox's clock, and what falls due."""
