"""What this seller sells in the sandbox, and to whom."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from marketplace_sandbox.client import AgreementDocument, MeteringMode, SandboxClient


@dataclass(frozen=True, slots=True)
class Subscription:
    """One buyer's agreement, under the name by which this seller calls it."""

    name: str
    agreement_id: str
    product_code: str
    customer_aws_account_id: str
    license_arn: str | None
    customer_identifier: str | None

    def reference(self) -> str | dict[str, str]:
        """Return what a usage event says in `subscription`."""
        if self.license_arn is not None:
            return self.license_arn
        if self.customer_identifier is not None:
            return {
                "product_code": self.product_code,
                "customer_identifier": self.customer_identifier,
            }
        return {
            "product_code": self.product_code,
            "customer_aws_account_id": self.customer_aws_account_id,
        }


def sell(
    marketplace: SandboxClient,
    title: str,
    mode: MeteringMode,
    dimensions: Sequence[str],
    *,
    names: Iterable[str],
) -> list[Subscription]:
    """Publish a product and let a new buyer subscribe for each name."""
    product_code = marketplace.list_product(title, dimensions, mode=mode)["product_code"]
    return subscribe_each(marketplace, product_code, names)


def offer_again(marketplace: SandboxClient, title: str, dimensions: Sequence[str]) -> str:
    """Publish a product, or add what is new to the one of this title; return its code."""
    for product in marketplace.list_products()["products"]:
        if product["title"] == title and product["mode"] == MeteringMode.LICENSE:
            code = product["product_code"]
            new = [name for name in dimensions if name not in product["dimensions"]]
            if new:
                marketplace.amend_product(code, dimensions=new)
            return code
    mode = MeteringMode.LICENSE
    return marketplace.list_product(title, dimensions, mode=mode)["product_code"]


def subscribe_each(
    marketplace: SandboxClient, product_code: str, names: Iterable[str]
) -> list[Subscription]:
    """Let a new buyer subscribe for each name."""
    return [_subscribe(marketplace, product_code, name) for name in names]


def _subscribe(marketplace: SandboxClient, product_code: str, name: str) -> Subscription:
    return named(name, marketplace.subscribe(product_code, buyer_name=name))


def named(name: str, agreement: AgreementDocument) -> Subscription:
    """Give an agreement of the sandbox the name by which this seller calls it."""
    return Subscription(
        name=name,
        agreement_id=agreement["agreement_id"],
        product_code=agreement["product_code"],
        customer_aws_account_id=agreement["customer_aws_account_id"],
        license_arn=agreement["license_arn"],
        customer_identifier=agreement["customer_identifier"],
    )
