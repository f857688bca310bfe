"""What can go wrong with the local stack, in words for the person who started it."""


class StackError(Exception):
    """The local stack could not be started, found or used; the message says what to do."""
