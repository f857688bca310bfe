"""The contract of UsageIntake: what was sent is in the queue, and what was not raises."""

from dataclasses import dataclass

import pytest

from meterhouse.adapters.usage_intake import UsageIntakeQueue
from meterhouse.domain.usage.requests import REQUEST_BYTES_MAX
from meterhouse.errors import StorageUnavailableError
from meterhouse.ports.queues import UsageIntake
from tests.fakes.usage_intake import InMemoryUsageIntake
from tests.integration.adapters.backends import Aws


@dataclass(slots=True)
class Desk:
    """The intake, and whoever looks into its queue."""

    intake: UsageIntake
    aws: Aws | None
    url: str

    def received(self) -> list[str]:
        if isinstance(self.intake, InMemoryUsageIntake):
            return self.intake.bodies
        assert self.aws is not None
        answer = self.aws.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10)
        return [message["Body"] for message in answer.get("Messages", [])]

    def close(self) -> None:
        if isinstance(self.intake, InMemoryUsageIntake):
            self.intake.is_down = True
        else:
            assert self.aws is not None
            self.aws.sqs.delete_queue(QueueUrl=self.url)


@pytest.fixture
def desk(any_aws: Aws | None) -> Desk:
    if any_aws is None:
        return Desk(InMemoryUsageIntake(), None, "")
    url = any_aws.create_queue()
    return Desk(UsageIntakeQueue(any_aws.sqs, url), any_aws, url)


@pytest.mark.parametrize(
    "body",
    ['{"id": "\u20ac \U0001f600\\ufffe"}', "{" + " " * (REQUEST_BYTES_MAX - 2) + "}"],
    ids=["any text", "as long as a request may be"],
)
def test_what_is_sent_is_in_the_queue_as_it_was_written(desk: Desk, body: str) -> None:
    desk.intake.send(body)

    assert desk.received() == [body]


def test_a_queue_that_takes_nothing_raises(desk: Desk) -> None:
    desk.close()

    with pytest.raises(StorageUnavailableError):
        desk.intake.send("{}")
