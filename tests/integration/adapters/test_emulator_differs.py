"""Where the local stack's emulator is wrong against AWS's documentation.

A failure here says that it was mended. What the stack makes up for is named in ADR 0006; this is
what the adapters could stumble over.
"""

from decimal import Decimal

import pytest

from tests.integration.adapters.backends import Aws
from tests.integration.adapters.wrong_answers import (
    adding_one,
    is_refused,
    item_key,
    putting,
    sum_of_31_digits,
)

GET_BYTES_MAX = 16 * 1024 * 1024
ITEM_BYTES = 380_000


@pytest.fixture
def table_name(emulator: Aws) -> str:
    return emulator.create_table("UsageTable")


def test_the_emulator_rounds_sums_to_28_digits(emulator: Aws, table_name: str) -> None:
    """AWS: numbers are exact to 38 digits, also when they are added in an update.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
    """
    assert sum_of_31_digits(emulator.dynamodb, table_name) == Decimal(10) ** 30


def test_the_emulator_sets_one_attribute_twice_in_one_update(
    emulator: Aws, table_name: str
) -> None:
    """AWS: two paths of an update expression that overlap make it invalid.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
    """
    assert not is_refused(
        lambda: emulator.dynamodb.update_item(
            TableName=table_name,
            Key=item_key("a"),
            UpdateExpression="SET amount = :one, amount = :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )
    )


def test_the_emulator_leaves_no_key_unprocessed(emulator: Aws, table_name: str) -> None:
    """AWS: a BatchGetItem gives at most 16 MB, and names the keys that it left.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
    """
    names = [str(n) for n in range(GET_BYTES_MAX // ITEM_BYTES + 2)]
    for name in names:
        item = putting(table_name, name, large={"B": b"x" * ITEM_BYTES})["Put"]
        emulator.dynamodb.put_item(**item)

    answer = emulator.dynamodb.batch_get_item(
        RequestItems={table_name: {"Keys": [item_key(name) for name in names]}}
    )

    assert answer["UnprocessedKeys"] == {}
    assert len(answer["Responses"][table_name]) == len(names)


def test_the_emulator_takes_a_key_of_any_length_in_a_transaction(
    emulator: Aws, table_name: str
) -> None:
    """AWS: a partition key has at most 2048 bytes; the emulator minds that in single writes only.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
    """
    long = adding_one(table_name, "x" * 2_049)

    assert is_refused(lambda: emulator.dynamodb.update_item(**long["Update"]))
    assert not is_refused(
        lambda: emulator.dynamodb.transact_write_items(
            TransactItems=[long]  # type: ignore[list-item] # an action of any kind
        )
    )


def test_the_emulator_delays_a_message_for_longer_than_sqs(emulator: Aws) -> None:
    """AWS: a message is delayed for at most 15 minutes.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    """
    url = emulator.create_queue()

    assert not is_refused(
        lambda: emulator.sqs.send_message(QueueUrl=url, MessageBody="x", DelaySeconds=901)
    )


def test_the_emulator_cannot_redrive_a_dead_letter_queue(emulator: Aws) -> None:
    """AWS: StartMessageMoveTask moves the messages of a dead-letter queue back to their source.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
    """
    dead = emulator.create_queue()
    source = emulator.create_queue()
    arn = emulator.sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])
    policy = f'{{"deadLetterTargetArn": "{arn["Attributes"]["QueueArn"]}", "maxReceiveCount": 5}}'
    emulator.sqs.set_queue_attributes(QueueUrl=source, Attributes={"RedrivePolicy": policy})

    assert is_refused(
        lambda: emulator.sqs.start_message_move_task(SourceArn=arn["Attributes"]["QueueArn"])
    )
