"""A buyer's life as the seller's systems hear it, set up as docs/integrate.md says."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from jsonschema import Draft202012Validator
from marketplace_sandbox.client import DimensionTerms, GrantDocument, MeteringMode, PricingModel

from local.seller.marketplace import Subscription, named
from local.seller.seller_api import Signature, call_api
from tests.e2e.listening import Mailbox, deployed, subscribe, web_address, webhook
from tests.e2e.running_stack import REPOSITORY, RunningStack, run_module
from tests.e2e.test_agreement_events import wait_until
from tests.e2e.test_runbook_commands import command_of, run

pytestmark = pytest.mark.stack

SCHEMA = json.loads((REPOSITORY / "events/schemas/subscription.v1.schema.json").read_text())
LIFE = ["activated", "registered", "ending"]


@pytest.fixture
def queue(stack: RunningStack) -> Iterator[Mailbox]:
    with deployed(stack, "queue") as found:
        yield Mailbox(stack.aws, found["SubscriptionsQueue"])


def live(stack: RunningStack, queue: Mailbox, name: str) -> Subscription:
    """Let a buyer subscribe, register and cancel, and the product hear of each."""
    subscription = stack.sell(name, MeteringMode.LICENSE, "api_calls")
    wait_until(lambda: life(queue, subscription) == LIFE[:1])
    stack.register(subscription)
    wait_until(lambda: life(queue, subscription) == LIFE[:2])
    stack.marketplace.cancel_agreement(subscription.agreement_id)
    wait_until(lambda: life(queue, subscription) == LIFE)
    return subscription


def life(queue: Mailbox, subscription: Subscription) -> list[str]:
    """Return what happened, apart from what the agreement adds when the license came before it."""
    return [one for one in queue.types(subscription) if one != "changed"]


def sign(stack: RunningStack, name: str, held: dict[str, int | bool | str]) -> Subscription:
    """Sell a contract for values of each kind; its buyer is not registered yet."""
    kinds = {int: "integer", bool: "boolean", str: "string"}
    dimensions = [
        DimensionTerms(name=one, kind="entitled", value_type=kinds[type(value)])
        for one, value in held.items()
    ]
    product = stack.marketplace.list_product(
        name, ["api_calls", *dimensions], pricing=PricingModel.CONTRACT_WITH_CONSUMPTION
    )
    grants = [GrantDocument(dimension=one, value=value) for one, value in held.items()]
    code = product["product_code"]
    offer = stack.marketplace.make_offer(code, grants=grants, duration_days=365)
    signed = stack.marketplace.subscribe(code, offer_id=offer["offer_id"], buyer_name=name)
    return named(name, signed)


def distinct(events: list[dict[str, Any]]) -> list[str]:
    return [*dict.fromkeys(one["detail"]["id"] for one in events)]


def stream_of(stack: RunningStack) -> str:
    table = stack.aws.dynamodb().describe_table(TableName=stack.addresses.subscriptions_table)
    return table["Table"]["LatestStreamArn"]


def stream_records(stack: RunningStack) -> list[dict[str, Any]]:
    """Read the table's whole stream."""
    streams, arn = stack.aws.client("dynamodbstreams"), stream_of(stack)
    records = []
    for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        iterator = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        records += streams.get_records(ShardIterator=iterator, Limit=1_000)["Records"]
    return records


def test_a_product_hears_of_a_life_in_its_order_and_of_no_contact_details(
    stack: RunningStack, queue: Mailbox
) -> None:
    subscription = live(stack, queue, "heard")

    events = queue.told_of(subscription)
    details = [one["detail"] for one in events]
    assert [one["sequence"] for one in details] == sorted({one["sequence"] for one in details})
    assert [one["subscription"]["phase"] for one in details] == ["active", "active", "ending"]
    assert [one["subscription"]["has_access"] for one in details] == [True, True, False]
    assert {one["subscription"]["license_arn"] for one in details} == {subscription.license_arn}
    for event in events:
        Draft202012Validator(SCHEMA).validate(event)
        assert "heard@example.com" not in json.dumps(event)
        assert "A buyer" not in json.dumps(event)


