"""SendEmail over HTTP: what SES is asked to send, and what it may answer instead."""

import socket
import traceback
from collections.abc import Iterator
from email.headerregistry import Address
from email.utils import parseaddr

import boto3
import pytest
from botocore.config import Config
from hypothesis import given
from hypothesis import strategies as st

from meterhouse.adapters.confirmation_mail import MAIL_CONFIG, ConfirmationMail
from meterhouse.domain.subscriptions.registration import Letter, read_contact
from meterhouse.errors import ContactInvalidError, LetterNotSentError
from tests.integration.adapters.scripted_server import (
    Reply,
    Server,
    error_reply,
    json_reply,
    scripted_server,
)

PRIVATE = "ada@private.example"
LETTER = Letter(PRIVATE, "Subject: ünd\r\nBcc: evil@example.com", "text", "<p>html</p>")
SENDER = "hello@seller.example"


@pytest.fixture
def server() -> Iterator[Server]:
    with scripted_server() as served:
        yield served


def mail_at(url: str, seller_name: str = "Seller", reply_to: str = "") -> ConfirmationMail:
    """Return the adapter with the page's rules, but without their patience."""
    client = boto3.Session("test", "test", region_name="us-east-1").client(
        "sesv2",
        endpoint_url=url,
        config=MAIL_CONFIG.merge(Config(connect_timeout=0.3, read_timeout=0.3)),
    )
    return ConfirmationMail(client, sender=SENDER, seller_name=seller_name, reply_to=reply_to)


def test_a_letter_goes_to_one_address_in_text_and_html(server: Server) -> None:
    server.answer(json_reply({"MessageId": "m-1"}))

    mail_at(server.url, reply_to="help@seller.example").send(LETTER)

    (asked,) = server.requests
    assert asked["body"] == {
        "FromEmailAddress": f"Seller <{SENDER}>",
        "Destination": {"ToAddresses": [PRIVATE]},
        "ReplyToAddresses": ["help@seller.example"],
        "Content": {
            "Simple": {
                # SES builds the header from it; a line break is no new one.
                "Subject": {"Data": LETTER.subject, "Charset": "UTF-8"},
                "Body": {
                    "Text": {"Data": "text", "Charset": "UTF-8"},
                    "Html": {"Data": "<p>html</p>", "Charset": "UTF-8"},
                },
            }
        },
    }


@pytest.mark.parametrize(
    "name", ["Acme, Inc.", 'The "Best"', "Söhne & Co", "x <evil@example.com>", "a@b.example,", "("]
)
def test_whatever_a_seller_is_called_the_sender_is_one_and_the_same(
    server: Server, name: str
) -> None:
    server.answer(json_reply({"MessageId": "m-1"}))

    mail_at(server.url, name).send(LETTER)

    told = server.requests[0]["body"]["FromEmailAddress"]
    assert told.isascii()
    assert parseaddr(told)[1] == SENDER


@pytest.mark.parametrize(
    "address",
    [
        "a,b@example.com",
        "a;b@example.com",
        "<a@example.com>",
        "a<b@example.com",
        "a(b)@example.com",
        '"a"@example.com',
        "ä@example.com",
        "a@ümlaut.example",
        "a..b@example.com",
        "a@example.com,",
        "a@[example.com",
        "",
    ],
)
def test_what_is_not_one_plain_address_is_not_given_to_ses(server: Server, address: str) -> None:
    with pytest.raises(LetterNotSentError):
        mail_at(server.url).send(Letter(address, "s", "t", "h"))

    assert server.requests == []


@given(st.text(min_size=1, max_size=40))
def test_what_the_form_takes_is_one_address_or_is_not_sent(local: str) -> None:
    """A mail server may read two addresses in what the form's lenient rule takes."""
    try:
        address = read_contact(f"{local}@example.com", "", "").email
    except ContactInvalidError:
        return
    asked: list[str] = []

    class Client:
        def send_email(self, **request: object) -> None:
            asked.append(repr(request["Destination"]))

    mail = ConfirmationMail(Client(), sender=SENDER, seller_name="S")  # type: ignore[arg-type]
    try:
        mail.send(Letter(address, "s", "t", "h"))
    except LetterNotSentError:
        assert asked == []
    else:
        assert Address(addr_spec=address).domain == "example.com"
        assert set(address).isdisjoint('<>,;:()" ')


@pytest.mark.parametrize(
    ("reply", "cause"),
    [
        (error_reply("MessageRejected", message=f"{PRIVATE} is not verified"), "MessageRejected"),
        (error_reply("AccessDeniedException", 403, PRIVATE), "AccessDeniedException"),
        (error_reply("TooManyRequestsException", 429), "TooManyRequestsException"),
        (Reply(b"", 500), "500"),
        (Reply(b"", hangs=True), "ReadTimeoutError"),
    ],
    ids=["rejected", "denied", "throttled", "failed", "no answer"],
)
def test_what_fails_is_told_without_the_address_and_not_tried_again(
    server: Server, reply: Reply, cause: str
) -> None:
    server.answer(reply)

    with pytest.raises(LetterNotSentError) as caught:
        mail_at(server.url).send(LETTER)

    told = "".join(traceback.format_exception(caught.value))
    assert cause in str(caught.value)
    assert PRIVATE not in told
    assert len(server.requests) == 1


def test_no_ses_at_all_is_told_in_the_same_way() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    with pytest.raises(LetterNotSentError, match=r"EndpointConnectionError|ConnectTimeoutError"):
        mail_at(f"http://127.0.0.1:{port}").send(LETTER)
