"""The imperative shell around the core: it owns the state, a clock, entropy and a lock."""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sandbox.marketplace.core.agreements import (
    Agreement,
    NewAgreement,
    close_agreement,
    sign_agreement,
)
from sandbox.marketplace.core.aws_json import AwsAnswer, answer_request
from sandbox.marketplace.core.catalogue import NewProduct, Product, list_product
from sandbox.marketplace.core.errors import ControlError, ControlProblem
from sandbox.marketplace.core.faults import Fault, NewFault, script_fault
from sandbox.marketplace.core.ledger import BilledRecord
from sandbox.marketplace.core.state import CallEntry, MarketplaceState, Refusal
from sandbox.marketplace.core.tokens import RegistrationToken, issue_token

_ENTROPY_BYTES = 32

type Clock = Callable[[], datetime]
type Entropy = Callable[[], bytes]


def machine_clock() -> datetime:
    """Return the machine's time."""
    return datetime.now(UTC)


def machine_entropy() -> bytes:
    """Return unpredictable bytes."""
    return secrets.token_bytes(_ENTROPY_BYTES)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the sandbox knew at one moment; safe to read while calls go on."""

    at: datetime
    clock_offset_seconds: int
    products: tuple[Product, ...]
    agreements: tuple[Agreement, ...]
    bill: tuple[BilledRecord, ...]
    refusals: tuple[Refusal, ...]
    calls: tuple[CallEntry, ...]
    faults: tuple[Fault, ...]


class HostedMarketplace:
    """A running marketplace: each method is one atomic step, from any thread.

    Control methods raise ControlError and change nothing when a command cannot be carried out.
    With `metering_calls_per_second`, BatchMeterUsage throttles what goes beyond it, as AWS does.
    """

    def __init__(
        self,
        *,
        clock: Clock = machine_clock,
        entropy: Entropy = machine_entropy,
        metering_calls_per_second: int | None = None,
    ) -> None:
        self._state = MarketplaceState(metering_calls_per_second=metering_calls_per_second)
        self._clock = clock
        self._entropy = entropy
        self._clock_offset_seconds = 0
        self._lock = threading.RLock()

    def now(self) -> datetime:
        """Return the sandbox's time: the clock's, moved by the offset."""
        return self._clock() + timedelta(seconds=self._clock_offset_seconds)

    @property
    def clock_offset_seconds(self) -> int:
        """How far the sandbox's time is ahead of its clock."""
        return self._clock_offset_seconds

    def move_clock(self, *, offset_seconds: int) -> None:
        """Set how far the sandbox's time is ahead of its clock; negative is behind."""
        self._clock_offset_seconds = offset_seconds

    def answer(self, target: str, body: bytes) -> AwsAnswer:
        """Answer one AWS JSON 1.1 request."""
        with self._lock:
            return answer_request(
                self._state, target, body, now=self.now(), entropy=self._entropy()
            )

    def put_on_sale(self, new: NewProduct) -> Product:
        """Put a product on sale."""
        with self._lock:
            product = list_product(self._state.products, new, entropy=self._entropy())
            self._state.products[product.product_code] = product
            return product

    def accept_offer(self, new: NewAgreement) -> Agreement:
        """Let a buyer accept an offer."""
        with self._lock:
            product = self._state.products.get(new.product_code)
            if product is None:
                raise _not_found("product", new.product_code)
            agreement = sign_agreement(
                self._state.agreements,
                product,
                new,
                seller_account_id=self._state.seller_account_id,
                now=self.now(),
                entropy=self._entropy(),
            )
            self._state.agreements.put(agreement)
            return agreement

    def end_agreement(self, agreement_id: str, *, ends_at: datetime | None = None) -> Agreement:
        """End an agreement, now unless a time is given; its last hour of metering begins."""
        with self._lock:
            agreement = close_agreement(
                self._agreement(agreement_id), ends_at=ends_at or self.now()
            )
            self._state.agreements.put(agreement)
            return agreement

    def issue_token(self, agreement_id: str, *, lifetime: timedelta) -> RegistrationToken:
        """Mint a registration token for the buyer of an agreement."""
        with self._lock:
            token = issue_token(
                self._agreement(agreement_id),
                lifetime=lifetime,
                now=self.now(),
                entropy=self._entropy(),
            )
            self._state.tokens[token.token] = token
            return token

    def script_fault(self, new: NewFault) -> Fault:
        """Script a fault, behind those that are scripted already."""
        with self._lock:
            fault = script_fault(new, entropy=self._entropy())
            self._state.faults += (fault,)
            return fault

    def clear_faults(self) -> None:
        """Forget all scripted faults."""
        with self._lock:
            self._state.faults = ()

    def snapshot(self) -> Snapshot:
        """Copy what is known; costs as much as there is, so it is for reading, not for calls."""
        with self._lock:
            state = self._state
            return Snapshot(
                at=self.now(),
                clock_offset_seconds=self._clock_offset_seconds,
                products=tuple(state.products.values()),
                agreements=tuple(state.agreements.by_id.values()),
                bill=tuple(state.bill.values()),
                refusals=tuple(state.refusals),
                calls=tuple(state.calls),
                faults=state.faults,
            )

    def bill(self) -> tuple[BilledRecord, ...]:
        """List what AWS would bill, in the order of arrival."""
        return self.snapshot().bill

    def refusals(self) -> tuple[Refusal, ...]:
        """List what AWS refused by its rules, oldest first."""
        return self.snapshot().refusals

    def calls(self) -> tuple[CallEntry, ...]:
        """List the calls of the API, oldest first."""
        return self.snapshot().calls

    def faults(self) -> tuple[Fault, ...]:
        """List the scripted faults that are not used up."""
        return self.snapshot().faults

    def _agreement(self, agreement_id: str) -> Agreement:
        agreement = self._state.agreements.by_id.get(agreement_id)
        if agreement is None:
            raise _not_found("agreement", agreement_id)
        return agreement


def _not_found(what: str, name: str) -> ControlError:
    return ControlError(
        ControlProblem.NOT_FOUND, f"{what.capitalize()}NotFound", f"there is no {what} {name}"
    )
