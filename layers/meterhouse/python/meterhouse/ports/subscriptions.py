"""What the use cases need of the SubscriptionsTable."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from meterhouse.domain.subscriptions.facts import Fact, FolderKey
from meterhouse.domain.subscriptions.folding import Folder
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.registration import Contact
from meterhouse.domain.subscriptions.state import Phase, State
from meterhouse.domain.subscriptions.subscription import Subscription
from meterhouse.domain.subscriptions.suspicion import Suspicion

if TYPE_CHECKING:
    from meterhouse.domain.subscriptions.announcing import News


class SubscriptionKeeper(Protocol):
    """Who changes what is known of subscriptions while they are billed."""

    def note_stopped(self, key: SubscriptionKey, stopped_at: datetime) -> Subscription | None:
        """Store the seller's word that its product stopped; return the subscription as it is then.

        None if it is not known. The same word again changes nothing.
        """

    def note_suspicion(self, heard: Suspicion) -> None:
        """Store what AWS's answer to metering says of a subscription."""

    def refresh(self, now: datetime) -> None:
        """Move on what moves by time alone, such as the phase of a final hour that is over."""


class SubscriptionBook(Protocol):
    """The SubscriptionsTable, as those read it who bill."""

    def find(self, keys: Sequence[SubscriptionKey]) -> dict[SubscriptionKey, Subscription]:
        """Return the known subscriptions among `keys`."""

    def ending(self, now: datetime) -> tuple[Subscription, ...]:
        """Return the subscriptions that ended and of which AWS still takes records.

        It may miss what has changed within the last seconds.
        """


@dataclass(frozen=True, slots=True)
class StatePage:
    """Some of the subscriptions of a list; `after` is where the next page begins, if there is one.

    It may have fewer than were asked for, or none, and yet have a successor.
    """

    states: tuple[State, ...]
    after: tuple[str, ...] | None = None


class SubscriptionStates(Protocol):
    """The SubscriptionsTable, as the seller's API reads it: nothing of other products."""

    def read(self, key: SubscriptionKey) -> State | None:
        """Return the state of a subscription, strongly consistent; None if it is not known."""

    def in_phase(
        self, phase: Phase, *, count_max: int, after: tuple[str, ...] | None = None
    ) -> StatePage:
        """Return subscriptions of a phase, in the order in which it ends or last changed.

        It may miss what has changed within the last seconds.
        """

    def of_account(
        self, account_id: str, *, count_max: int, after: tuple[str, ...] | None = None
    ) -> StatePage:
        """Return the subscriptions of an AWS account in the order of their keys.

        It may miss what has changed within the last seconds.
        """


class ReferenceBook(Protocol):
    """The SubscriptionsTable, as a registration uses it: references, and what buyers tell."""

    def add_reference(
        self, digest: str, keys: Sequence[SubscriptionKey], expires_at: datetime
    ) -> None:
        """Store a registration reference by its digest."""

    def has_others(self, account_id: str, keys: Sequence[SubscriptionKey]) -> bool:
        """Tell whether an AWS account registered a subscription that is none of `keys`.

        It may miss what has changed within the last seconds.
        """

    def redeem_reference(
        self, digest: str, used_for: str, now: datetime
    ) -> tuple[SubscriptionKey, ...]:
        """Use a reference up and return what it stands for.

        `used_for` is a digest: the same one may come again while the reference lives; anything else
        raises ReferenceInvalidError.
        """

    def state_of(self, digest: str, now: datetime) -> State:
        """Return the state of what a living reference stands for, whether it is used up or not.

        Raises ReferenceInvalidError if there is none.
        """

    def claim_letter(self, digest: str) -> bool:
        """Mark that a letter is sent for a reference; tell whether nobody did that before.

        A reference that is gone is claimed already.
        """

    def set_contact(self, key: SubscriptionKey, contact: Contact, now: datetime) -> State:
        """Store contact details; empty ones never replace earlier ones. Return the state.

        Raises ReferenceInvalidError if there is none.
        """


@dataclass(frozen=True, slots=True)
class OpenFolder:
    """A folder as it was read, with the state that was written last.

    Attributes:
        readers: the folders that read this one.
        version: grows by one with every state, from 0 for none.

    """

    folder: Folder
    readers: frozenset[FolderKey] = frozenset()
    state: State | None = None
    version: int = 0


class FactFolders(Protocol):
    """The SubscriptionsTable, as it is written: facts, and the states that they come to."""

    def add(self, folder: FolderKey, fact: Fact) -> bool:
        """Store a fact, for good; tell whether it is new. A repetition changes nothing."""

    def link(self, reader: FolderKey, read: FolderKey) -> None:
        """Let a folder be folded with another one from now on."""

    def open(self, key: FolderKey) -> OpenFolder:
        """Return a folder as it stands now, strongly consistent."""

    def keep(
        self, state: State, version: int, *, is_listed: bool, news: "Sequence[News]" = ()
    ) -> bool:
        """Write a state if the folder's version is still `version`; tell whether it was.

        Only what is listed is found by phase and by account. `news` is what there is to tell of the
        change: the table hands on nothing else.
        """

    def changing(self, now: datetime) -> tuple[FolderKey, ...]:
        """Return the folders whose phase changes by itself until `now`, as far as is known."""
