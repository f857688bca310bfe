"""What the sweep needs of the Agreement API, and of the SubscriptionsTable."""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from meterhouse.domain.subscriptions.state import State
from meterhouse.domain.subscriptions.sweeping import AgreementPage, Cursor


class Agreements(Protocol):
    """The agreements that this account proposed, as AWS holds them.

    Every method is one call, and raises MarketplaceThrottledError, MarketplaceOutageError or
    MarketplaceRefusedError.
    """

    def updated(self, after: datetime | None, token: str | None) -> AgreementPage:
        """Return a page of what was updated later than `after`, or of everything, oldest first.

        `token` is that of the page before. Raises PageGoneError if AWS no longer takes it.
        """

    def predecessor(self, initial_agreement_id: str, starts_at: datetime) -> str | None:
        """Return the last agreement of a line that started before `starts_at`."""

    def is_suspended(self, agreement_id: str) -> bool | None:
        """Tell whether the buyer's account is suspended; None if AWS says nothing."""


class SweepBook(Protocol):
    """The SubscriptionsTable, as the sweep uses it."""

    def cursor(self) -> Cursor:
        """Return how far the sweep came, strongly consistent."""

    def move(self, cursor: Cursor) -> Cursor:
        """Store how far it came, and return it with its new version.

        Raises SweepOvertakenError if another run has stored it since this one read it.
        """

    def living(self) -> Iterator[State]:
        """Yield what can be found by a phase that is not over: licenses, agreements, customers.

        It may miss what has changed within the last seconds.
        """
