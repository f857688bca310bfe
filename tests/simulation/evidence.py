"""A history's outcome, put side by side for the judge."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from marketplace_sandbox.testing import Agreement, BilledRecord

from meterhouse.domain.journal.segments import decode_segment
from meterhouse.domain.journal.uuid_columns import id_text
from meterhouse.domain.keys import MeterKey
from meterhouse.domain.records.record import MeteringRecord
from meterhouse.domain.subscriptions.identity import is_tenant
from tests.fakes.ledger import InMemoryLedger
from tests.simulation.aws_marketplace import RecordName
from tests.simulation.model import Account, Expected, Identity
from tests.simulation.producers import hour_of
from tests.simulation.world import World


@dataclass(frozen=True, slots=True)
class Evidence:
    """A history's outcome, put side by side under the names that the model uses.

    Attributes:
        lines: what AWS bills.
        records: every record of every batch of every log; the first of those with one name.
        repeated: names of records that were frozen more than once.
        journalled: every event that was reported and counts.
        holders: the names of buyers by what AWS knows them as.
        withheld: units that were not carried, because a lost table may have carried them, or their
            hour is none of their subscription's.

    """

    world: World
    lines: dict[RecordName, BilledRecord]
    records: dict[RecordName, MeteringRecord]
    repeated: list[RecordName]
    accounts: dict[RecordName, Account]
    journalled: set[Identity]
    expected: dict[Account, Expected]
    withheld: dict[Account, Decimal]
    holders: dict[str, str]

    def is_doubtful(self, name: RecordName) -> bool:
        """Tell whether a table that was lost may have billed the hour of a record."""
        lost_until = self.world.lost_until
        return lost_until is not None and name[2] <= hour_of(lost_until)

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
    buyers = {buyer.key: buyer for buyer in world.actors.buyers}

    def account_of(meter: MeterKey) -> Account:
        if is_tenant(meter.subscription):
            return meter.subscription, meter.dimension
        return buyers[meter.subscription].name, meter.dimension

    ledger = world.deployment.ledger.inner
    records: dict[RecordName, MeteringRecord] = {}
    accounts: dict[RecordName, Account] = {}
    repeated: list[RecordName] = []
    for record in (one for batch in ledger.stored_batches.values() for one in batch.records):
        buyer = buyers.get(record.key.subscription)
        # A tenant's own records bill nobody.
        holder = record.key.subscription if buyer is None else _holder_of(buyer.agreement)
        name = holder, record.key.dimension, hour_of(record.key.hour_at)
        if name in records:
            repeated.append(name)
            continue
        records[name] = record
        accounts[name] = account_of(record.key.meter)
    lines = {
        (line.key.holder, line.key.dimension, hour_of(line.used_at)): line
        for line in world.marketplace.bill()
    }
    journalled = {
        (account_of(meter), hour, event_id) for meter, hour, event_id in _journalled(ledger)
    }
    expected = world.model.expected()
    holders = {_holder_of(one.agreement): one.name for one in buyers.values()}
    withheld = defaultdict[Account, Decimal](Decimal)
    for carry in ledger.stored_carries.values():
        for part in carry.all_parts if carry.is_withheld else (one.part for one in carry.kept):
            withheld[account_of(part.meter)] += part.quantity
        for part in carry.parts if carry.is_redriven else ():
            withheld[account_of(part.meter)] -= part.quantity
    return Evidence(
        world, lines, records, repeated, accounts, journalled, expected, withheld, holders
    )


def _holder_of(agreement: Agreement) -> str:
    return str(agreement.license_arn or agreement.customer_identifier)


def _journalled(ledger: InMemoryLedger) -> Iterator[tuple[MeterKey, str, str]]:
    """Yield each event that some manifest counts; what was carried there was reported before."""
    for log, of_log in ledger.stored_segments.items():
        for one in of_log.values():
            if one.name not in ledger.stored_manifests.get((log, one.generation), ()):
                continue
            segment = decode_segment(one.name, one.blob)
            if segment.origin:
                continue
            for usage in segment.meters:
                for event_id in segment.ids[usage.start : usage.end]:
                    yield usage.meter, hour_of(log.hour_at), id_text(event_id)
