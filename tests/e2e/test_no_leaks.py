"""Whatever a buyer or a stranger sends: no log, event, message or error says it again."""

import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import httpx
import pytest
from marketplace_sandbox.client import ContactDocument, FaultKind, MeteringMode, Operation

from local.seller.marketplace import Subscription
from local.seller.registration import TOKEN_FIELD, post_token
from local.seller.seller_api import Signature, call_api
from local.stack import emulator
from local.stack.function_logs import read_function_logs
from local.stack.layout import StackFiles
from local.stack.services import SANDBOX
from meterhouse.domain.subscriptions.identity import license_key
from tests.e2e.listening import Mailbox, deployed
from tests.e2e.running_stack import RunningStack
from tests.e2e.test_agreement_events import wait_until

pytestmark = pytest.mark.stack

QUEUES = ("usage_dlq_url", "rejected_usage_queue_url", "agreement_events_dlq_url")


def unlikely(name: str) -> str:
    """Return a word that stands nowhere by accident."""
    return f"{name}{secrets.token_hex(6)}"


@dataclass(slots=True)
class Run:
    """What was sent that nobody may see again, and every place where it could be seen."""

    secrets: dict[str, str] = field(default_factory=dict)
    error_bodies: list[str] = field(default_factory=list)
    subscription: Subscription | None = None
    places: dict[str, str] = field(default_factory=dict)
    contacts: list[str] = field(default_factory=list)
    links: list[httpx.Response] = field(default_factory=list)

    def secret(self, name: str) -> str:
        """Make up a word to be sent, and remember it."""
        return self.secrets.setdefault(name, unlikely(name.title().replace(" ", "")))


def post(stack: RunningStack, **request: Any) -> httpx.Response:
    url = stack.addresses.register_url
    return httpx.post(url, trust_env=False, timeout=60, **request)


def come(stack: RunningStack, run: Run) -> None:
    """Let a buyer subscribe, come with a token that AWS throttles once, and leave his details."""
    contact: ContactDocument = {
        "first_name": run.secret("first name"),
        "last_name": run.secret("last name"),
        "email_address": f"{run.secret('address at aws')}@buyer.example",
        "company_name": run.secret("company at aws"),
        "country_code": "DE",
    }
    sold = stack.sell("leaks", MeteringMode.LICENSE, "api_calls")
    agreement = stack.marketplace.subscribe(sold.product_code, contact=contact)
    run.subscription = sold
    for number, operation in enumerate(
        (Operation.RESOLVE_CUSTOMER, Operation.GET_AGREEMENT_CONTACTS)
    ):
        stack.marketplace.script_fault(FaultKind.THROTTLE, operation=operation, count=1)
        token = stack.marketplace.issue_token(agreement["agreement_id"])["token"]
        run.secrets[f"token {number}"] = token
        post_token(stack.addresses.register_url, token)
    token = stack.mint_token(sold)
    run.secrets["token of the form"] = token
    page = post_token(stack.addresses.register_url, token).text
    reference = page.split('name="registration" value="')[1].split('"')[0]
    run.secrets["reference"] = reference
    form = {
        "registration": reference,
        "email": f"{run.secret('e-mail')}@buyer.example",
        "company": f"<b>{run.secret('company')}</b>",
        "name": run.secret("name"),
    }
    assert post(stack, data=form).status_code == 200
    other = form | {"name": run.secret("name of a second try")}
    run.error_bodies.append(post(stack, data=other).text)


