"""A buyer's life as a seller's backend lives it, with nothing but the bus, the API and boto3.

Its own table of tenants is right at every step, though it hears everything twice, and dies in the
middle of one thing in five.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from random import Random
from urllib.parse import parse_qs, urlsplit

import pytest
from marketplace_sandbox.client import MeteringMode

from local.seller.marketplace import Subscription
from local.seller.registration import post_token
from local.seller.usage import UsageFact
from tests.e2e.listening import deployed
from tests.e2e.running_stack import RunningStack, closed_hour, stack_in
from tests.e2e.sellers_backend import SellersBackend
from tests.e2e.test_agreement_events import wait_until

pytestmark = pytest.mark.stack

SIGNUP_URL = "https://product.example/welcome"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack that sends buyers on to the product's own sign-up."""
    with stack_in(tmp_path_factory.mktemp("backend"), {"SignupUrl": SIGNUP_URL}) as found:
        yield found


@dataclass(frozen=True, slots=True)
class Seller:
    """A backend, and what its buyers do."""

    stack: RunningStack
    backend: SellersBackend

    def expect(self, table: dict[str, list[tuple[str, bool]]]) -> None:
        """Wait until the backend's table is so; late and repeated events leave it so."""
        self.until(lambda: self.backend.table() == table)

    def until(self, happened: Callable[[], bool]) -> None:
        def has_happened() -> bool:
            self.backend.hear()
            return happened()

        try:
            wait_until(has_happened)
        except AssertionError as error:
            raise AssertionError(f"{self.backend.table()}: {self.backend.rows}") from error

    def sign_up(self, subscription: Subscription, tenant: str) -> str:
        """Let the buyer's browser come from AWS, and the backend take him in."""
        landing = post_token(self.stack.addresses.register_url, self.stack.mint_token(subscription))
        (reference,) = parse_qs(urlsplit(landing.headers["Location"]).query)["registration"]
        return self.backend.sign_up(reference, tenant)

    def use(self, subscription: Subscription, tenant: str, *quantities: str) -> list[UsageFact]:
        """Report usage by tenant; return what AWS should bill to the subscription."""
        facts = [
            UsageFact(
                f"{subscription.name}-{quantity}",
                subscription,
                "api_calls",
                Decimal(quantity),
                closed_hour() + timedelta(minutes=position),
            )
            for position, quantity in enumerate(quantities, 1)
        ]
        for fact in facts:
            self.backend.use(fact.as_event(), tenant)
        return facts


@pytest.fixture
def seller(stack: RunningStack) -> Iterator[Seller]:
    with deployed(stack, "queue") as found:
        backend = SellersBackend(stack, found["SubscriptionsQueue"], Random(14))  # noqa: S311 - a seed
        yield Seller(stack, backend)


def test_the_backends_table_of_tenants_is_right_at_every_step(
    stack: RunningStack, seller: Seller
) -> None:
    mine, other = (
        stack.sell(name, MeteringMode.LICENSE, "api_calls") for name in ("buyer", "rival")
    )
    seller.until(lambda: len(seller.backend.rows) == len((mine, other)))
    seller.expect({})

    assert seller.sign_up(mine, "acme") == "acme"
    seller.expect({"acme": [("active", True)]})
    # Another buyer who wants the same name is no part of that tenant.
    assert seller.sign_up(other, "acme") == "acme-2"
    seller.expect({"acme": [("active", True)], "acme-2": [("active", True)]})

    facts = seller.use(mine, "acme", "1.5", "2") + seller.use(other, "acme-2", "7")
    comparison = stack.wait_until_billed(facts)
    assert comparison.is_exact, comparison
    seller.expect({"acme": [("active", True)], "acme-2": [("active", True)]})

    stack.marketplace.renew_agreement(mine.agreement_id)
    seller.expect({"acme": [("ending", True)], "acme-2": [("active", True)]})
    # AWS names the license of a renewal about a minute later.
    stack.marketplace.advance_clock(62)
    seller.expect({"acme": [("active", True), ("ending", True)], "acme-2": [("active", True)]})

    stack.marketplace.cancel_agreement(other.agreement_id)
    seller.expect({"acme": [("active", True), ("ending", True)], "acme-2": [("ending", False)]})
    assert len(seller.backend.stopped) == 1
    assert seller.backend.deaths > 0
