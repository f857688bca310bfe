"""The sweep of the Agreement API: what AWS holds is known, whatever its events told."""

from dataclasses import replace
from datetime import timedelta

import pytest
from marketplace_sandbox.testing import NewAgreement

from meterhouse.domain.subscriptions.facts import agreement_folder
from meterhouse.domain.subscriptions.identity import LicenseIdentity
from meterhouse.domain.subscriptions.state import Flag, Phase
from meterhouse.domain.subscriptions.sweeping import AgreementPage
from tests.unit.use_cases.subscriptions.sweeping import (
    CODE,
    SEARCH,
    Between,
    SweptHouse,
    folder_of,
    license_of,
)

YEAR = 365


@pytest.fixture
def house() -> SweptHouse:
    return SweptHouse()


def test_a_sweep_adopts_agreements_that_are_older_than_the_deployment(house: SweptHouse) -> None:
    sold = house.sell(3)
    house.wait(days=90)

    answer = house.sweep()

    assert (answer.swept, answer.left, answer.refused) == (3, None, 0)
    for agreement in sold:
        state = house.state(agreement)
        account = agreement.customer_aws_account_id
        assert (state.phase, state.has_access) == (Phase.ACTIVE, True)
        # A license of which only the API told is billable: nobody registered.
        assert state.identity == LicenseIdentity(account, agreement.license_arn or "")
        assert house.book.find([license_of(agreement)])
        assert folder_of(agreement) in house.book.listed
        assert state.starts_at == agreement.starts_at
        assert state.agreement_id == agreement.agreement_id
        assert state.offer_id == agreement.offer_id
        assert state.product_id == house.aws.desks.catalogue.product(CODE).product_id
    assert house.report.metrics["AgreementsSwept"] == 3
    assert house.report.metrics["SweepsFinished"] == 1


def test_a_week_without_events_is_made_up_for(house: SweptHouse) -> None:
    trade = house.aws.desks.agreements
    leaving, renewing, replaced, staying = (
        house.accept(duration_days=YEAR, is_renewing=True) for _ in range(4)
    )
    house.sweep()
    house.wait(days=1)
    trade.cancel(leaving.agreement_id)
    first = trade.renew(renewing.agreement_id)
    house.wait(days=1)
    second = trade.renew(first.agreement_id)
    offer_id = house.accept().offer_id or ""
    successor = trade.replace(replaced.agreement_id, offer_id)
    trial = house.accept(trial_days=30)
    later = trade.subscribe(NewAgreement(CODE, starts_at=house.clock.now() + timedelta(days=30)))
    trade.suspend(trial.customer_aws_account_id)
    house.wait(days=5)

    assert house.sweep().left is None

    assert house.state(leaving).phase is Phase.ENDED
    assert not house.state(leaving).has_access
    for old, new in ((renewing, first), (first, second), (replaced, successor)):
        assert house.state(old).phase is Phase.SUPERSEDED
        assert house.state(old).successor == new.agreement_id
        assert house.state(new).previous_agreement_id == old.agreement_id
        assert house.state(old).has_access
    assert house.state(second).phase is Phase.ACTIVE
    assert house.state(staying).phase is Phase.ACTIVE
    assert house.state(staying).ends_at == staying.expires_at
    assert house.state(trial).trial_until == trial.expires_at
    assert house.state(trial).flags == (Flag.SUSPENDED,)
    assert not house.state(trial).has_access
    assert house.state(later).phase is Phase.SCHEDULED
    held = house.aws.desks.agreements.agreements()
    assert {folder_of(one) for one in held} <= house.states().keys()
    for one in held:
        state = house.state(one)
        assert (state.status, state.starts_at) == (one.status, one.starts_at)
        assert state.account_id == one.customer_aws_account_id
        assert state.ends_at == one.expires_at


def test_an_old_license_loses_access_when_the_end_of_its_line_is_found(house: SweptHouse) -> None:
    old = house.accept(duration_days=YEAR, is_renewing=True)
    house.sweep()
    new = house.aws.desks.agreements.renew(old.agreement_id)
    house.wait(days=1)
    house.aws.desks.agreements.cancel(new.agreement_id)
    house.wait(days=1)

    house.sweep()

    assert not house.state(old).has_access


def test_whether_a_contract_renews_is_known(house: SweptHouse) -> None:
    trade = house.aws.desks.agreements
    renewing = house.accept(duration_days=YEAR, is_renewing=True)
    stopped = house.accept(duration_days=YEAR, is_renewing=True)
    trade.amend(stopped.agreement_id, is_renewing=False)
    never = house.accept(duration_days=YEAR)

    house.sweep()

    assert house.state(renewing).flags == ()
    assert house.state(stopped).flags == (Flag.AUTO_RENEWAL_OFF,)
    assert house.state(never).flags == ()


