"""Products on sale: their code, how they are delivered, priced and metered, their dimensions."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from marketplace_sandbox.core.model.errors import conflict, invalid

_PRODUCT_CODE = re.compile(r"[-a-zA-Z0-9/=:_.@]{1,255}")  # ProductCode in the model
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-[0-9]", re.ASCII)
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
_GENERATED_CODE_LENGTH = 25  # what AWS's own product codes look like
TEXT_LENGTH_MAX = 255  # UsageDimension in the model; the sandbox holds titles to the same
DIMENSIONS_MAX = 200  # a limit of the sandbox
UNIT_PRICE_MAX = Decimal(1_000_000)  # a limit of the sandbox
URL_LENGTH_MAX = 2048


class MeteringMode(StrEnum):
    """How usage of a product names its buyer (section 2)."""

    LICENSE = "license"  # CustomerAWSAccountId + LicenseArn, no ProductCode
    LEGACY = "legacy"  # ProductCode + CustomerIdentifier or CustomerAWSAccountId
    MIGRATING = "migrating"  # a legacy listing that opted in: both are taken, and both are billed


class Delivery(StrEnum):
    """How the buyer gets the product."""

    SAAS = "saas"
    AMI = "ami"
    CONTAINER = "container"
    AGENTCORE = "agentcore"


def usual_mode(delivery: Delivery) -> MeteringMode:
    """Return how a new product is metered: what runs in buyers' accounts by its product code."""
    return MeteringMode.LICENSE if delivery is Delivery.SAAS else MeteringMode.LEGACY


class PricingModel(StrEnum):
    """What the buyer pays for."""

    USAGE = "usage"  # a subscription, paid as you go
    CONTRACT = "contract"
    CONTRACT_WITH_CONSUMPTION = "contract_with_consumption"
    HOURLY = "hourly"  # containers that call RegisterUsage
    FREE = "free"


class DimensionKind(StrEnum):
    """What a dimension counts: what is used, what a contract grants, or both (`contract.both`)."""

    METERED = "metered"
    ENTITLED = "entitled"
    BOTH = "both"  # so much is bought in advance, and what is used beyond that is metered


_METERED = frozenset({DimensionKind.METERED, DimensionKind.BOTH})
_ENTITLED = frozenset({DimensionKind.ENTITLED, DimensionKind.BOTH})


class ValueType(StrEnum):
    """The type of an entitlement's value (section 6, MODEL)."""

    INTEGER = "integer"
    DOUBLE = "double"
    BOOLEAN = "boolean"
    STRING = "string"


_COUNTED = frozenset({ValueType.INTEGER, ValueType.DOUBLE})


@dataclass(frozen=True, slots=True)
class Dimension:
    """One thing that is sold; names are case-sensitive (`batch.dimension-case`).

    Attributes:
        unit_price: US dollars per unit, before an offer's own price, bought in advance or metered.
        value_type: of an entitled dimension's entitlements.

    """

    name: str
    kind: DimensionKind = DimensionKind.METERED
    unit_price: Decimal = Decimal(0)
    value_type: ValueType = ValueType.INTEGER

    @property
    def is_metered(self) -> bool:
        """Whether usage of it is metered: not if it is only entitled (`contract.overage`)."""
        return self.kind in _METERED

    @property
    def is_entitled(self) -> bool:
        """Whether agreements can grant it."""
        return self.kind in _ENTITLED


@dataclass(frozen=True, slots=True)
class NewProduct:
    """The command to put a product on sale; without a code, AWS chooses one.

    Attributes:
        regions: where its usage may be metered; empty is everywhere.
        registration_url: where a buyer's browser is sent with the registration token.

    """

    title: str
    mode: MeteringMode
    dimensions: tuple[Dimension, ...]
    code: str | None = None
    delivery: Delivery = Delivery.SAAS
    pricing: PricingModel = PricingModel.USAGE
    regions: tuple[str, ...] = ()
    registration_url: str | None = None


