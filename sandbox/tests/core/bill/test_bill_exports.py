"""The books as JSON documents and as CSV."""

import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace_sandbox.control.bill_documents import bill_line_document, invoice_document
from marketplace_sandbox.core.bill.tables import (
    BILL_HEADER,
    INVOICE_HEADER,
    bill_csv,
    invoice_csv,
)
from marketplace_sandbox.core.model.catalogue import Dimension, PricingModel
from tests.builders import ACCOUNT
from tests.priced_shop import MONTH, PricedShop

FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")


@pytest.fixture
def shop() -> PricedShop:
    return PricedShop()


def test_an_invoice_is_a_json_document_with_exact_texts(shop: PricedShop) -> None:
    shop.meter("10")
    document = invoice_document(shop.marketplace.desks.bill.invoice(MONTH))
    assert json.loads(json.dumps(document)) == document
    assert document["total_charged"] == "0.03"
    assert document["closed_at"] is None


def test_an_invoice_as_csv_has_a_row_for_each_charge_and_no_other(shop: PricedShop) -> None:
    shop.meter("10")
    text = invoice_csv(shop.marketplace.desks.bill.invoice(MONTH))
    header, charge = csv.reader(io.StringIO(text, newline=""))
    assert tuple(header) == INVOICE_HEADER
    assert dict(zip(header, charge, strict=True))["amount_usd"] == "0.025"


def test_the_bill_as_csv_follows_rfc_4180(shop: PricedShop) -> None:
    shop.list_product("odd", PricingModel.USAGE, Dimension('calls, "fast"\r\nand slow'))
    buyer = shop.marketplace.create_agreement("odd")
    shop.meter("2.50", 'calls, "fast"\r\nand slow', buyer=buyer)
    text = bill_csv(shop.marketplace.desks.bill.bill())
    header, row = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert tuple(header) == BILL_HEADER
    line = dict(zip(header, row, strict=True))
    assert (line["dimension"], line["quantity"]) == ('calls, "fast"\r\nand slow', "2.5")
    assert text.endswith("\r\n")


@pytest.mark.parametrize("dimension", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_a_text_that_a_spreadsheet_would_compute_is_defused_in_csv_only(
    shop: PricedShop, dimension: str
) -> None:
    shop.list_product("odd", PricingModel.USAGE, Dimension(dimension))
    shop.meter("2", dimension, buyer=shop.marketplace.create_agreement("odd"))
    bill = shop.marketplace.desks.bill.bill()
    _, row = csv.reader(io.StringIO(bill_csv(bill), newline=""))
    assert row[BILL_HEADER.index("dimension")] == f"'{dimension}"
    assert bill_line_document(bill[0])["dimension"] == dimension


def test_the_rows_of_a_split_line_add_up_to_it(shop: PricedShop) -> None:
    record = {
        "Timestamp": shop.now,
        "Dimension": "api_calls",
        "Quantity": 5,
        "CustomerAWSAccountId": ACCOUNT,
        "LicenseArn": shop.buyer.license_arn,
        "UsageAllocations": [
            {"AllocatedUsageQuantity": 4, "Tags": [{"Key": "team", "Value": "maps"}]},
            {"AllocatedUsageQuantity": 1},
        ],
    }
    shop.marketplace.batch_meter_usage(UsageRecords=[record])
    _, *rows = csv.reader(io.StringIO(bill_csv(shop.marketplace.desks.bill.bill()), newline=""))
    column = BILL_HEADER.index("quantity")
    assert [row[column] for row in rows] == ["4", "1"]
    assert rows[0][BILL_HEADER.index("tags")] == "team=maps"


@settings(deadline=None)  # a busy machine is no failure
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12))
def test_whatever_a_dimension_is_called_csv_gives_it_back(name: str) -> None:
    shop = PricedShop()
    shop.list_product("odd", PricingModel.USAGE, Dimension(name))
    shop.meter("2", name, buyer=shop.marketplace.create_agreement("odd"))
    text = bill_csv(shop.marketplace.desks.bill.bill())
    header, row = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert len(row) == len(header)
    cell = row[BILL_HEADER.index("dimension")]
    assert cell == (f"'{name}" if name.startswith(FORMULAS) else name)