def test_a_product_hears_what_a_contract_holds_and_when_it_was_amended(
    stack: RunningStack, queue: Mailbox
) -> None:
    """Whoever asks is told the same: the seller's API, and the operator's command."""
    subscription = sign(stack, "contracted", {"seats": 25, "sso": True, "edition": "gold"})
    stack.register(subscription)
    wait_until(lambda: "entitlements_changed" in queue.types(subscription))
    stack.marketplace.amend_agreement(
        subscription.agreement_id, grants=[{"dimension": "seats", "value": 40}]
    )
    wait_until(lambda: queue.types(subscription).count("entitlements_changed") == 2)

    events = [
        one
        for one in queue.told_of(subscription)
        if one["detail-type"] == "Subscription Entitlements Changed"
    ]
    held = []
    for event in events:
        Draft202012Validator(SCHEMA).validate(event)
        entitlements = event["detail"]["subscription"]["entitlements"]
        held.append([(one["dimension"], one["value"]) for one in entitlements["all"]])
    assert held == [
        [("edition", "gold"), ("seats", "25"), ("sso", True)],
        [("seats", "40")],
    ]
    told = events[-1]["detail"]["subscription"]
    assert subscription.license_arn is not None
    path = f"/subscriptions/{quote(subscription.license_arn, safe='')}"
    answer = call_api(stack.addresses.api_url, "GET", path, auth=Signature(stack.aws.account))
    # When AWS was asked last is no news: more than one of those who ask may have been answered.
    assert answer.json()["subscription"]["entitlements"]["all"] == told["entitlements"]["all"]
    shown = run_module(
        *("operations", "subscriptions", "show", subscription.license_arn, "--json"),
        *("--directory", str(stack.directory)),
    )
    assert shown.returncode == 0, shown.stderr
    (row,) = json.loads(shown.stdout)["entitlements"]
    assert (row["dimension"], row["value"]) == ("seats", "40")


def test_what_the_stream_delivers_again_is_told_with_the_same_ids(
    stack: RunningStack, queue: Mailbox, tmp_path: Path
) -> None:
    """The runbook's command for what was given up does the same."""
    subscription = live(stack, queue, "again")
    before = distinct(queue.told_of(subscription))
    records = stream_records(stack)
    left_open = {
        "<streamArn>": stream_of(stack),
        "<shardId>": stack.aws.client("dynamodbstreams").describe_stream(
            StreamArn=stream_of(stack)
        )["StreamDescription"]["Shards"][0]["ShardId"],
        "<startSequenceNumber>": records[0]["dynamodb"]["SequenceNumber"],
        "<AnnounceFunctionName>": stack.addresses.announce_function,
        "--limit 100": "--limit 1000",
    }
    command = command_of("Announcing what was given up", left_open)

    done = run(stack, tmp_path, f'cd "{tmp_path}"\n{command}')

    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "answer.json").read_text()) == {"batchItemFailures": []}
    wait_until(lambda: len(queue.told_of(subscription)) == 2 * len(before))
    assert life(queue, subscription) == LIFE + LIFE
    assert distinct(queue.told_of(subscription)) == before
    # The stream has more than states with news, and none of it was told.
    assert any(one["dynamodb"]["Keys"]["sk"]["S"].startswith("fact#") for one in records)


def test_a_system_that_joins_late_is_told_of_who_lives_as_it_stands(stack: RunningStack) -> None:
    """Those who ended are not told of, nor is one subscription twice by a command that goes on."""
    living = stack.sell("joined", MeteringMode.LICENSE, "api_calls")
    stack.register(living)
    options = ("--yes", "--directory", str(stack.directory), "--per-second", "200")
    with deployed(stack, "queue") as found:
        late = Mailbox(stack.aws, found["SubscriptionsQueue"])
        for _ in range(2):
            done = run_module(
                "operations", "announce", "--asked-at", "2026-11-22T12:00:00", *options
            )
            assert done.returncode == 0, done.stderr
        wait_until(lambda: "current" in late.types(living))

        current = [one for one in late.empty() if one["detail"]["type"] == "current"]
    assert {one["detail"]["subscription"]["phase"] for one in current} <= {"active", "ending"}
    ids = [one["detail"]["id"] for one in current]
    assert len(ids) == len(set(ids))
    for event in current:
        Draft202012Validator(SCHEMA).validate(event)


