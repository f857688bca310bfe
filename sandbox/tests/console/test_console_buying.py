"""What a buyer buys at the console, and what can become of it."""

from marketplace_sandbox.core.model.offers import Grant, NewOffer, OfferKind
from tests.builders import ACCOUNT, Shop
from tests.console.test_console_forms import A_PRODUCT, list_seats
from tests.visitor import Visitor, visitor

__all__ = ["visitor"]


def test_a_buyer_chooses_how_much_to_buy_and_keeps_the_rest_of_the_offer(
    shop: Shop, visitor: Visitor
) -> None:
    list_seats(shop)
    address = f"{visitor.product_address('seats')}/subscribe"
    page = visitor.read(address)
    assert "dimension5-value" not in page.values()
    assert "1 of seats, support included, 1 of ratio, plan: included" in page.text
    visitor.go_on(address, **{"dimension1-value": "40", "dimension2-value": "no"})
    assert shop.marketplace.desks.agreements.agreements()[-1].grants == (
        Grant("seats", 40),
        Grant("support", value=False),
        Grant("ratio", 1.0),
        Grant("plan", "included"),
    )


def test_a_buyer_who_chooses_nothing_gets_what_the_offer_says(shop: Shop, visitor: Visitor) -> None:
    list_seats(shop)
    offer = shop.marketplace.desks.catalogue.make_offer(
        NewOffer("seats", grants=(Grant("seats", 7),))
    )
    address = f"{visitor.product_address('seats')}/subscribe"
    page = visitor.go_on(address, offer_id=offer.offer_id, **{"dimension1-value": ""})
    assert shop.marketplace.desks.agreements.agreements()[-1].grants == (Grant("seats", 7),)
    assert "You have subscribed to Seats" in page.text


def test_a_purchase_of_the_wrong_type_is_refused(shop: Shop, visitor: Visitor) -> None:
    list_seats(shop)
    address = f"{visitor.product_address('seats')}/subscribe"
    page = visitor.fail(address, **{"dimension2-value": "perhaps"})
    assert "dimension2 value must be yes or no" in page.text
    assert page.values()["dimension2-value"] == "perhaps"


def test_a_buyer_is_shown_with_its_name(shop: Shop, visitor: Visitor) -> None:
    address = visitor.product_address("licensed")
    visitor.go_on(f"{address}/subscribe", buyer_name="Acme <Inc>")
    agreement = shop.marketplace.desks.agreements.agreements()[-1]
    shown = f"Acme <Inc> ({agreement.customer_aws_account_id})"
    assert agreement.buyer == shown
    shop.meter(shop.licensed_record(agreement))
    for page in (address, f"/agreements/{agreement.agreement_id}", "/bill", "/invoices"):
        assert shown in visitor.read(page).text, page


def test_known_buyers_are_suggested(shop: Shop, visitor: Visitor) -> None:
    shop.subscribe("legacy", "777788889999")
    address = f"{visitor.product_address('licensed')}/subscribe"
    page = visitor.read(address)
    account = next(one for one in page.all("input") if one["name"] == "customer_aws_account_id")
    assert [one["id"] for one in page.all("datalist")] == [account["list"]]
    assert "buyer of Legacy buyer of Licensed, Legacy" in page.text


def test_whoever_buys_an_image_need_not_register(shop: Shop, visitor: Visitor) -> None:
    fields = A_PRODUCT | {"mode": "legacy", "delivery": "ami"}
    visitor.go_on("/products/new", **fields)
    page = visitor.go_on(f"{visitor.product_address('atlas')}/subscribe")
    assert "The buyer has subscribed." in page.text
    assert "Set up the account" not in page.text
    agreement = shop.marketplace.desks.agreements.agreements()[-1]
    setup = visitor.read(f"/agreements/{agreement.agreement_id}/setup")
    assert "buyers of AMI products do not register" in setup.text


def test_only_what_is_legal_now_can_be_pressed(shop: Shop, visitor: Visitor) -> None:
    def actions() -> set[str]:
        page = visitor.read(visitor.agreement_address())
        return {one["action"].rpartition("/")[2] for one in page.all("form")}

    assert actions() == {
        *("renew", "replace", "cancel", "terminate", "suspend"),
        *("ask", "refund", "spend"),
    }
    text = visitor.read(visitor.agreement_address()).text
    assert "Not now: the agreement is active: end it first." in text
    text = visitor.go_on(f"{visitor.agreement_address()}/cancel").text
    assert actions() == {"deprovision", "suspend", "refund"}
    assert f"Not now: the agreement already has an end: CANCELLED, {shop.now:%Y-%m-%d}" in text


def test_only_offers_that_the_buyer_may_accept_can_replace_an_agreement(
    shop: Shop, visitor: Visitor
) -> None:
    desks = shop.marketplace.desks
    stranger = NewOffer("licensed", kind=OfferKind.PRIVATE, buyer_account_ids=("777788889999",))
    own = NewOffer("licensed", kind=OfferKind.PRIVATE, buyer_account_ids=(ACCOUNT,))
    private = [desks.catalogue.make_offer(new).offer_id for new in (stranger, own)]
    offered = {one["value"] for one in visitor.read(visitor.agreement_address()).all("option")}
    assert offered & set(private) == {private[1]}
    assert shop.licensed.offer_id in offered
