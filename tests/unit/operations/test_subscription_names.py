"""How subscriptions are named on the command line."""

import pytest
import typer

from operations.options import read_subscription_name

ARN = "arn:aws:license-manager::294406891311:license:l-5f2c8f6d1b0e4a7c9d3e2f1a0b4c5d6e"


@pytest.mark.parametrize(
    ("name", "key"),
    [
        (ARN, "license#l-5f2c8f6d1b0e4a7c9d3e2f1a0b4c5d6e"),
        ("license#l-5f2c", "license#l-5f2c"),
        ("customer#product#ifAPi5AcF3", "customer#product#ifAPi5AcF3"),
        ("account#product#444455556666", "account#product#444455556666"),
        ('{"product_code": "p", "customer_identifier": "c"}', "customer#p#c"),
        ('{"product_code": "p", "customer_aws_account_id": "4"}', "account#p#4"),
    ],
    ids=["ARN", "license", "customer", "account", "customer of an event", "account of an event"],
)
def test_log_lines_and_usage_events_name_a_subscription(name: str, key: str) -> None:
    assert read_subscription_name(name) == key


@pytest.mark.parametrize(
    "name",
    [
        "",
        "l-5f2c",
        "license#l-5f2c|api_calls",
        "{",
        '{"product_code": "p"}',
        "[]",
        "{}",
        "{" * 9_000,
    ],
    ids=["nothing", "half", "meter", "broken", "product", "list", "empty", "deep"],
)
def test_anything_else_is_refused_with_a_word_on_what_to_write(name: str) -> None:
    with pytest.raises(typer.BadParameter, match=r"names no subscription: name it as log lines do"):
        read_subscription_name(name)
