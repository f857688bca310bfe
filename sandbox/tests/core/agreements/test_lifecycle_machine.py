"""Living through time in small steps and jumping over it lead to the same state and events."""

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from marketplace_sandbox.core.agreements.lifecycle import GOES_ON
from marketplace_sandbox.core.agreements.requests import NewCancellation
from marketplace_sandbox.core.model.agreements import Agreement, AgreementStatus, NewAgreement
from marketplace_sandbox.core.model.cancellations import CancellationReason
from marketplace_sandbox.core.model.catalogue import (
    Dimension,
    DimensionKind,
    NewProduct,
)
from marketplace_sandbox.core.model.errors import ControlError
from marketplace_sandbox.core.model.offers import Grant, NewOffer, Price
from marketplace_sandbox.core.model.readings import FinalWindow, Readings
from marketplace_sandbox.in_process import InProcessMarketplace
from tests.builders import AN_HOUR, NOON_AT
from tests.lives import ACCOUNTS, PRODUCTS, TERMS

STEPS_OF_A_LIFE = 40
WHICH = st.integers(0, 3)  # of the agreements, the youngest first
A_MINUTE = timedelta(minutes=1)

type Deal = Callable[["Life"], object]


class Life:
    """A marketplace whose time passes in one jump, or in many small steps."""

    def __init__(self, *, steps: int, reading: FinalWindow) -> None:
        self.now, self.steps = NOON_AT, steps
        self.marketplace = InProcessMarketplace(clock=lambda: self.now)
        self.desks = self.marketplace.desks
        with self.marketplace.step() as step:
            step.state.readings = Readings(final_window=reading)
        for code, (mode, pricing) in PRODUCTS.items():
            dimensions = (Dimension("api_calls"), Dimension("seats", DimensionKind.ENTITLED))
            self.desks.catalogue.list_product(
                NewProduct(code, mode, dimensions, code, pricing=pricing)
            )
            for terms in TERMS:
                self.desks.catalogue.make_offer(_of_product(terms, code))

    def pass_time(self, by: timedelta) -> None:
        for _ in range(self.steps):
            self.now += by / self.steps
            if self.steps > 1:
                self.marketplace.desks.clock.now()

    def do(self, deal: Deal) -> str | None:
        """Make a deal; return why if it could not be made."""
        before = self.fingerprint()
        try:
            deal(self)
        except ControlError as error:
            assert self.fingerprint() == before, "a refused command changes nothing"
            return error.code
        return None

    def fingerprint(self) -> str:
        with self.marketplace.step() as step:
            state = step.state
            items = sorted(state.agenda.items)
            known = (
                *(state.agreements, state.events, state.suspended_accounts, items, state.tokens),
                state.cancellations,
            )
            return hashlib.sha256(repr(known).encode()).hexdigest()


def _of_product(terms: NewOffer, code: str) -> NewOffer:
    return replace(terms, product_code=code)


