"""One stack for the whole session."""

import json
from collections.abc import Iterator

import pytest

from tests.e2e.running_stack import RunningStack, stack_in

# Buyers get e-mail from it; the emulator keeps what it would send.
SENDER = "hello@seller.example"


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    parameters = {"AskAgreementContacts": "true", "ConfirmationSender": SENDER}
    with stack_in(tmp_path_factory.mktemp("stack"), parameters) as running:
        _let_send(running)
        yield running


def _let_send(stack: RunningStack) -> None:
    """Verify the sender, and give its function what the emulator asks for beside AWS's rules.

    SendEmail is of an identity, and a policy may look at the sender; the emulator knows neither.
    """
    stack.aws.client("sesv2").create_email_identity(EmailIdentity=SENDER)
    function = stack.aws.functions().get_function_configuration(
        FunctionName=stack.addresses.register_function
    )
    statement = {"Effect": "Allow", "Action": "ses:SendEmail", "Resource": "*"}
    stack.aws.client("iam").put_role_policy(
        RoleName=function["Role"].rpartition("/")[2],
        PolicyName="EmulatorSendsEmail",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
