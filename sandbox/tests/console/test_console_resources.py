"""The page about what runs in buyers' accounts."""

from datetime import timedelta

from marketplace_sandbox.core.model.callers import Platform
from marketplace_sandbox.core.model.catalogue import Delivery, Dimension, MeteringMode, NewProduct
from tests.builders import ACCOUNT, Shop
from tests.visitor import Visitor, visitor

__all__ = ["visitor"]


def test_a_resource_is_launched_and_stopped(shop: Shop, visitor: Visitor) -> None:
    shop.marketplace.desks.catalogue.list_product(
        NewProduct("Image", MeteringMode.LEGACY, (Dimension("h"),), "image", Delivery.AMI)
    )
    fields = {"product_code": "image", "account_id": ACCOUNT, "region": "eu-west-1"}
    assert "It runs" in visitor.go_on("/resources", platform="ec2", **fields).text
    (resource,) = shop.marketplace.desks.resources.resources()
    visitor.go_on(f"/resources/{resource.resource_id}/stop")
    assert shop.marketplace.desks.resources.resource(resource.resource_id).stopped_at == shop.now
    assert "one of ec2" in visitor.fail("/resources", platform="toaster", **fields).text


def test_the_public_key_of_containers_is_shown_and_rotated(shop: Shop, visitor: Visitor) -> None:
    shop.marketplace.desks.catalogue.list_product(
        NewProduct("Pod", MeteringMode.LEGACY, (Dimension("h"),), "pod", Delivery.CONTAINER)
    )
    assert "Public keys" not in visitor.read("/resources").text
    fields = {"product_code": "pod", "account_id": ACCOUNT, "region": "eu-west-1"}
    page = visitor.go_on("/resources", platform="eks", **fields)
    assert "-----BEGIN PUBLIC KEY-----" in page.text
    assert "Version 2 made at" in visitor.go_on("/resources/public-keys").text


def test_a_registered_container_shows_for_how_long_it_is_metered(
    shop: Shop, visitor: Visitor
) -> None:
    shop.marketplace.desks.catalogue.list_product(
        NewProduct("Pod", MeteringMode.LEGACY, (Dimension("h"),), "pod", Delivery.CONTAINER)
    )
    shop.subscribe("pod")
    resource = shop.marketplace.desks.resources.launch("pod", ACCOUNT, Platform.EKS, "us-east-1")
    assert "not registered" in visitor.read("/resources").text
    task = shop.marketplace.as_caller(resource=resource)
    task.register_usage(ProductCode="pod", PublicKeyVersion=1)
    shop.now += timedelta(hours=2, minutes=3)
    assert "2 h 3 min from 2026-11-22 12:00:00" in visitor.read("/resources").text


def test_buyers_are_suggested_where_one_launches(shop: Shop, visitor: Visitor) -> None:
    shop.marketplace.desks.catalogue.list_product(
        NewProduct("Image", MeteringMode.LEGACY, (Dimension("h"),), "image", Delivery.AMI)
    )
    page = visitor.read("/resources")
    assert "buyer of Licensed, Legacy" in page.text
    assert ACCOUNT in {one["value"] for one in page.all("option")}
