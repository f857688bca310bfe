"""The Agreement API over HTTP: what is asked of AWS, and what it may answer."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.config import Config
from marketplace_sandbox.testing import InProcessMarketplace, serve_beside

from meterhouse.adapters.agreements import AGREEMENTS_CONFIG, AgreementsApi
from meterhouse.domain.subscriptions.sweeping import AgreementPage, FoundAgreement
from meterhouse.errors import (
    MarketplaceError,
    MarketplaceOutageError,
    MarketplaceRefusedError,
    MarketplaceThrottledError,
    MeterhouseError,
    PageGoneError,
)
from tests.integration.adapters.scripted_server import (
    Reply,
    Server,
    agreement_client,
    error_reply,
    json_reply,
)
from tests.unit.domain.builders import ACCOUNT, LICENSE_ARN, NOON_AT

ID = "agmt-1a2b3c4d5e6f7g8h9i0jklmno"
NOON = NOON_AT.timestamp()
SUMMARY: dict[str, Any] = {
    "agreementId": ID,
    "acceptanceTime": NOON - 10,
    "startTime": NOON,
    "endTime": NOON + 86_400,
    "lastUpdateTime": NOON + 60,
    "agreementType": "PurchaseAgreement",
    "acceptor": {"accountId": ACCOUNT},
    "proposer": {"accountId": "210987654321"},
    "proposalSummary": {
        "resources": [{"id": "prod-atlas", "type": "SaaSProduct"}],
        "offerId": "offer-1",
    },
    "status": "ACTIVE",
    "entitlements": [{"licenseArn": LICENSE_ARN}],
    "initialAgreementId": "agmt-0",
    "endTimeBehaviorType": "EXPIRE",
    "endTimeBehaviorReasonCode": "ACCEPTOR_RENEW_OPTED_OUT",
    "freeTrialEndTime": NOON + 3_600,
}


def api_at(url: str) -> AgreementsApi:
    """Return the adapter with its own rules, but without its patience."""
    config = AGREEMENTS_CONFIG.merge(Config(connect_timeout=0.3, read_timeout=0.3))
    return AgreementsApi(agreement_client(url, config))


@pytest.fixture
def api(server: Server) -> AgreementsApi:
    return api_at(server.url)


def page_of(*summaries: dict[str, Any], **rest: Any) -> Reply:
    return json_reply({"agreementViewSummaries": summaries, **rest})


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(NOON + seconds, UTC)


def test_a_page_is_read_whole(server: Server, api: AgreementsApi) -> None:
    server.answer(page_of(SUMMARY, nextToken="next"))

    page = api.updated(None, None)

    assert page.token == "next"
    assert page.agreements == (
        FoundAgreement(
            agreement_id=ID,
            updated_at=moment(60),
            account_id=ACCOUNT,
            product_id="prod-atlas",
            offer_id="offer-1",
            status="ACTIVE",
            starts_at=NOON_AT,
            ends_at=moment(86_400),
            trial_until=moment(3_600),
            end_behavior="EXPIRE",
            end_reason="ACCEPTOR_RENEW_OPTED_OUT",
            initial_agreement_id="agmt-0",
            license_arns=(LICENSE_ARN,),
        ),
    )
    assert page.agreements[0].auto_renewal is False


def test_a_search_is_for_what_this_account_proposed_in_the_order_of_its_updates(
    server: Server, api: AgreementsApi
) -> None:
    server.answer(page_of())

    assert api.updated(None, None) == AgreementPage(())
    api.updated(moment(0.25), "a token")

    assert [one["target"] for one in server.requests] == [
        "AWSMPCommerceService_v20200301.SearchAgreements"
    ] * 2
    asked = {
        "filters": [
            {"name": "PartyType", "values": ["Proposer"]},
            {"name": "AgreementType", "values": ["PurchaseAgreement"]},
        ],
        "sort": {"sortBy": "LastUpdateTime", "sortOrder": "ASCENDING"},
        "maxResults": 50,
    }
    since = {"name": "AfterLastUpdateTime", "values": ["2026-11-18T12:00:00.250000Z"]}
    more = {"filters": [*asked["filters"], since], "nextToken": "a token"}  # type: ignore[misc]
    assert [one["body"] for one in server.requests] == [asked, asked | more]


@pytest.mark.parametrize("end", [{}, {"endTime": 253_370_764_800}], ids=["none", "the year 9999"])
def test_what_aws_leaves_out_is_none(
    server: Server, api: AgreementsApi, end: dict[str, float]
) -> None:
    server.answer(page_of({"agreementId": ID, **end}))

    assert api.updated(None, None).agreements == (FoundAgreement(agreement_id=ID, updated_at=None),)


def test_the_agreement_before_is_the_last_that_started_earlier(
    server: Server, api: AgreementsApi
) -> None:
    server.answer(page_of(SUMMARY))
    assert api.predecessor("agmt-0", moment(90)) == ID
    server.answer(page_of())
    assert api.predecessor("agmt-0", moment(90)) is None

    body = server.requests[0]["body"]
    assert body["filters"][2:] == [
        {"name": "InitialAgreementId", "values": ["agmt-0"]},
        {"name": "BeforeStartTime", "values": ["2026-11-18T12:01:30Z"]},
    ]
    assert body["sort"] == {"sortBy": "StartTime", "sortOrder": "DESCENDING"}


@pytest.mark.parametrize(
    ("reasons", "is_suspended"),
    [
        ([], False),
        (["AGREEMENT_ACTIVE"], False),
        (["ACCOUNT_SUSPENDED"], True),
        (["AGREEMENT_ACTIVE", "ACCOUNT_SUSPENDED"], True),
        (["SOMETHING_NEW"], False),
    ],
)
def test_an_entitlement_tells_of_a_suspended_account(
    server: Server, api: AgreementsApi, reasons: list[str], *, is_suspended: bool
) -> None:
    told = [{"status": "PROVISIONED", "statusReasonCode": reason} for reason in reasons]
    server.answer(json_reply({"agreementEntitlements": told}))

    assert api.is_suspended(ID) is is_suspended
    assert server.requests[0]["body"] == {"agreementId": ID}


def test_of_an_agreement_that_aws_has_not_nothing_is_known(
    server: Server, api: AgreementsApi
) -> None:
    server.answer(error_reply("ResourceNotFoundException", 404))

    assert api.is_suspended(ID) is None


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (error_reply("ThrottlingException"), MarketplaceThrottledError),
        (error_reply("AccessDeniedException", 403), MarketplaceRefusedError),
        (error_reply("UnrecognizedClientException"), MarketplaceRefusedError),
        (error_reply("ValidationException"), MarketplaceRefusedError),
        (error_reply("InternalServerException", 500), MarketplaceOutageError),
        (Reply(b"", status=503), MarketplaceOutageError),
        (Reply(b"", hangs=True), MarketplaceOutageError),
    ],
)
def test_every_failure_says_whether_it_passes(
    server: Server, api: AgreementsApi, reply: Reply, failure: type[MarketplaceError]
) -> None:
    server.answer(reply)

    for call in (
        lambda: api.updated(None, None),
        lambda: api.predecessor(ID, NOON_AT),
        lambda: api.is_suspended(ID),
    ):
        with pytest.raises(MeterhouseError) as caught:
            call()
        assert type(caught.value) is failure


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b'{"agreementViewSummaries": ['),
        Reply(b"<html>not JSON</html>"),
        Reply(b"{}"),
    ],
)
def test_what_is_no_answer_is_never_taken_for_nothing_found(
    server: Server, api: AgreementsApi, reply: Reply
) -> None:
    server.answer(reply)

    for call in (lambda: api.updated(None, None), lambda: api.predecessor(ID, NOON_AT)):
        with pytest.raises(MarketplaceOutageError):
            call()
    assert api.is_suspended(ID) is None


def test_an_answer_that_broke_off_is_an_outage(server: Server, api: AgreementsApi) -> None:
    server.answer(Reply(b'{"agreementViewSummaries": [', cut_bytes=100))

    with pytest.raises(MarketplaceOutageError):
        api.updated(None, None)


def test_a_token_that_aws_no_longer_takes_is_told_apart(server: Server, api: AgreementsApi) -> None:
    server.answer(error_reply("ValidationException"))

    with pytest.raises(PageGoneError):
        api.updated(NOON_AT, "an old token")


def test_a_server_that_is_not_there_is_an_outage() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(MarketplaceOutageError):
        api_at(f"http://127.0.0.1:{port}").updated(None, None)


def test_the_sdk_tries_twice_at_most(server: Server, api: AgreementsApi) -> None:
    server.answer(error_reply("ThrottlingException"))

    with pytest.raises(MarketplaceThrottledError):
        api.updated(None, None)

    assert len(server.requests) == 2


@pytest.fixture(scope="module")
def sandbox() -> Iterator[tuple[InProcessMarketplace, AgreementsApi]]:
    marketplace = InProcessMarketplace(clock=lambda: NOON_AT)
    marketplace.create_product(code="atlas")
    with serve_beside(marketplace) as url:
        yield marketplace, api_at(url)


def test_the_sandbox_answers_by_its_own_protocol(
    sandbox: tuple[InProcessMarketplace, AgreementsApi],
) -> None:
    marketplace, api = sandbox
    agreement = marketplace.create_agreement("atlas")

    [found] = api.updated(None, None).agreements

    assert found.agreement_id == agreement.agreement_id
    assert found.license_arns == (agreement.license_arn,)
    assert found.updated_at is not None
    assert api.updated(found.updated_at, None).agreements == ()
    assert api.is_suspended(agreement.agreement_id) is False
    marketplace.desks.agreements.suspend(agreement.customer_aws_account_id)
    assert api.is_suspended(agreement.agreement_id) is True
    with pytest.raises(PageGoneError):
        api.updated(None, "no token of its")
