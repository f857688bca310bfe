"""A state that was written and read back is the same one, and goes on as it would have."""

import json
from dataclasses import MISSING, dataclass, fields
from datetime import timedelta
from decimal import Decimal

import pytest

from marketplace_sandbox.core.agreements.requests import NewCancellation
from marketplace_sandbox.core.model.callers import Platform
from marketplace_sandbox.core.model.cancellations import CancellationReason
from marketplace_sandbox.core.model.catalogue import Delivery, Dimension, MeteringMode, NewProduct
from marketplace_sandbox.core.model.disturbances import DisturbanceKind, NewDisturbance
from marketplace_sandbox.core.model.state import MarketplaceState
from marketplace_sandbox.core.saved_state.saved_state import freeze_state, read_state, write_state
from tests.builders import ACCOUNT, AN_HOUR, Shop, code_of, statuses
from tests.mail import QUEUE

FIELD_NAMES = [one.name for one in fields(MarketplaceState)]


def text_of(state: MarketplaceState) -> list[str]:
    machine_at = state.clock.machine_at  # no time has passed since the clock was set
    frozen = freeze_state(state, machine_now=machine_at)
    return [json.dumps(line) for line in write_state(frozen)]


def copy_of(state: MarketplaceState) -> MarketplaceState:
    lines = map(json.loads, text_of(state))
    return read_state(lines, machine_now=state.clock.machine_at)


@dataclass(slots=True)
class BusyShop(Shop):
    """A shop where everything has happened at least once."""

    def live(self) -> MarketplaceState:
        marketplace = self.marketplace
        marketplace.desks.events.add_target(QUEUE)
        marketplace.desks.events.script_disturbance(
            NewDisturbance(DisturbanceKind.DISORDER, held=3, rate=Decimal("0.50"))
        )
        self.meter(self.licensed_record(), self.licensed_record(Quantity=7, Dimension="storage"))
        self.meter_legacy(self.legacy_record(QuantityAsDecimal="1.50", Quantity=None))
        self.meter(self.licensed_record(Quantity=6))
        code_of(lambda: self.meter(self.licensed_record(Dimension="\ud800 half a character")))
        token = marketplace.mint_token(self.licensed.agreement_id)
        marketplace.resolve_customer(RegistrationToken=token.token)
        marketplace.inject_fault("unprocessed", count=5, dimension="storage")
        marketplace.end_agreement(self.legacy.agreement_id)
        self.subscribe("licensed", "777788889999")
        marketplace.desks.requests.request_cancellation(
            self.licensed.agreement_id, NewCancellation(CancellationReason.OTHER, "Please.")
        )
        marketplace.desks.agreements.suspend("777788889999")
        marketplace.desks.events.deliver_due()
        self._run_in_buyers_accounts()
        self.now += timedelta(hours=3)
        marketplace.desks.clock.advance(timedelta(days=12))
        marketplace.desks.clock.set_speed(Decimal("2.50"))
        self.subscribe("licensed", "888877776666")
        now = marketplace.now()
        self.meter(self.licensed_record(Timestamp=now))
        return marketplace._state

    def _run_in_buyers_accounts(self) -> None:
        marketplace = self.marketplace
        for delivery, platform in [
            (Delivery.CONTAINER, Platform.ECS),
            (Delivery.AGENTCORE, Platform.AGENTCORE),
        ]:
            dimension = Dimension("calls")
            new = NewProduct("Runs", MeteringMode.LEGACY, (dimension,), delivery, delivery)
            code = marketplace.desks.catalogue.list_product(new).product_code
            self.subscribe(code)
            resource = marketplace.desks.resources.launch(code, ACCOUNT, platform)
            caller = marketplace.as_caller(resource=resource)
            if platform is Platform.ECS:
                caller.register_usage(ProductCode=code, PublicKeyVersion=1)
            else:
                caller.meter_usage(
                    ProductCode=code, Timestamp=self.now, UsageDimension="calls", UsageQuantity=3
                )


@pytest.fixture(scope="module")
def busy() -> MarketplaceState:
    """Return a state that a test may read, and no more."""
    return BusyShop(metering_calls_per_second=10).live()


@pytest.mark.parametrize("name", FIELD_NAMES)
def test_every_field_of_the_state_is_saved(busy: MarketplaceState, name: str) -> None:
    assert getattr(copy_of(busy), name) == getattr(busy, name)


def test_nothing_changes_on_the_way_not_even_the_zeros_after_a_point(
    busy: MarketplaceState,
) -> None:
    assert text_of(copy_of(busy)) == text_of(busy)


@pytest.mark.parametrize("name", FIELD_NAMES)
def test_every_field_of_a_new_state_is_saved(name: str) -> None:
    again = copy_of(MarketplaceState())
    assert repr(getattr(again, name)) == repr(getattr(MarketplaceState(), name))


def test_the_state_has_no_field_that_a_new_one_does_not_fill() -> None:
    assert all(
        one.default is not MISSING or one.default_factory is not MISSING
        for one in fields(MarketplaceState)
    )


def test_a_busy_history_leaves_no_field_as_it_was(busy: MarketplaceState) -> None:
    fresh = MarketplaceState()
    untouched = {name for name in FIELD_NAMES if getattr(busy, name) == getattr(fresh, name)}
    assert untouched == {"seller_account_id", "readings"}


def test_indexes_and_limits_are_there_again(busy: MarketplaceState) -> None:
    again = copy_of(busy)
    arns = [one.license_arn for one in busy.agreements.by_id.values() if one.license_arn]
    assert arns
    assert all(again.agreements.of_license(arn) is not None for arn in arns)
    assert again.calls.maxlen == busy.calls.maxlen


def test_what_was_saved_goes_on_like_the_original() -> None:
    original, taken_up = BusyShop(), BusyShop()
    taken_up.live()  # which uses up as much entropy
    taken_up.marketplace._state = copy_of(original.live())
    outcomes = []
    for shop in (original, taken_up):
        shop.now += AN_HOUR
        now = shop.marketplace.now()
        record = shop.licensed_record(Timestamp=now - AN_HOUR)
        answers = [
            shop.meter(record, shop.licensed_record(Timestamp=now, Dimension="storage")),
            shop.meter(record, record | {"Quantity": 9}),
        ]
        shop.marketplace.desks.clock.advance(timedelta(days=40))
        outcomes.append(
            (
                [statuses(answer) for answer in answers],
                shop.marketplace.desks.agreements.agreements(),
                shop.marketplace.bill(),
                shop.marketplace.desks.events.events(),
                shop.marketplace.desks.events.waiting(),
                shop.marketplace._state,
            )
        )
    assert outcomes[0] == outcomes[1]