def go_wrong_at_the_page(stack: RunningStack, run: Run, sold: Subscription) -> None:
    """Send everything to the page that is no registration."""
    expired = stack.mint_token(sold, lifetime_seconds=0)
    run.secrets["expired token"] = expired
    html = f"<script>{run.secret('html')}</script>"
    bodies: list[dict[str, Any]] = [
        {"data": {TOKEN_FIELD: expired}},
        {"data": {TOKEN_FIELD: run.secret("forged token")}},
        {"data": {TOKEN_FIELD: run.secret("long token") * 400}},
        {"data": {TOKEN_FIELD: html, html: html}},
        {"data": {"registration": run.secret("guessed reference"), "email": "a@b.example"}},
        {"data": {f"{n}{run.secret('field')}": html for n in range(60)}},
        {"json": {TOKEN_FIELD: run.secret("token in json")}},
        {"content": b"\xff\xfe" + run.secret("bytes").encode()},
    ]
    run.error_bodies += [post(stack, **body).text for body in bodies]
    # An outage in whose middle the token is on its way.
    stack.marketplace.script_fault(
        FaultKind.THROTTLE, operation=Operation.RESOLVE_CUSTOMER, count=1
    )
    run.error_bodies.append(post_token(stack.addresses.register_url, run.secret("busy token")).text)


def go_wrong_at_the_api(stack: RunningStack, run: Run) -> None:
    """Ask the seller's API for what is not there, with and without a signature."""
    paths = {
        "/subscriptions/": run.secret("unknown subscription"),
        "/nothing/": run.secret("unknown path"),
        "/subscriptions?page=": run.secret("page"),
        "/tenants/": run.secret("tenant"),
    }
    signature = Signature(stack.aws.account)
    for auth in (signature, None):
        for path, value in paths.items():
            answer = call_api(stack.addresses.api_url, "GET", path + value, auth=auth)
            assert answer.status_code >= 400, path
            run.error_bodies.append(without_own_words(answer.text, value))
            if auth:
                header = answer.request.headers["authorization"]
                run.secrets[f"signature of {path}"] = header.rpartition("Signature=")[2]
    redeem = {"reference": run.secret("redeemed reference")}
    again = {"reference": run.secrets["reference"]}
    usage = {"id": run.secret("event id"), "quantity": f"<b>{run.secret('quantity')}</b>"}
    for path, document in (
        ("/registrations/redeem", redeem),
        ("/registrations/redeem", again),
        ("/usage", usage),
        ("/usage", {"events": [usage | {"dimension": run.secret("dimension")}]}),
    ):
        answer = call_api(stack.addresses.api_url, "POST", path, auth=signature, document=document)
        assert answer.status_code >= 400, path
        run.error_bodies.append(without_own_words(answer.text, usage["id"]))


def read_and_forget(stack: RunningStack, run: Run, sold: Subscription) -> None:
    """Read a buyer's contact details by the API, which has a right to them, and delete them."""
    key = quote(license_key(sold.license_arn or ""), safe="")
    signature = Signature(stack.aws.account)
    for method in ("GET", "DELETE", "GET"):
        answer = call_api(stack.addresses.api_url, method, f"/contacts/{key}", auth=signature)
        run.contacts.append(answer.text)


def link_another_buyer(stack: RunningStack, run: Run, sold: Subscription) -> None:
    """Link a tenant of one buyer to another one's subscription: whose it is stays unsaid."""
    other = stack.sell("other-buyer", MeteringMode.LICENSE, "api_calls")
    stack.register(other)
    signature = Signature(stack.aws.account)
    for one in (sold, other):
        key = quote(license_key(one.license_arn or ""), safe="")
        path = f"/tenants/leaking/subscriptions/{key}"
        answer = call_api(stack.addresses.api_url, "PUT", path, auth=signature)
        run.links.append(answer)


def without_own_words(text: str, value: str) -> str:
    """Leave out what a caller with a right to ask asked by name, which an error may say back."""
    return text.replace(value, "")


