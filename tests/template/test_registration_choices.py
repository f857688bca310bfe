"""What the page may do only where it is chosen: ask AWS whom a buyer named, and send e-mail."""

import pytest

from tests.template.cloudformation import as_list, document, optional_statements, statements
from tests.template.evaluation import Evaluation

PARAMETERS = {
    "ConfirmationSender": "hello@mail.seller.example",
    "ContactFields": "email",
    "SignupUrl": "",
    "KmsKeyArn": "",
    "MarketplaceRoleArn": "",
    "AskAgreementContacts": "false",
    "AWS::Partition": "aws",
    "AWS::Region": "eu-central-1",
    "AWS::AccountId": "123456789012",
}
IDENTITIES = "arn:aws:ses:eu-central-1:123456789012:identity/"


def sending(**parameters: str) -> list[tuple[str, object]]:
    deployed = Evaluation(PARAMETERS | parameters, document()["Conditions"])
    return [
        (name, deployed.of(statement))
        for name, condition, statement in optional_statements()
        if statement["Action"] == "ses:SendEmail" and deployed.holds(condition)
    ]


def test_the_page_may_send_as_its_sender_and_as_nobody_else() -> None:
    ((role, statement),) = sending()

    assert role == "RegisterCustomerRole"
    assert statement == {
        "Sid": "ConfirmByEmail",
        "Effect": "Allow",
        "Action": "ses:SendEmail",
        "Resource": [
            f"{IDENTITIES}hello@mail.seller.example",
            f"{IDENTITIES}mail.seller.example",
        ],
        "Condition": {"StringEquals": {"ses:FromAddress": "hello@mail.seller.example"}},
    }


@pytest.mark.parametrize(
    "parameters",
    [{"ConfirmationSender": ""}, {"ContactFields": ""}, {"SignupUrl": "https://seller.example/"}],
    ids=["without a sender", "without a form", "where the form is the seller's own"],
)
def test_nobody_may_send_where_nothing_is_sent(parameters: dict[str, str]) -> None:
    assert sending(**parameters) == []


def test_nothing_is_sent_by_default() -> None:
    assert document()["Parameters"]["ConfirmationSender"]["Default"] == ""


@pytest.mark.parametrize(
    ("chosen", "signup_url", "fields", "may_ask"),
    [
        ("false", "", "email", False),
        ("true", "", "email", True),
        ("true", "https://seller.example/", "email", False),
        ("true", "", "", False),
    ],
    ids=[
        "by default",
        "where it is chosen",
        "where the form is the seller's own",
        "without a form",
    ],
)
def test_whom_a_buyer_named_may_be_asked(
    chosen: str, signup_url: str, fields: str, *, may_ask: bool
) -> None:
    deployed = Evaluation(
        {
            "AskAgreementContacts": chosen,
            "SignupUrl": signup_url,
            "KmsKeyArn": "",
            "MarketplaceRoleArn": "",
            "ContactFields": fields,
            "ConfirmationSender": "",
        },
        document()["Conditions"],
    )
    asking = [
        (name, statement["Resource"])
        for name, condition, statement in optional_statements()
        if statement["Action"] == "aws-marketplace:GetAgreementContacts"
        and deployed.holds(condition)
    ]

    assert asking == [("RegisterCustomerRole", "*")] * may_ask
    assert "aws-marketplace:GetAgreementContacts" not in {
        action for _, statement in statements() for action in as_list(statement["Action"])
    }
    assert document()["Parameters"]["AskAgreementContacts"]["Default"] == "false"
