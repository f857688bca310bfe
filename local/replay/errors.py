"""What can be wrong with a log or with how it is to be read."""


class ReplayError(Exception):
    """The log cannot be replayed as asked; the message says what to change."""
