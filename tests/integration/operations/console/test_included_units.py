"""What a contract includes is shown wherever units stand, apart from what is billed."""

import csv
import io
import re
from decimal import Decimal
from urllib.parse import quote

import pytest
from loopback_console.testing.visiting import Visitor

from meterhouse.domain.allowances.rules import read_rules
from operations.included_units import NOTHING
from tests.integration.operations.console.filled_stack import FilledStack
from tests.unit.operations.lives import OfContract, live_on_a_contract


@pytest.fixture
def of_contract(filled: FilledStack) -> OfContract:
    keys = live_on_a_contract(filled.house)
    filled.know_all()
    filled.stack.at = filled.house.clock.now()
    return keys


def test_a_record_says_what_is_included_and_what_aws_is_told_beyond_it(
    visitor: Visitor, of_contract: OfContract
) -> None:
    page = visitor.read(f"/record?name={quote(str(of_contract.beyond))}")

    assert "They stand metered 30.5 included 40" in page.text
    assert "Frozen quantity 30.5 beyond 40 that the contract includes" in page.text
    assert '"QuantityAsDecimal": "30.5"' in page.text


def test_of_a_record_that_is_included_entirely_aws_is_told_nothing(
    visitor: Visitor, of_contract: OfContract
) -> None:
    page = visitor.read(f"/record?name={quote(str(of_contract.within))}")

    assert "INCLUDED of license#" in page.text
    assert "They stand included 60" in page.text
    assert "What AWS is told" not in page.text


def test_a_list_has_included_units_beside_what_is_billed(
    visitor: Visitor, of_contract: OfContract
) -> None:
    page = visitor.read(f"/records?subscription={quote(of_contract.within.subscription)}")

    assert "gigabytes 30.5 40 METERED" in page.text
    assert "gigabytes 0 60 INCLUDED" in page.text
    only = visitor.read("/records?state=INCLUDED")
    assert "gigabytes 0 60 INCLUDED" in only.text
    assert "30.5" not in only.text


@pytest.mark.usefixtures("keys")
def test_where_nothing_is_included_nothing_is_said_of_it(visitor: Visitor) -> None:
    assert "Included" not in visitor.read("/records").text
    assert "included" not in visitor.read("/").text


def test_the_month_of_a_subscription_and_its_statement_tell_them_apart(
    visitor: Visitor, of_contract: OfContract
) -> None:
    name = quote(of_contract.within.subscription)

    usage = visitor.read(f"/subscription?name={name}&month=2026-11").text
    assert "70.5 included 40 metered 30.5" in usage
    assert "gigabytes included 100" in usage
    assert (
        "all gigabytes 130.5 30.5 100"
        in visitor.read(f"/statements?name={name}&month=2026-11").text
    )
    given = visitor.answer("/statement.csv?month=2026-11").text
    [total] = [one for one in csv.DictReader(io.StringIO(given)) if one["table"] == "totals"]
    assert Decimal(total["billed"]) + Decimal(total["included"]) == Decimal(total["used"])


def test_the_overview_draws_them_as_a_part_of_their_own(
    visitor: Visitor, of_contract: OfContract
) -> None:
    assert of_contract.within
    page = visitor.read("/")

    assert "billed waiting not billed included" in page.text
    assert "included 100" in page.text
    assert {"class": "fourth"} in page.all("li")
    assert "2026-11-18 13:00 not accounted 30.5 0 0 40" in page.text


def test_a_subscription_says_what_is_included_what_is_taken_and_what_is_left(
    visitor: Visitor, filled: FilledStack, of_contract: OfContract
) -> None:
    address = f"/subscription?name={quote(of_contract.within.subscription)}"
    filled.stack.included = read_rules("gigabytes=120/month,seats=entitlement/year")

    text = visitor.read(address).text

    assert "gigabytes 2026-11 120 100 20 2026-12-01 00:00" in text
    assert re.search(r"seats year-1 not known 0 not known \S", text)
    assert "AWS has not said how many units of seats are included. meterhouse sweep asks" in text
    assert NOTHING not in text


def test_what_was_included_once_is_told_apart_and_that_nothing_is_any_more(
    visitor: Visitor, of_contract: OfContract
) -> None:
    text = visitor.read(f"/subscription?name={quote(of_contract.within.subscription)}").text

    assert "gigabytes 2026-11 no longer 100 100 0" in text
    assert NOTHING in text