@dataclass(frozen=True)
class Product:
    """A product on AWS Marketplace."""

    product_code: str
    product_id: str
    title: str
    mode: MeteringMode
    dimensions: tuple[Dimension, ...]
    delivery: Delivery = Delivery.SAAS
    pricing: PricingModel = PricingModel.USAGE
    regions: tuple[str, ...] = ()
    registration_url: str | None = None

    @cached_property
    def dimension_names(self) -> tuple[str, ...]:
        """Name all dimensions."""
        return tuple(dimension.name for dimension in self.dimensions)

    @cached_property
    def metered_dimensions(self) -> frozenset[str]:
        """Name the dimensions that are metered."""
        return frozenset(dimension.name for dimension in self.dimensions if dimension.is_metered)

    def dimension(self, name: str) -> Dimension | None:
        """Find a dimension by its name."""
        return next((one for one in self.dimensions if one.name == name), None)


def list_product(products: Mapping[str, Product], new: NewProduct, *, entropy: bytes) -> Product:
    """Decide the product that the command creates; raise ControlError if it cannot be."""
    if not 1 <= len(new.title) <= TEXT_LENGTH_MAX:
        raise invalid(f"title must have 1 to {TEXT_LENGTH_MAX} characters")
    check_dimensions(new.dimensions, new.pricing)
    code = generate_code(entropy) if new.code is None else new.code
    if _PRODUCT_CODE.fullmatch(code) is None:
        raise invalid("product_code must have 1 to 255 letters, digits or any of - / = : _ . @")
    if not all(_REGION.fullmatch(region) for region in new.regions):
        raise invalid("regions must be names like eu-west-1")
    url = new.registration_url
    if url is not None and not is_web_address(url):
        raise invalid("registration_url must be an http or https address")
    if new.delivery is not Delivery.SAAS and new.mode is not MeteringMode.LEGACY:
        # MeterUsage and RegisterUsage know products by their code alone.
        raise invalid(f"{new.delivery} products are metered by product code: mode must be legacy")
    if code in products:
        raise conflict("ProductExists", f"there already is a product {code}")
    product_id = f"prod-{hashlib.sha256(b'product' + entropy).hexdigest()[:13]}"
    return Product(
        product_code=code,
        product_id=product_id,
        title=new.title,
        mode=new.mode,
        dimensions=new.dimensions,
        delivery=new.delivery,
        pricing=new.pricing,
        regions=new.regions,
        registration_url=url,
    )


def is_web_address(text: str) -> bool:
    """Tell whether a text is an address that a browser can be sent to."""
    return len(text) <= URL_LENGTH_MAX and bool(re.fullmatch(r"https?://[!-~]+", text, re.ASCII))


def generate_code(entropy: bytes) -> str:
    """Make letters and digits of AWS's own length out of entropy: a product or customer code."""
    digest = hashlib.sha256(entropy).digest()
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:_GENERATED_CODE_LENGTH])


def check_dimensions(dimensions: tuple[Dimension, ...], pricing: PricingModel) -> None:
    """Raise ControlError unless a product that is priced so can have these dimensions."""
    if not 1 <= len(dimensions) <= DIMENSIONS_MAX:
        raise invalid(f"dimensions must list 1 to {DIMENSIONS_MAX} names")
    if not all(1 <= len(dimension.name) <= TEXT_LENGTH_MAX for dimension in dimensions):
        raise invalid(f"each dimension must have 1 to {TEXT_LENGTH_MAX} characters")
    if len({dimension.name for dimension in dimensions}) != len(dimensions):
        raise invalid("dimensions must differ from each other")
    if not all(0 <= dimension.unit_price <= UNIT_PRICE_MAX for dimension in dimensions):
        raise invalid(f"unit_price must lie between 0 and {UNIT_PRICE_MAX}")
    for dimension in dimensions:
        if dimension.kind is DimensionKind.BOTH:
            _check_both(dimension, pricing)


def _check_both(dimension: Dimension, pricing: PricingModel) -> None:
    """Check what is entitled and metered: whose contract it is, and that units can be counted."""
    if pricing is not PricingModel.CONTRACT_WITH_CONSUMPTION:
        raise invalid(
            f"dimension {dimension.name!a} is of kind both, which needs pricing "
            f"{PricingModel.CONTRACT_WITH_CONSUMPTION}: the product has {pricing}"
        )
    if dimension.value_type not in _COUNTED:
        raise invalid(
            f"dimension {dimension.name!a} is of kind both, which needs value_type integer or "
            f"double: it has {dimension.value_type}"
        )
