"""What an operation cannot do, said so that its user knows what to change."""


class OperationError(Exception):
    """The command cannot do its work: a table is missing, or AWS refuses to show it."""
