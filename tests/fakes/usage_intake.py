"""The usage queue as a producer has it."""

from meterhouse.errors import StorageUnavailableError


class InMemoryUsageIntake:
    """Keeps what is sent, unless told to fail; then it may have taken it all the same."""

    def __init__(self) -> None:
        self.bodies: list[str] = []
        self.is_down = False
        self.loses_answers = False

    def send(self, body: str) -> None:
        if not self.is_down:
            self.bodies.append(body)
        if self.is_down or self.loses_answers:
            raise StorageUnavailableError("the queue does not answer")
