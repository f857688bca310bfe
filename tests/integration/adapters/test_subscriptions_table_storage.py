"""What the SubscriptionsTable holds, and what it must never hold."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from meterhouse.adapters.subscriptions_table.book import SubscriptionsTable
from meterhouse.adapters.subscriptions_table.folders import FoldersTable
from meterhouse.adapters.subscriptions_table.references import ReferencesTable
from meterhouse.domain.subscriptions.identity import license_key
from meterhouse.domain.subscriptions.own_facts import registration
from meterhouse.domain.subscriptions.placing import Products
from meterhouse.domain.subscriptions.state import Phase
from meterhouse.domain.subscriptions.subscription import ResolvedCustomer
from meterhouse.errors import ReferenceInvalidError
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions
from tests.fakes.world import InMemoryReport, VirtualClock
from tests.integration.adapters.backends import Aws
from tests.unit.domain.builders import (
    ACCOUNT,
    HOUR,
    LICENSE_ARN,
    NOON_AT,
    PRODUCT_CODE,
    SUBSCRIPTION,
)
from tests.unit.domain.subscriptions.aws_tells import created, ended, licensed

NOBODY = {"identity": '["unheard of"]'}

LICENSED = ResolvedCustomer(PRODUCT_CODE, ACCOUNT, None, LICENSE_ARN, "agmt-1")


@pytest.fixture
def table_name(aws: Aws) -> str:
    return aws.create_table("SubscriptionsTable")


@pytest.fixture
def references(aws: Aws, table_name: str) -> ReferencesTable:
    return ReferencesTable(aws.dynamodb, table_name)


@pytest.fixture
def keep(aws: Aws, table_name: str, report: InMemoryReport) -> KeepSubscriptions:
    folders = FoldersTable(aws.dynamodb, table_name)
    return KeepSubscriptions(folders, Products(), VirtualClock(NOON_AT), report)


def register(keep: KeepSubscriptions, customer: ResolvedCustomer = LICENSED) -> None:
    keep.learn(registration(customer, NOON_AT, trial=False))


def items_of(aws: Aws, table_name: str) -> dict[tuple[str, str], dict[str, Any]]:
    found = aws.dynamodb.scan(TableName=table_name, ConsistentRead=True)["Items"]
    return {(one["pk"]["S"], one["sk"]["S"]): dict(one) for one in found}


def test_an_operator_reads_the_state_in_words(
    aws: Aws, keep: KeepSubscriptions, table_name: str
) -> None:
    register(keep)

    item = items_of(aws, table_name)[SUBSCRIPTION.key, "state"]
    assert item["registered_at"] == {"S": NOON_AT.isoformat()}
    assert item["agreement_id"] == {"S": "agmt-1"}
    assert item["phase"] == {"S": "active"}
    assert item["has_access"] == {"BOOL": True}
    assert item["account"] == {"S": ACCOUNT}


def test_an_agreement_is_found_by_its_phase_only_as_long_as_it_has_no_license(
    aws: Aws, keep: KeepSubscriptions, table_name: str
) -> None:
    def listed(phase: Phase) -> set[str]:
        found = aws.dynamodb.query(
            TableName=table_name,
            IndexName="phase",
            KeyConditionExpression="phase = :phase",
            ExpressionAttributeValues={":phase": {"S": phase}},
        )
        return {one["pk"]["S"] for one in found["Items"]}

    keep.learn(created(0))
    assert listed(Phase.PENDING) == {created(0).folder}

    keep.learn(licensed(61))
    assert listed(Phase.PENDING) == set()
    assert listed(Phase.ACTIVE) == {SUBSCRIPTION.key}


@pytest.mark.parametrize(
    "document",
    [
        '{"kind": "of another version"}',
        '{"kind": "entitlements", "entitlements": 7}',
        '{"kind": "entitlements", "entitlements": [["calls", "quantity", "x", null]]}',
    ],
)
def test_a_fact_of_another_version_is_shown_and_hides_no_other(
    aws: Aws, keep: KeepSubscriptions, table_name: str, document: str
) -> None:
    register(keep)
    aws.dynamodb.put_item(
        TableName=table_name,
        Item={
            "pk": {"S": SUBSCRIPTION.key},
            "sk": {"S": "fact#later#1"},
            "at": {"S": NOON_AT.isoformat()},
            "document": {"S": document},
        },
    )

    keep.learn(ended(0, id="agmt-1"))

    item = items_of(aws, table_name)[SUBSCRIPTION.key, "state"]
    assert item["phase"] == {"S": "ending"}
    assert item["flags"] == {"L": [{"S": "not_understood"}]}


def test_a_state_that_cannot_be_read_is_folded_anew(
    aws: Aws, keep: KeepSubscriptions, table_name: str
) -> None:
    register(keep)
    key = {"pk": {"S": SUBSCRIPTION.key}, "sk": {"S": "state"}}
    before = items_of(aws, table_name)[SUBSCRIPTION.key, "state"]
    spoil(aws, table_name, key, **NOBODY)

    register(keep)

    after = items_of(aws, table_name)[SUBSCRIPTION.key, "state"]
    assert after == before | {"version": {"N": "2"}}


def spoil(aws: Aws, table_name: str, key: dict[str, Any], **written: str) -> None:
    aws.dynamodb.update_item(
        TableName=table_name,
        Key=key,
        UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in written),
        ExpressionAttributeNames={f"#{name}": name for name in written},
        ExpressionAttributeValues={f":{name}": {"S": value} for name, value in written.items()},
    )


def test_a_reference_ends_by_itself_and_a_subscription_never_does(
    aws: Aws, keep: KeepSubscriptions, references: ReferencesTable, table_name: str
) -> None:
    register(keep)
    expires_at = NOON_AT + timedelta(minutes=30)
    references.add_reference("digest", [SUBSCRIPTION.key], expires_at)

    items = items_of(aws, table_name)
    reference = items.pop(("reference#digest", "reference"))
    assert reference["expires_at"] == {"N": str(int(expires_at.timestamp()))}
    assert [one for one in items.values() if "expires_at" in one] == []


def test_of_forms_that_come_at_once_with_different_details_one_is_taken(
    keep: KeepSubscriptions, references: ReferencesTable
) -> None:
    register(keep)
    references.add_reference("digest", [SUBSCRIPTION.key], NOON_AT + HOUR)
    gate = threading.Barrier(8)

    def redeem(hand: int) -> bool:
        gate.wait(30)
        with suppress(ReferenceInvalidError):
            form = f"form {hand % 4}"
            return references.redeem_reference("digest", form, NOON_AT) == (SUBSCRIPTION.key,)
        return False

    with ThreadPoolExecutor(max_workers=8) as pool:
        taken = [hand for hand, is_taken in enumerate(pool.map(redeem, range(8))) if is_taken]

    assert len(taken) == 2
    assert taken[0] % 4 == taken[1] % 4


@pytest.mark.parametrize(
    "written",
    [
        NOBODY,
        {"entitlements": "[]"},
        {"entitlements": '{"asked_at": "2026-11-18T12:00:00+00:00", "all": 1}'},
        {"entitlements": '{"asked_at": 7, "all": []}'},
        {
            "entitlements": '{"asked_at": "2026-11-18T12:00:00+00:00",'
            ' "all": [["calls", "quantity", "x", null]]}'
        },
        {"entitlements": "not JSON"},
    ],
    ids=["nobody", "no answer", "no list", "no time", "no quantity", "no JSON"],
)
def test_a_subscription_that_cannot_be_read_is_reported_and_hides_no_other(
    aws: Aws,
    keep: KeepSubscriptions,
    table_name: str,
    report: InMemoryReport,
    *,
    written: dict[str, str],
) -> None:
    register(keep)
    other = ResolvedCustomer(PRODUCT_CODE, ACCOUNT, None, LICENSE_ARN[:-1] + "0")
    register(keep, other)
    state = {"pk": {"S": SUBSCRIPTION.key}, "sk": {"S": "state"}}
    spoil(aws, table_name, state, **written)
    report.events.clear()
    table, whole = (
        SubscriptionsTable(aws.dynamodb, table_name, report),
        license_key(LICENSE_ARN[:-1] + "0"),
    )

    assert set(table.find([SUBSCRIPTION.key, whole])) == {whole}
    assert [name for name, _ in report.events] == ["subscription_corrupt"]
