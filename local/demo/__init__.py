"""The main job, played where a person can follow it."""
