"""A history's outcome, put side by side for the judge."""

from collections.abc import Iterator
from dataclasses import dataclass

from meterhouse.domain.keys import RecordKey
from meterhouse.domain.records import MeteringRecord
from sandbox.marketplace.core.books.ledger import BilledRecord
from tests.simulation.aws_marketplace import RecordName
from tests.simulation.model import Account, Expected
from tests.simulation.play import World


@dataclass(frozen=True, slots=True)
class Evidence:
    """A history's outcome, put side by side under the names that the model uses."""

    world: World
    lines: dict[RecordName, BilledRecord]
    records: dict[RecordName, MeteringRecord]
    accounts: dict[RecordName, Account]
    expected: dict[Account, Expected]

    def is_billed(self, name: RecordName) -> bool:
        """Tell whether AWS bills a record, and it is ours."""
        return name in self.lines and name not in self.world.foreign

    def of_account(self, account: Account) -> Iterator[tuple[RecordName, MeteringRecord]]:
        """Yield an account's records."""
        for name, record in self.records.items():
            if self.accounts[name] == account:
                yield name, record


def gather(world: World) -> Evidence:
    """Put a history's outcome side by side."""
    holders = {
        buyer.key: (
            buyer.name,
            str(buyer.agreement.license_arn or buyer.agreement.customer_identifier),
        )
        for buyer in world.actors.buyers
    }
    records: dict[RecordName, MeteringRecord] = {}
    accounts: dict[RecordName, Account] = {}
    for key, record in world.deployment.ledger.inner.records.items():
        buyer, holder = holders[key.subscription]
        name = holder, key.dimension, _hour_of(key)
        records[name] = record
        accounts[name] = buyer, key.dimension
    lines = {
        (line.key.holder, line.key.dimension, f"{line.used_at:%Y-%m-%dT%H}"): line
        for line in world.marketplace.bill()
    }
    return Evidence(world, lines, records, accounts, world.model.expected())


def _hour_of(key: RecordKey) -> str:
    return f"{key.hour_at:%Y-%m-%dT%H}"
