"""Who buys, and how the registration page knows: rules `license.…`, `resolve.…`, `token.…`."""

from datetime import timedelta

import pytest

from marketplace_sandbox.core.model.catalogue import MeteringMode
from marketplace_sandbox.core.model.errors import ControlError
from tests.builders import ACCOUNT, AN_HOUR, Shop, code_of, statuses


def resolve(shop: Shop, token: str) -> dict[str, object]:
    answer = shop.marketplace.resolve_customer(RegistrationToken=token)
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def test_an_account_may_hold_several_licenses_of_a_product(shop: Shop) -> None:
    second = shop.subscribe("licensed")
    assert second.license_arn != shop.licensed.license_arn
    answer = shop.meter(shop.licensed_record(), shop.licensed_record(second, Quantity=9))
    assert statuses(answer) == ["Success", "Success"]
    assert shop.billed() == [("api_calls", "5"), ("api_calls", "9")]


def test_a_legacy_account_holds_one_agreement_at_a_time(shop: Shop) -> None:
    with pytest.raises(ControlError):
        shop.subscribe("legacy")
    shop.marketplace.end_agreement(shop.legacy.agreement_id)
    shop.now += 2 * AN_HOUR
    again = shop.marketplace.create_agreement(
        "legacy", customer_aws_account_id=ACCOUNT, starts_at=shop.now
    )
    assert again.customer_identifier == shop.legacy.customer_identifier


def test_an_hour_by_product_code_and_by_license_is_billed_twice(shop: Shop) -> None:
    shop.marketplace.create_product(code="migrating", mode="migrating")
    buyer = shop.subscribe("migrating")
    by_license = shop.licensed_record(buyer)
    by_code = {name: value for name, value in by_license.items() if name != "LicenseArn"}
    shop.meter(by_license)
    answer = shop.marketplace.batch_meter_usage(ProductCode="migrating", UsageRecords=[by_code])
    assert statuses(answer) == ["Success"]
    assert shop.billed() == [("api_calls", "5"), ("api_calls", "5")]
    assert len(shop.marketplace.desks.bill.double_billed()) == 1


def test_an_older_listing_opts_in_and_its_buyers_get_licenses(shop: Shop) -> None:
    named = {
        str(event.document["detail"]["license"]["arn"])  # type: ignore[index] # an event's detail is a mapping
        for event in shop.marketplace.desks.events.events()
        if event.agreement_id == shop.legacy.agreement_id and event.name.startswith("License")
    }
    shop.marketplace.desks.catalogue.opt_in("legacy", MeteringMode.MIGRATING)
    buyer = shop.marketplace.desks.agreements.agreement(shop.legacy.agreement_id)
    assert {arn.rpartition(":")[2] for arn in named} == {str(buyer.license_arn).rpartition(":")[2]}
    token = shop.marketplace.mint_token(buyer.agreement_id).token
    answer = resolve(shop, token)
    assert answer["LicenseArn"] == buyer.license_arn
    assert answer["CustomerIdentifier"] == shop.legacy.customer_identifier
    assert statuses(shop.meter(shop.licensed_record(buyer))) == ["Success"]
    assert statuses(shop.meter_legacy(shop.legacy_record(Dimension="storage"))) == ["Success"]


def test_a_listing_that_takes_licenses_alone_refuses_its_product_code(shop: Shop) -> None:
    desks = shop.marketplace.desks
    desks.catalogue.opt_in("legacy", MeteringMode.LICENSE)
    buyer = desks.agreements.agreement(shop.legacy.agreement_id)
    by_code = code_of(lambda: shop.meter_legacy(shop.legacy_record()))
    assert by_code == "InvalidProductCodeException"
    assert statuses(shop.meter(shop.licensed_record(buyer))) == ["Success"]
    assert shop.subscribe("legacy").customer_identifier is None
    for mode in MeteringMode:
        with pytest.raises(ControlError, match="cannot go on"):
            desks.catalogue.opt_in("legacy", mode)


def test_a_renewal_is_a_new_agreement_with_a_new_license(shop: Shop) -> None:
    renewed = shop.marketplace.desks.agreements.renew(shop.licensed.agreement_id)
    assert renewed.license_arn != shop.licensed.license_arn
    assert renewed.previous_agreement_id == shop.licensed.agreement_id


def test_a_license_is_of_an_account_of_awss(shop: Shop) -> None:
    issuer = str(shop.licensed.license_arn).split(":")[4]
    assert issuer == "294406891311"
    with shop.marketplace.step() as step:
        assert issuer != step.state.seller_account_id


def test_a_new_products_buyer_resolves_to_a_license_and_an_agreement(shop: Shop) -> None:
    token = shop.marketplace.mint_token(shop.licensed.agreement_id).token
    assert resolve(shop, token) == {
        "ProductCode": "licensed",
        "CustomerAWSAccountId": ACCOUNT,
        "LicenseArn": shop.licensed.license_arn,
        "Metadata": {"AgreementId": shop.licensed.agreement_id},
    }


def test_a_legacy_buyer_resolves_to_a_customer_identifier(shop: Shop) -> None:
    token = shop.marketplace.mint_token(shop.legacy.agreement_id).token
    assert resolve(shop, token) == {
        "ProductCode": "legacy",
        "CustomerAWSAccountId": ACCOUNT,
        "CustomerIdentifier": shop.legacy.customer_identifier,
    }


def test_a_token_resolves_for_four_hours_with_the_same_answer(shop: Shop) -> None:
    token = shop.marketplace.mint_token(shop.licensed.agreement_id).token
    first = resolve(shop, token)
    shop.now += timedelta(hours=4) - timedelta(seconds=1)
    assert resolve(shop, token) == first
    shop.now += timedelta(seconds=1)
    assert code_of(lambda: resolve(shop, token)) == "ExpiredTokenException"


def test_an_unknown_or_garbled_token_is_invalid(shop: Shop) -> None:
    token = shop.marketplace.mint_token(shop.licensed.agreement_id).token
    for garbled in ("unknown", token.replace("+", " "), token[:-1]):
        assert code_of(lambda garbled=garbled: resolve(shop, garbled)) == "InvalidTokenException"  # type: ignore[misc] # mypy infers no lambda with a default


def test_resolving_and_metering_are_the_sellers(shop: Shop) -> None:
    token = shop.marketplace.mint_token(shop.licensed.agreement_id).token
    buyer = shop.marketplace.as_caller(account_id=ACCOUNT)
    resolving = code_of(lambda: buyer.resolve_customer(RegistrationToken=token))
    metering = code_of(lambda: buyer.batch_meter_usage(UsageRecords=[shop.licensed_record()]))
    assert (resolving, metering) == ("AccessDeniedException", "AccessDeniedException")


def test_a_token_resolves_before_the_agreement_begins_and_metering_waits(shop: Shop) -> None:
    future = shop.marketplace.create_agreement("licensed", starts_at=shop.now + AN_HOUR)
    token = shop.marketplace.mint_token(future.agreement_id).token
    assert resolve(shop, token)["LicenseArn"] == future.license_arn
    early = shop.licensed_record(future, Timestamp=shop.now)
    assert code_of(lambda: shop.meter(early)) == "InvalidLicenseException"
    shop.now = future.starts_at
    in_time = shop.licensed_record(future, Timestamp=shop.now)
    assert statuses(shop.meter(in_time)) == ["Success"]