def test_the_filter_starts_the_function_for_news_alone(stack: RunningStack, queue: Mailbox) -> None:
    live(stack, queue, "filtered")
    mappings = stack.aws.functions().list_event_source_mappings(
        FunctionName=stack.addresses.announce_function
    )["EventSourceMappings"]
    (mapping,) = (one for one in mappings if one["EventSourceArn"] == stream_of(stack))

    (one,) = mapping["FilterCriteria"]["Filters"]
    assert '"news"' in one["Pattern"]
    written = [one["dynamodb"].get("NewImage", {}) for one in stream_records(stack)]
    told = [one for one in written if "news" in one]
    assert 0 < len(told) < len(written) / 2


def test_a_span_of_time_is_replayed_from_the_archive_as_the_runbook_writes_it(
    stack: RunningStack, queue: Mailbox, tmp_path: Path
) -> None:
    """The emulator's CloudFormation makes no archive, so one is made here."""
    events = stack.aws.client("events")
    bus = events.describe_event_bus(Name=stack.addresses.event_bus)["Arn"]
    (rule,) = events.list_rules(EventBusName=stack.addresses.event_bus)["Rules"]
    archive = events.create_archive(ArchiveName="missed", EventSourceArn=bus, RetentionDays=1)
    now = datetime.now(UTC)
    subscription = live(stack, queue, "missed")
    told = len(queue.told_of(subscription))
    left_open = {
        "<EventArchiveArn>": archive["ArchiveArn"],
        "<EventBusArn>": bus,
        "<ARN of the rule>": rule["Arn"],
        "2026-11-22T18:00:00Z": (now - timedelta(minutes=1)).isoformat(),
        "2026-11-22T20:00:00Z": (now + timedelta(minutes=2)).isoformat(),
    }

    done = run(stack, tmp_path, command_of("Replaying what was told", left_open))

    assert done.returncode == 0, done.stderr
    wait_until(lambda: len(queue.told_of(subscription)) == 2 * told)
    assert len(distinct(queue.told_of(subscription))) == told
    events.delete_archive(ArchiveName="missed")


def test_a_web_address_is_called_with_the_secret_and_the_whole_event(
    stack: RunningStack, queue: Mailbox
) -> None:
    with web_address() as (url, came), webhook(stack, url, "a-secret-of-20-letters"):
        subscription = live(stack, queue, "called")
        wait_until(lambda: len(came) == len(queue.told_of(subscription)))

    assert {secret for secret, _ in came} == {"a-secret-of-20-letters"}
    told = {one["detail"]["id"]: one for one in queue.told_of(subscription)}
    assert {event["detail"]["id"]: event for _, event in came} == told


def test_a_person_is_written_to_in_a_sentence(stack: RunningStack, queue: Mailbox) -> None:
    address = {"EmailAddress": "sales@seller.example"}
    with deployed(stack, "email", address) as found:
        mailbox = subscribe(stack.aws, found["SubscriptionsTopic"], "email")
        subscription = live(stack, queue, "written")

        wait_until(lambda: len(mailbox.empty()) == 2)

    key = queue.told_of(subscription)[0]["detail"]["subscription"]["key"]
    first, last = (json.loads(one["Message"]) for one in mailbox.bodies)
    assert first.startswith(f"Subscription Activated: {key} of the AWS account ")
    assert last.startswith(f"Subscription Ending: {key} of the AWS account ")


def test_a_chat_gets_a_notification_of_the_form_that_it_takes(
    stack: RunningStack, queue: Mailbox
) -> None:
    """https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html."""
    chat = {"SlackWorkspaceId": "T0123ABCD", "SlackChannelId": "C0123ABCD"}
    with deployed(stack, "chat", chat) as found:
        mailbox = subscribe(stack.aws, found["SubscriptionsTopic"], "chat")
        live(stack, queue, "chatted")

        wait_until(lambda: len(mailbox.empty()) == 2)

    notification = json.loads(mailbox.bodies[-1]["Message"])
    assert (notification["version"], notification["source"]) == ("1.0", "custom")
    assert notification["content"]["title"] == "Subscription Ending"
    assert "license#l-" in notification["content"]["description"]
