"""Where moto is wrong against AWS's documentation; a failure here says that it was mended.

What these tests show is not tested on moto, or is worked around in `backends`; the emulator of the
local stack is right in all of it but what `test_emulator_differs` names.
"""

import copy
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from tests.integration.adapters.backends import Aws
from tests.integration.adapters.wrong_answers import (
    adding_one,
    amount_of,
    is_refused,
    item_key,
    putting,
    sum_of_31_digits,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef


@pytest.fixture
def table_name(moto: Aws) -> str:
    return moto.create_table("UsageTable")


def transact(moto: Aws, *actions: object, token: str | None = None) -> None:
    items = cast("list[TransactWriteItemTypeDef]", actions)
    if token is None:
        moto.dynamodb.transact_write_items(TransactItems=items)
    else:
        moto.dynamodb.transact_write_items(TransactItems=items, ClientRequestToken=token)


def test_moto_ignores_the_client_request_token(moto: Aws, table_name: str) -> None:
    """AWS: a call that repeats a token within ten minutes succeeds and changes nothing.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
    """
    for _ in range(2):
        transact(moto, adding_one(table_name, "a"), token="token")

    assert amount_of(moto.dynamodb, table_name, "a") == 2


def test_moto_takes_one_token_for_two_different_requests(moto: Aws, table_name: str) -> None:
    """AWS: another request under a used token gets an IdempotentParameterMismatchException.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
    """
    transact(moto, adding_one(table_name, "a"), token="token")

    assert not is_refused(lambda: transact(moto, adding_one(table_name, "b"), token="token"))


def test_moto_takes_back_what_others_wrote_while_it_cancels_a_transaction(
    moto: Aws, table_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AWS: a transaction is serializable with every single write; a cancelled one leaves no trace.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
    """
    refused = {
        "ConditionCheck": {
            "TableName": table_name,
            "Key": item_key("absent"),
            "ConditionExpression": "attribute_exists(pk)",
        }
    }
    transact(moto, adding_one(table_name, "other"))
    others = [adding_one(table_name, "other")["Update"]]

    def copy_while_another_writes(value: object) -> object:
        copied = copy.deepcopy(value)
        if others:
            moto.dynamodb.update_item(**others.pop())
        return copied

    # Threads would find the same moment now and then: it begins with a copy of the whole table.
    copying = SimpleNamespace(copy=copy.copy, deepcopy=copy_while_another_writes)
    monkeypatch.setattr("moto.dynamodb.models.copy", copying)
    assert is_refused(lambda: transact(moto, refused))

    assert not others
    assert amount_of(moto.dynamodb, table_name, "other") == 1


def test_moto_takes_a_transaction_of_more_than_4_megabytes(moto: Aws, table_name: str) -> None:
    """AWS: the items of one transaction together hold at most 4 MB.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
    """
    large = {"B": b"x" * 390_000}
    actions = [putting(table_name, f"{n}", large=large) for n in range(12)]

    assert not is_refused(lambda: transact(moto, *actions))


def test_moto_takes_numbers_of_more_than_38_digits(moto: Aws, table_name: str) -> None:
    """AWS: a number has at most 38 digits, and one with more is refused.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
    """
    assert not is_refused(lambda: transact(moto, putting(table_name, "a", amount={"N": "1" * 39})))


def test_moto_rounds_sums_to_28_digits(moto: Aws, table_name: str) -> None:
    """AWS: numbers are exact to 38 digits, also when they are added in an update.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
    """
    assert sum_of_31_digits(moto.dynamodb, table_name) == Decimal(10) ** 30


def test_moto_keeps_the_spare_zeros_of_a_number(moto: Aws, table_name: str) -> None:
    """AWS: leading and trailing zeros of a number are trimmed.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
    """
    transact(moto, putting(table_name, "a", amount={"N": "1.500"}))

    assert str(amount_of(moto.dynamodb, table_name, "a")) == "1.500"


def test_moto_takes_an_index_key_of_another_type(moto: Aws, table_name: str) -> None:
    """AWS: a write whose attribute has another type than an index key says is refused.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html
    """
    item = {**item_key("a"), "due_shard": {"S": "due#0"}, "due_at": {"S": "no number"}}

    assert not is_refused(lambda: moto.dynamodb.put_item(TableName=table_name, Item=item))


def test_moto_takes_values_that_no_expression_of_a_transaction_uses(
    moto: Aws, table_name: str
) -> None:
    """AWS: a value that is given and not used makes the request invalid.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ExpressionAttributeValues.html
    """
    action = adding_one(table_name, "a")
    action["Update"]["ExpressionAttributeValues"][":spare"] = {"N": "1"}

    assert not is_refused(lambda: transact(moto, action))


@pytest.mark.parametrize("body", ["a\x00b", "a\uffffb", ""], ids=["NUL", "U+FFFF", "empty"])
def test_moto_takes_messages_that_sqs_refuses(moto: Aws, body: str) -> None:
    """AWS: a body has at least one character, and only those that XML 1.0 allows.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    """
    url = moto.create_queue()

    assert not is_refused(lambda: moto.sqs.send_message(QueueUrl=url, MessageBody=body))
