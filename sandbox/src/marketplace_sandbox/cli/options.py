"""The kinds of values that commands take, with what to say about a wrong one."""

import re
from collections.abc import Iterable
from typing import Annotated

import typer

from marketplace_sandbox.client import ContactDocument, DimensionTerms, GrantDocument, PriceDocument
from marketplace_sandbox.core.model.durations import parse_duration

_CONTACT_WORDS = 5
_TRUTHS = {"true": True, "false": False}
_WHOLE = re.compile(r"-?[0-9]{1,15}", re.ASCII)
_DECIMAL = re.compile(r"-?[0-9]{1,15}\.[0-9]{1,15}", re.ASCII)


def read_duration(text: str) -> int:
    """Read a duration in whole seconds."""
    duration = parse_duration(text)
    if duration is None:
        raise typer.BadParameter("write a duration like 90m, 36h, 7d or 1d12h")
    return int(duration.total_seconds())


def read_prices(texts: Iterable[str] | None) -> list[PriceDocument] | None:
    """Read `dimension=price`, several times; None if there are none."""
    prices: list[PriceDocument] = []
    for text in texts or ():
        name, separator, price = text.rpartition("=")
        if not separator:
            raise typer.BadParameter("write a price like api_calls=0.002")
        prices.append({"dimension": name, "unit_price": price})
    return prices or None


def read_grants(texts: Iterable[str] | None) -> list[GrantDocument] | None:
    """Read `dimension=value`, several times; None if there are none.

    What a value looks like it is: true or false, whole, decimal, or else text.
    """
    grants: list[GrantDocument] = []
    for text in texts or ():
        name, separator, value = text.partition("=")
        if not separator:
            raise typer.BadParameter("write a grant like seats=25")
        grants.append({"dimension": name, "value": _read_value(value)})
    return grants or None


def read_contact(text: str) -> ContactDocument:
    """Read a contact; commas in the middle belong to the company."""
    words = [word.strip() for word in text.split(",")]
    if len(words) < _CONTACT_WORDS:
        raise typer.BadParameter(
            "write a contact like Anna,Example,anna@example.com,Example Ltd,GB"
        )
    first, last, email, *company, country = words
    return {
        "first_name": first,
        "last_name": last,
        "email_address": email,
        "company_name": ", ".join(company),
        "country_code": country,
    }


def read_dimension(text: str) -> str | DimensionTerms:
    """Read `name` or `name:kind:type`, such as `calls:both:integer`, with `=price` at the end."""
    name, has_price, price = text.partition("=")
    name, _, terms = name.partition(":")
    kind, _, value_type = terms.partition(":")
    if not terms and not has_price:
        return name
    told: DimensionTerms = {"name": name}
    if kind:
        told["kind"] = kind
    if value_type:
        told["value_type"] = value_type
    if price:
        told["unit_price"] = price
    return told


def _read_value(text: str) -> bool | float | str:
    if text.lower() in _TRUTHS:
        return _TRUTHS[text.lower()]
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text


AgreementName = Annotated[
    str,
    typer.Argument(
        metavar="AGREEMENT",
        help="Its id, or a product's code if that has one agreement, or one active one.",
    ),
]
OfAccount = Annotated[
    str | None, typer.Option(help="Beside a product's code: the agreement of this account.")
]
ProductCode = Annotated[str, typer.Argument(metavar="PRODUCT", help="The product's code.")]
AccountId = Annotated[str, typer.Argument(metavar="ACCOUNT", help="The AWS account, 12 digits.")]
Duration = Annotated[str, typer.Argument(metavar="DURATION", help="Such as 90m, 36h or 7d.")]
Grants = Annotated[
    list[str] | None,
    typer.Option(
        "--grant",
        metavar="DIMENSION=VALUE",
        help="So much of an entitled dimension, such as seats=25; repeat for more.",
    ),
]
Prices = Annotated[
    list[str] | None,
    typer.Option(
        "--price",
        metavar="DIMENSION=PRICE",
        help="US dollars per unit; repeat for more.",
    ),
]
