"""GetAgreementContacts over HTTP: whom AWS names for a buyer, and what it may answer instead."""

import socket
import traceback
from typing import Any

import pytest
from botocore.config import Config
from marketplace_sandbox.testing import (
    Contact,
    InProcessMarketplace,
    NewAgreement,
    serve_beside,
)

from meterhouse.adapters.agreements import CONTACTS_CONFIG, AgreementsApi
from meterhouse.domain.subscriptions.registration import KnownContact
from meterhouse.errors import (
    MarketplaceError,
    MarketplaceOutageError,
    MarketplaceRefusedError,
    MarketplaceThrottledError,
)
from tests.integration.adapters.scripted_server import (
    Reply,
    Server,
    agreement_client,
    error_reply,
    json_reply,
)

ID = "agmt-1a2b3c4d5e6f7g8h9i0jklmno"
PRIVATE = "anna@private.example"
CONTACT = {
    "firstName": "Anna",
    "lastName": "Example",
    "emailAddress": PRIVATE,
    "companyName": "Example & Söhne",
    "countryCode": "DE",
}


def api_at(url: str) -> AgreementsApi:
    """Return the adapter with the page's rules, but without their patience."""
    config = CONTACTS_CONFIG.merge(Config(connect_timeout=0.3, read_timeout=0.3))
    return AgreementsApi(agreement_client(url, config))


@pytest.fixture
def api(server: Server) -> AgreementsApi:
    return api_at(server.url)


@pytest.mark.parametrize(
    ("answer", "known"),
    [
        (
            {"acceptorContact": CONTACT},
            KnownContact(PRIVATE, "Example & Söhne", "Anna Example"),
        ),
        ({}, KnownContact()),
        ({"acceptorContact": None}, KnownContact()),
        ({"acceptorContact": {"lastName": "Example"}}, KnownContact(name="Example")),
        (
            {"acceptorContact": {**CONTACT, "emailAddress": 7, "companyName": [PRIVATE]}},
            KnownContact(name="Anna Example"),
        ),
        (
            {"acceptorContact": {**CONTACT, "firstName": "a" * 201, "companyName": "c" * 201}},
            KnownContact(PRIVATE),
        ),
    ],
    ids=["a contact", "none", "null", "a part", "no texts", "too long"],
)
def test_a_contact_is_read_as_far_as_aws_has_one(
    server: Server, api: AgreementsApi, answer: dict[str, Any], known: KnownContact
) -> None:
    server.answer(json_reply(answer))

    assert api.known_contact(ID) == known
    (request,) = server.requests
    assert request["target"] == "AWSMPCommerceService_v20200301.GetAgreementContacts"
    assert request["body"] == {"agreementId": ID}


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (error_reply("ThrottlingException", message=PRIVATE), MarketplaceThrottledError),
        (error_reply("AccessDeniedException", 403, PRIVATE), MarketplaceRefusedError),
        (error_reply("ResourceNotFoundException", 404, PRIVATE), MarketplaceRefusedError),
        (error_reply("InternalServerException", 500, PRIVATE), MarketplaceOutageError),
        (json_reply({"acceptorContact": PRIVATE}), MarketplaceOutageError),
        (Reply(b"", hangs=True), MarketplaceOutageError),
    ],
    ids=["throttled", "denied", "unknown", "failed", "no structure", "hanging"],
)
def test_every_failure_is_one_error_after_one_try_and_quotes_nothing(
    server: Server, api: AgreementsApi, reply: Reply, failure: type[MarketplaceError]
) -> None:
    server.answer(reply)

    with pytest.raises(failure) as caught:
        api.known_contact(ID)

    assert type(caught.value) is failure
    assert PRIVATE not in "".join(traceback.format_exception(caught.value))
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b'{"acceptorContact": {"emailAddress": "an', cut_bytes=100),
        Reply(b"<html>not JSON</html>"),
        Reply(b""),
    ],
    ids=["broken off", "not JSON", "empty"],
)
def test_what_is_no_answer_names_nobody(server: Server, api: AgreementsApi, reply: Reply) -> None:
    """The SDK takes it for an answer that says nothing, as AWS's own without a contact does."""
    server.answer(reply)

    assert api.known_contact(ID) == KnownContact()


def test_a_server_that_is_not_there_is_an_outage() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(MarketplaceOutageError):
        api_at(f"http://127.0.0.1:{port}").known_contact(ID)


def test_the_sandbox_names_a_contact_as_long_as_the_agreement_is_active() -> None:
    marketplace = InProcessMarketplace()
    code = marketplace.create_product().product_code
    contact = Contact("Anna", "Example", PRIVATE, "Example & Söhne", "DE")
    agreement = marketplace.desks.agreements.subscribe(NewAgreement(code, contact=contact))

    with serve_beside(marketplace) as url:
        # A busy machine may take its time.
        patient = CONTACTS_CONFIG.merge(Config(read_timeout=30))
        api = AgreementsApi(agreement_client(url, patient))
        assert api.known_contact(agreement.agreement_id) == KnownContact(
            PRIVATE, "Example & Söhne", "Anna Example"
        )
        marketplace.end_agreement(agreement.agreement_id)
        assert api.known_contact(agreement.agreement_id) == KnownContact()
        with pytest.raises(MarketplaceRefusedError, match="ResourceNotFoundException"):
            api.known_contact(ID)
