"""The control API under `/_sandbox`: what a test, a person or a program does to the sandbox.

Each route parses, calls one desk and writes what came of it. A command that is refused changes
nothing, and says why as `{"error": {"code", "message"}}`.
"""