class LivesOfAgreements(RuleBasedStateMachine):
    """The same deals in two lives, of which one looks at the clock all the time."""

    @initialize(reading=st.sampled_from(FinalWindow))
    def begin(self, reading: FinalWindow) -> None:
        self.lived = Life(steps=STEPS_OF_A_LIFE, reading=reading)
        self.jumped = Life(steps=1, reading=reading)
        self.reading = reading

    @rule(
        product=st.sampled_from(list(PRODUCTS)),
        account=st.sampled_from(ACCOUNTS),
        hours=st.integers(-24 * 40, 48),
        terms=st.integers(0, len(TERMS)),
        payment_fails=st.sampled_from([False, False, False, True]),
    )
    def subscribe(
        self, product: str, account: str, hours: int, terms: int, *, payment_fails: bool
    ) -> None:
        def deal(life: Life) -> object:
            offers = [one for one in life.desks.catalogue.offers() if one.product_code == product]
            starts_at = life.now + hours * AN_HOUR
            offer_id = offers[terms].offer_id
            return life.desks.agreements.subscribe(
                NewAgreement(product, account, starts_at, offer_id, payment_fails=payment_fails)
            )

        self._do(deal)

    @precondition(lambda self: self.has_agreements)
    @rule(which=WHICH, seats=st.integers(0, 9), renews=st.sampled_from([None, True, False]))
    def amend(self, which: int, seats: int, *, renews: bool | None) -> None:
        grants, prices = (Grant("seats", seats),), (Price("api_calls", Decimal(seats)),)
        self._do(
            lambda life: life.desks.agreements.amend(
                _pick(life, which).agreement_id, grants=grants, prices=prices, is_renewing=renews
            )
        )

    @precondition(lambda self: self.has_agreements)
    @rule(which=WHICH)
    def renew(self, which: int) -> None:
        self._do(lambda life: life.desks.agreements.renew(_pick(life, which).agreement_id))

    @precondition(lambda self: self.has_agreements)
    @rule(which=WHICH, terms=st.integers(0, 3 * len(TERMS)))
    def replace(self, which: int, terms: int) -> None:
        self._do(
            lambda life: life.desks.agreements.replace(
                _pick(life, which).agreement_id, life.desks.catalogue.offers()[terms].offer_id
            )
        )

    @precondition(lambda self: self.has_agreements)
    @rule(which=WHICH, minutes=st.integers(-600, 600))
    def cancel(self, which: int, minutes: int) -> None:
        self._do(
            lambda life: life.desks.agreements.end(
                _pick(life, which).agreement_id, ends_at=life.now + minutes * A_MINUTE
            )
        )

    @precondition(lambda self: self.has_agreements)
    @rule(which=WHICH)
    def terminate(self, which: int) -> None:
        self._do(lambda life: life.desks.agreements.terminate(_pick(life, which).agreement_id))

    @precondition(lambda self: self.has_agreements)
    @rule(which=WHICH)
    def deprovision(self, which: int) -> None:
        self._do(lambda life: life.desks.agreements.deprovision(_pick(life, which).agreement_id))

    @precondition(lambda self: self.has_agreements)
    @rule(which=WHICH, answer=st.sampled_from(["none", "approve", "reject", "withdraw"]))
    def ask_to_cancel(self, which: int, answer: str) -> None:
        please = NewCancellation(CancellationReason.OTHER, "Please.")

        def deal(life: Life) -> None:
            desk = life.desks.requests
            request = desk.request_cancellation(_pick(life, which).agreement_id, please)
            match answer:
                case "approve":
                    desk.approve_cancellation(request.request_id)
                case "reject":
                    desk.reject_cancellation(request.request_id, "No.")
                case "withdraw":
                    desk.withdraw_cancellation(request.request_id, "Well.")
                case _:
                    pass  # the buyer says nothing

        self._do(deal)

    @precondition(lambda self: self.has_agreements)
    @rule(which=WHICH, percent=st.integers(0, 9))
    def finalize_renewal(self, which: int, percent: int) -> None:
        self._do(
            lambda life: life.desks.requests.finalize_renewal(
                _pick(life, which).agreement_id, Decimal(percent)
            )
        )

    @rule(account=st.sampled_from(ACCOUNTS))
    def suspend_or_reinstate(self, account: str) -> None:
        def deal(life: Life) -> None:
            is_suspended = account in life.desks.agreements.suspended_accounts()
            (life.desks.agreements.reinstate if is_suspended else life.desks.agreements.suspend)(
                account
            )

        self._do(deal)

    @rule(minutes=st.one_of(st.integers(1, 90), st.integers(1, 60 * 24 * 40)))
    def pass_time(self, minutes: int) -> None:
        for life in (self.lived, self.jumped):
            life.pass_time(minutes * A_MINUTE)

    @invariant()
    def both_lives_are_the_same(self) -> None:
        assert self.jumped.fingerprint() == self.lived.fingerprint()

    @invariant()
    def windows_close_as_documented(self) -> None:
        for agreement in self.jumped.desks.agreements.agreements():
            if agreement.status is AgreementStatus.ACTIVE:
                assert agreement.closes_at is None
                assert agreement.ends_at is None or agreement.ends_at > self.jumped.now
                continue
            assert agreement.ends_at is not None
            assert agreement.closes_at is not None
            if not agreement.never_began:
                self._check_window(agreement)

    @invariant()
    def a_legacy_account_runs_one_agreement_at_a_time(self) -> None:
        now = self.jumped.now
        running = Counter(
            agreement.customer_aws_account_id
            for agreement in self.jumped.desks.agreements.agreements()
            if agreement.product_code == "legacy" and agreement.is_running(now=now)
        )
        assert all(count == 1 for count in running.values())

    @invariant()
    def each_turn_of_an_agreement_is_told_once(self) -> None:
        with self.jumped.marketplace.step() as step:
            events = list(step.state.events)
        told = Counter((event.agreement_id, event.name.partition(" - ")[0]) for event in events)
        now = self.jumped.now
        for agreement in self.jumped.desks.agreements.agreements():
            name, is_real = agreement.agreement_id, not agreement.never_began
            has_ended = is_real and agreement.status is not AgreementStatus.ACTIVE
            is_taken = agreement.deprovisioned_at is not None
            has_begun = is_real and agreement.starts_at <= now
            assert told[name, "Purchase Agreement Created"] == has_begun
            assert told[name, "Purchase Agreement Ended"] == has_ended
            assert told[name, "License Deprovisioned"] == is_taken
            assert told[name, "Purchase Agreement Renewal Upcoming"] <= 1
            assert told[name, "unsubscribe-pending"] <= (agreement.status not in GOES_ON)
            assert told[name, "unsubscribe-success"] <= told[name, "unsubscribe-pending"]
        assert [event.sequence for event in events] == list(range(1, len(events) + 1))

    @invariant()
    def nobody_is_asked_for_more_than_a_week(self) -> None:
        requests = [
            one for one in self.jumped.desks.requests.cancellations() if one.status == "APPROVED"
        ]
        for request in requests:
            agreement = self.jumped.desks.agreements.agreement(request.agreement_id)
            assert request.updated_at - request.created_at <= timedelta(days=7)
            assert agreement.status is AgreementStatus.CANCELLED

    @property
    def has_agreements(self) -> bool:
        return bool(self.jumped.desks.agreements.agreements())

    def _check_window(self, agreement: Agreement) -> None:
        ended_at, closes_at = agreement.ends_at, agreement.closes_at
        assert ended_at is not None
        assert closes_at is not None
        taken_at = agreement.deprovisioned_at
        match self.reading:
            case FinalWindow.HOUR_AFTER_END:
                assert closes_at == ended_at + AN_HOUR
                assert taken_at is None or taken_at <= ended_at + A_MINUTE
            case FinalWindow.LICENSE_DEPROVISIONED:
                assert closes_at - ended_at >= AN_HOUR or taken_at is not None
                assert closes_at - ended_at <= AN_HOUR + A_MINUTE
                assert taken_at is None or closes_at == taken_at + AN_HOUR
            case FinalWindow.AGREEMENT_ENDED:
                assert closes_at - ended_at <= AN_HOUR
                assert taken_at is None or taken_at <= ended_at + AN_HOUR

    def _do(self, deal: Deal) -> None:
        """Make the same deal in both lives, with the same success."""
        assert self.jumped.do(deal) == self.lived.do(deal)


def _pick(life: Life, which: int) -> Agreement:
    agreements = life.desks.agreements.agreements()
    return agreements[-1 - which % len(agreements)]


TestLivesOfAgreements = LivesOfAgreements.TestCase
TestLivesOfAgreements.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
