"""A buyer's contact details are deleted, and nothing else."""

from dataclasses import dataclass
from typing import Any

import pytest

from meterhouse.adapters.subscriptions_table.folders import FoldersTable
from meterhouse.adapters.subscriptions_table.references import ReferencesTable
from meterhouse.domain.subscriptions.identity import SubscriptionKey, license_key
from meterhouse.domain.subscriptions.own_facts import registration
from meterhouse.domain.subscriptions.placing import Products
from meterhouse.domain.subscriptions.registration import Contact
from meterhouse.domain.subscriptions.subscription import ResolvedCustomer
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions
from tests.fakes.world import InMemoryReport, VirtualClock
from tests.integration.adapters.backends import Aws
from tests.integration.operations.command import Command
from tests.integration.operations.conftest import use_endpoint
from tests.unit.domain.builders import NOON_AT

LICENSE = "arn:aws:license-manager::123456789012:license:l-0123456789abcdef0123456789abcdef"
SAID = ("jo@buyer.example", "Buyer Ltd", "Jo Doe")


@dataclass(frozen=True, slots=True)
class Registered:
    aws: Aws
    table_name: str
    key: SubscriptionKey

    def items(self) -> dict[str, dict[str, Any]]:
        found = self.aws.dynamodb.scan(TableName=self.table_name, ConsistentRead=True)["Items"]
        return {f"{one['pk']['S']} {one['sk']['S']}": dict(one) for one in found}


@pytest.fixture
def registered(aws: Aws) -> Registered:
    name = aws.create_table("SubscriptionsTable")
    folders, key = FoldersTable(aws.dynamodb, name), license_key(LICENSE)
    keep = KeepSubscriptions(folders, Products(), VirtualClock(NOON_AT), InMemoryReport())
    customer = ResolvedCustomer("prod-1", "210987654321", license_arn=LICENSE)
    keep.learn(registration(customer, NOON_AT, trial=False))
    ReferencesTable(aws.dynamodb, name).set_contact(key, Contact(*SAID), NOON_AT)
    return Registered(aws, name, key)


@pytest.fixture
def forget(registered: Registered, monkeypatch: pytest.MonkeyPatch) -> Command:
    use_endpoint(monkeypatch, registered.aws)
    return Command("--table", registered.table_name, name="forget-contact")


@pytest.mark.parametrize("by_license", [True, False])
def test_what_a_buyer_said_is_deleted_and_what_the_books_need_is_kept(
    registered: Registered, forget: Command, *, by_license: bool
) -> None:
    before = registered.items()

    outcome = forget(LICENSE if by_license else registered.key, "--yes")

    assert outcome.exit_code == 0
    after = registered.items()
    assert [said for said in SAID if said in str(after)] == []
    assert before.keys() - after.keys() == {f"{registered.key} contact"}
    (line,) = after.keys() - before.keys()
    assert line.startswith(f"{registered.key} forgotten#")
    assert after[line]["forgotten_by"]["S"].startswith("arn:aws:")
    assert {name: before[name] for name in after if name != line} == {
        name: after[name] for name in after if name != line
    }
    assert [said for said in SAID if said in outcome.output] == []


def test_a_second_time_there_is_nothing_to_do_and_that_is_said(
    registered: Registered, forget: Command
) -> None:
    forget(registered.key, "--yes")

    outcome = forget(registered.key)

    assert (outcome.exit_code, "nothing was done" in outcome.output) == (0, True)


def test_nothing_is_deleted_without_a_yes(registered: Registered, forget: Command) -> None:
    before = registered.items()

    assert forget(registered.key).exit_code != 0

    assert registered.items() == before


def test_a_subscription_that_nobody_knows_is_not_made_known(
    registered: Registered, forget: Command
) -> None:
    outcome = forget("license#l-ffffffffffffffffffffffffffffffff", "--yes")

    assert outcome.exit_code == 2
    assert "knows no subscription" in outcome.errors
    assert not any("ffffffff" in name for name in registered.items())
