"""The whole state as text, exactly."""