@pytest.fixture(scope="module")
def run(stack: RunningStack) -> Iterator[Run]:
    """Play it all, and collect what was written of it everywhere."""
    played, files = Run(), StackFiles(stack.directory)
    with deployed(stack, "queue") as found:
        heard = Mailbox(stack.aws, found["SubscriptionsQueue"])
        come(stack, played)
        sold = played.subscription
        assert sold is not None
        go_wrong_at_the_page(stack, played, sold)
        go_wrong_at_the_api(stack, played)
        read_and_forget(stack, played, sold)
        link_another_buyer(stack, played, sold)
        stack.send(json.dumps({"id": played.secret("rejected id"), "quantity": "no number"}))
        wait_until(lambda: "registered" in heard.types(sold))
        played.places |= {
            "events on the bus": json.dumps(heard.empty()),
            "the functions' logs": "\n".join(one.text for one in read_function_logs(stack.aws)),
            "the emulator's log": without_mail(files.log_file(emulator.NAME)),
            "the sandbox's log": files.log_file(SANDBOX).read_text(errors="replace"),
            "answers to errors": "\n".join(played.error_bodies),
            "dead letters": messages_of(stack),
        }
        yield played


def without_mail(log: Path) -> str:
    """Leave out to whom the emulator would send e-mail: who is told that is SES."""
    lines = log.read_text(errors="replace").splitlines()
    return "\n".join(line for line in lines if "SESv2 SendEmail: MessageId=" not in line)


def messages_of(stack: RunningStack) -> str:
    """Look at what waits for a person, and leave it there."""
    found = []
    for queue in QUEUES:
        url = getattr(stack.addresses, queue)
        asked = {"QueueUrl": url, "MaxNumberOfMessages": 10, "VisibilityTimeout": 0}
        found += stack.aws.sqs().receive_message(**asked).get("Messages", [])
    return json.dumps(found)


PLACES = (
    *("events on the bus", "the functions' logs", "the emulator's log", "the sandbox's log"),
    *("answers to errors", "dead letters"),
)


def ways_to_write(secret: str) -> set[str]:
    return {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]}


@pytest.mark.parametrize("place", PLACES)
def test_nothing_that_was_sent_in_confidence_is_said_again(run: Run, place: str) -> None:
    written = run.places[place]
    # A rejected event is kept whole for its seller, and its id is the seller's own.
    kept = {"rejected id"} if place == "dead letters" else set()

    leaked = {
        name
        for name, secret in run.secrets.items()
        if name not in kept and any(way in written for way in ways_to_write(secret))
    }

    assert leaked == set()


def test_what_was_looked_through_is_of_this_run(run: Run) -> None:
    assert run.subscription is not None
    key = license_key(run.subscription.license_arn or "")

    assert key in run.places["the functions' logs"]
    assert key in run.places["events on the bus"]
    assert run.places["the functions' logs"].count("registration_failed") >= 8
    assert "Set up your account" in run.places["answers to errors"]
    assert run.secrets.keys() >= {"token 0", "reference", "e-mail", "signature of /subscriptions/"}


def test_no_line_is_as_long_as_a_stranger_likes(run: Run) -> None:
    failed = [
        line
        for line in run.places["the functions' logs"].splitlines()
        if "registration_failed" in line
    ]

    assert max(map(len, failed)) < 1_000


def test_no_answer_tells_of_what_went_on_inside(run: Run) -> None:
    """A traceback, an AWS service's sentence or a table's name helps strangers alone."""
    inside = re.compile(
        r"Traceback|botocore|boto3|dynamodb|arn:aws|Error\(|line \d+", re.IGNORECASE
    )

    assert inside.findall(run.places["answers to errors"]) == []


def test_contact_details_are_given_to_whom_they_belong_until_they_are_deleted(run: Run) -> None:
    first, _, last = run.contacts

    assert run.secrets["e-mail"] in first
    assert run.secrets["e-mail"] not in last


def test_who_takes_another_buyers_tenant_is_not_told_whose_it_is(run: Run) -> None:
    linked, refused = run.links
    assert run.subscription is not None
    license_arn = run.subscription.license_arn or ""

    assert linked.is_success
    assert refused.status_code == httpx.codes.CONFLICT
    assert license_arn not in refused.text
    assert license_key(license_arn) not in refused.text
    assert run.subscription.agreement_id not in refused.text
