"""ResolveCustomer over HTTP: what AWS may answer to a registration token."""

import socket
import traceback
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.config import Config
from botocore.exceptions import ParamValidationError
from marketplace_sandbox.testing import InProcessMarketplace, serve_beside

from meterhouse.adapters.resolving import RESOLVE_CONFIG, ResolvingApi
from meterhouse.domain.subscriptions.own_facts import registration
from meterhouse.domain.subscriptions.placing import names
from meterhouse.domain.subscriptions.subscription import ResolvedCustomer
from meterhouse.errors import (
    MarketplaceError,
    MarketplaceOutageError,
    MarketplaceRefusedError,
    MarketplaceThrottledError,
    MeterhouseError,
    TokenExpiredError,
    TokenInvalidError,
)
from tests.integration.adapters.scripted_server import (
    Reply,
    Server,
    error_reply,
    json_reply,
    metering_client,
)
from tests.unit.domain.builders import ACCOUNT, LICENSE_ARN, NOON_AT, PRODUCT_CODE

if TYPE_CHECKING:
    from mypy_boto3_meteringmarketplace import MarketplaceMeteringClient

TOKEN = "a-token+that/nobody==may%20see"


def api_at(url: str) -> ResolvingApi:
    """Return the adapter with its own rules, but without its patience."""
    config = RESOLVE_CONFIG.merge(Config(connect_timeout=0.3, read_timeout=0.3))
    return ResolvingApi(metering_client(url, config))


def failure_of(url: str, token: str = TOKEN) -> MeterhouseError:
    with pytest.raises(MeterhouseError) as caught:
        api_at(url).resolve_customer(token)
    assert TOKEN not in "".join(traceback.format_exception(caught.value, chain=False))
    assert TOKEN not in str(caught.value)
    assert caught.value.__suppress_context__, "the SDK's own error may quote the token"
    return caught.value


@pytest.mark.parametrize(
    ("answer", "customer"),
    [
        (
            {
                "ProductCode": PRODUCT_CODE,
                "CustomerAWSAccountId": ACCOUNT,
                "LicenseArn": LICENSE_ARN,
                "Metadata": {"AgreementId": "agmt-1"},
            },
            ResolvedCustomer(PRODUCT_CODE, ACCOUNT, None, LICENSE_ARN, "agmt-1"),
        ),
        (
            {
                "ProductCode": PRODUCT_CODE,
                "CustomerAWSAccountId": ACCOUNT,
                "CustomerIdentifier": "ifAPi5AcF3",
            },
            ResolvedCustomer(PRODUCT_CODE, ACCOUNT, "ifAPi5AcF3"),
        ),
        (
            {"ProductCode": PRODUCT_CODE, "CustomerIdentifier": "", "LicenseArn": ""},
            ResolvedCustomer(PRODUCT_CODE),
        ),
    ],
    ids=["license", "legacy", "empty texts"],
)
def test_an_answer_is_read_whichever_fields_it_has(
    server: Server, answer: dict[str, Any], customer: ResolvedCustomer
) -> None:
    server.answer(json_reply(answer))

    assert api_at(server.url).resolve_customer(TOKEN) == customer
    assert server.requests[0]["body"] == {"RegistrationToken": TOKEN}


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (error_reply("InvalidTokenException", message=TOKEN), TokenInvalidError),
        (error_reply("ExpiredTokenException", message=TOKEN), TokenExpiredError),
        (error_reply("ThrottlingException", message=TOKEN), MarketplaceThrottledError),
        (error_reply("InternalServiceErrorException", 500, TOKEN), MarketplaceOutageError),
        (error_reply("DisabledApiException", message=TOKEN), MarketplaceRefusedError),
        (error_reply("AccessDeniedException", message=TOKEN), MarketplaceRefusedError),
        (error_reply("SomethingNew", message=TOKEN), MarketplaceRefusedError),
        (Reply(b"<html>", 503), MarketplaceOutageError),
        (Reply(b"", hangs=True), MarketplaceOutageError),
    ],
    ids=[
        *("invalid", "expired", "throttled", "failed", "disabled", "denied", "new"),
        *("unavailable", "hanging"),
    ],
)
def test_every_failure_has_its_error_and_none_quotes_the_token(
    server: Server, reply: Reply, error: type[MeterhouseError]
) -> None:
    server.answer(reply)

    assert type(failure_of(server.url)) is error


@pytest.mark.parametrize("body", [b"", b"{", b"{}", b"<html>", b"[]", b'{"ProductCode": ""}'])
def test_an_answer_without_a_customer_names_nobody(server: Server, body: bytes) -> None:
    server.answer(Reply(body))

    try:
        customer = api_at(server.url).resolve_customer(TOKEN)
    except MarketplaceError:
        return
    assert names(registration(customer, NOON_AT, trial=False)) == ()


def test_marketplace_out_of_reach_is_an_outage() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))

        failure = failure_of(f"http://127.0.0.1:{unused.getsockname()[1]}")

    assert isinstance(failure, MarketplaceOutageError)


def test_resolving_is_tried_twice_because_it_changes_nothing(server: Server) -> None:
    server.answer(Reply(b"", 500), json_reply({"ProductCode": PRODUCT_CODE}))

    assert api_at(server.url).resolve_customer(TOKEN) == ResolvedCustomer(PRODUCT_CODE)
    assert len(server.requests) == 2


def test_the_buyer_does_not_wait_for_a_third_try(server: Server) -> None:
    server.answer(Reply(b"", 500))

    failure_of(server.url)

    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "code", ["InvalidTokenException", "ExpiredTokenException", "ThrottlingException"]
)
def test_a_flood_of_forged_tokens_is_not_made_larger(server: Server, code: str) -> None:
    """Each request that AWS answers costs one call, also while AWS finds them too many."""
    server.answer(error_reply(code))

    failure_of(server.url)

    assert len(server.requests) == 1


def test_a_token_of_the_sandbox_resolves_to_its_agreement() -> None:
    marketplace = InProcessMarketplace()
    product = marketplace.create_product()
    agreement = marketplace.create_agreement(product.product_code)
    token = marketplace.mint_token(agreement.agreement_id).token

    with serve_beside(marketplace) as url:
        customer = api_at(url).resolve_customer(token)

    assert customer == ResolvedCustomer(
        product.product_code,
        agreement.customer_aws_account_id,
        None,
        agreement.license_arn,
        agreement.agreement_id,
    )


class RefusingClient:
    """A client whose SDK refuses the request, and quotes it."""

    def resolve_customer(self, *, RegistrationToken: str) -> object:  # noqa: N803 - the SDK's name
        raise ParamValidationError(report=f"Invalid value: {RegistrationToken!r}")


def test_what_the_sdk_says_of_a_token_that_it_refuses_is_not_repeated() -> None:
    api = ResolvingApi(cast("MarketplaceMeteringClient", RefusingClient()))

    with pytest.raises(TokenInvalidError) as caught:
        api.resolve_customer(TOKEN)

    assert TOKEN not in str(caught.value)
    assert caught.value.__suppress_context__