def test_an_end_that_is_found_within_its_last_hour_starts_a_run(house: SweptHouse) -> None:
    over, soon_over, staying = house.sell(3)
    house.aws.desks.agreements.cancel(over.agreement_id)
    house.wait(days=1)
    house.aws.desks.agreements.cancel(soon_over.agreement_id)

    house.sweep()

    assert house.state(soon_over).phase is Phase.ENDING
    assert house.runs == [[license_of(soon_over)]]
    assert house.state(staying).phase is Phase.ACTIVE


def test_a_run_that_cannot_be_started_is_left_to_the_schedule(house: SweptHouse) -> None:
    [agreement] = house.sell()
    house.aws.desks.agreements.cancel(agreement.agreement_id)
    house.is_lambda_down = True

    assert house.sweep().left is None

    assert house.report.failures == ["run_not_started"]


def test_a_suspension_and_its_end_are_seen_though_they_are_no_update(house: SweptHouse) -> None:
    [agreement] = house.sell()
    trade, account = house.aws.desks.agreements, agreement.customer_aws_account_id
    flags = []

    house.sweep(from_beginning=True)
    for change in (trade.suspend, trade.reinstate, trade.suspend):
        change(account)
        house.wait(days=1)
        house.sweep(from_beginning=True)
        flags.append(house.state(agreement).flags)

    assert flags == [(Flag.SUSPENDED,), (), (Flag.SUSPENDED,)]


def test_a_sweep_that_is_repeated_changes_nothing(house: SweptHouse) -> None:
    trade = house.aws.desks.agreements
    first, *_ = house.sell(60)
    trade.suspend(first.customer_aws_account_id)
    old = house.accept(duration_days=YEAR, is_renewing=True)
    trade.renew(old.agreement_id)
    house.wait(days=1)
    house.sweep()
    facts = {key: set(facts) for key, facts in house.book.facts.items()}
    states = house.book.states.copy()

    again = house.sweep(from_beginning=True)
    more = house.sweep()

    assert (again.swept, again.learned, more.learned) == (62, 0, 0)
    assert {key: set(facts) for key, facts in house.book.facts.items()} == facts
    assert house.book.states == states


def test_a_later_sweep_looks_at_what_was_updated_since(house: SweptHouse) -> None:
    house.sell(120)
    house.sweep()
    house.wait(days=1)
    [late] = house.sell()
    before = len(house.calls(SEARCH))

    answer = house.sweep()

    # The overlap shows it who came last once more; everybody had come at the same moment.
    assert (answer.swept, answer.learned) == (121, 1)
    assert house.knows(late)
    house.wait(days=1)
    assert house.sweep().swept == 1
    assert len(house.calls(SEARCH)) == before + 3 + 1


def test_a_license_that_is_named_and_still_pending_is_known_and_nobody_suspended(
    house: SweptHouse,
) -> None:
    [agreement] = house.sell()

    first = house.sweep(begins=10)

    assert house.is_pending(agreement)
    assert (first.swept, first.refused, first.left) == (1, 0, None)
    state = house.state(agreement)
    assert (state.phase, state.flags) == (Phase.ACTIVE, ())
    assert house.sweep().learned == 0  # a minute later AWS has provisioned it, which is no news
    assert not house.is_pending(agreement)
    assert house.state(agreement) == state


def test_a_license_that_is_not_named_while_it_is_pending_is_found_by_the_next_sweep(
    house: SweptHouse,
) -> None:
    def named_once_provisioned(page: AgreementPage) -> AgreementPage:
        shown = (
            replace(one, license_arns=()) if house.is_pending(one) else one
            for one in page.agreements
        )
        return AgreementPage(tuple(shown), page.token)

    [early] = house.sell()
    house.wait(days=1)
    [agreement] = house.sell()
    house.agreements = Between(house.agreements, on_page=named_once_provisioned)

    assert house.sweep(begins=10).left is None

    assert house.knows(early)
    assert not house.knows(agreement)
    waiting = house.states()[agreement_folder(agreement.agreement_id)]
    assert (waiting.phase, waiting.identity) == (Phase.PENDING, None)
    assert not waiting.has_access
    assert not house.book.find([license_of(agreement)])
    house.wait(days=1)
    house.sell()  # what is updated later does not hide it

    house.sweep()

    assert house.state(agreement).phase is Phase.ACTIVE
    assert house.book.find([license_of(agreement)])
