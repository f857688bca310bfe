"""Read what one subscription used, hour by hour, without reading everybody's hours for it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from meterhouse.domain.accounting.sheets import DAY, SheetLine, day_of, lines_of_log
from meterhouse.domain.hours import HOUR
from meterhouse.domain.journal.head import Head
from meterhouse.domain.keys import shard_of, shards_of
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.ports.ledger import UsageLedger


@dataclass(frozen=True, slots=True)
class SubscriptionUsage:
    """What a subscription used.

    Attributes:
        lines: units by hour, dimension and where they stand, in the order of hours.
        unsettled: hours whose usage is not frozen, or not wholly dealt with, yet.

    """

    lines: tuple[SheetLine, ...]
    unsettled: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class ReadUsage:
    """The use case; see `__call__`."""

    ledger: UsageLedger
    shards: int

    def __call__(
        self,
        subscription: SubscriptionKey,
        first_at: datetime,
        last_at: datetime,
        *,
        heads: Iterable[Head] | None = None,
    ) -> SubscriptionUsage:
        """Return the usage of the UTC days from `first_at` to `last_at`.

        Days that are filed are read from the subscription's sheets. Of those that are not, which
        are the last two or so, the batches and carries of its shard are read, but no events. Who
        reads several subscriptions gives the heads of these days, which are everybody's.
        """
        first_day, last_day = day_of(first_at), day_of(last_at)
        sheets = self.ledger.sheets(subscription, first_day, last_day)
        lines = defaultdict[tuple[datetime, bool], list[SheetLine]](list)
        for sheet in sheets:
            for line in sheet.lines:
                lines[line.hour_at, sheet.is_of_tenants].append(line)
        unsettled: list[datetime] = []
        shards = shards_of(subscription, self.shards)
        if heads is None:
            heads = self.ledger.heads_between(first_day, last_day + DAY - HOUR)
        for head in heads:
            # A head that is not due was filed, with a sheet for whoever used something.
            if head.log.shard not in shards or head.due_at is None:
                continue
            carries = self.ledger.carries(head.log).values()
            of_log = lines_of_log(head.log, self.ledger.batches(head.log), carries)
            is_of_tenants = head.log.shard != shard_of(subscription, self.shards)
            lines[head.log.hour_at, is_of_tenants] = of_log.get(subscription, [])
            if head.has_new_usage or head.waiting:
                unsettled.append(head.log.hour_at)
        of_all = (line for some in lines.values() for line in some)
        return SubscriptionUsage(tuple(sorted(of_all)), tuple(unsettled))
