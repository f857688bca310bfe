"""Products on sale: their code, how they are metered, and their dimensions."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sandbox.marketplace.core.errors import ControlError, ControlProblem, invalid

_PRODUCT_CODE = re.compile(r"[-a-zA-Z0-9/=:_.@]{1,255}")  # ProductCode in the model
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
_GENERATED_CODE_LENGTH = 25  # what AWS's own product codes look like
TEXT_LENGTH_MAX = 255  # UsageDimension in the model; the sandbox holds titles to the same
DIMENSIONS_MAX = 200  # a limit of the sandbox


class MeteringMode(StrEnum):
    """How usage of a product names its buyer (section 2)."""

    LICENSE = "license"  # CustomerAWSAccountId + LicenseArn, no ProductCode
    LEGACY = "legacy"  # ProductCode + CustomerIdentifier or CustomerAWSAccountId


@dataclass(frozen=True, slots=True)
class NewProduct:
    """The command to put a product on sale; without a code, AWS chooses one."""

    title: str
    mode: MeteringMode
    dimensions: tuple[str, ...]
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """A SaaS product with usage dimensions, which are case-sensitive (section 1.1, SKILL)."""

    product_code: str
    title: str
    mode: MeteringMode
    dimensions: tuple[str, ...]


def list_product(products: Mapping[str, Product], new: NewProduct, *, entropy: bytes) -> Product:
    """Decide the product that the command creates; raise ControlError if it cannot be."""
    if not 1 <= len(new.title) <= TEXT_LENGTH_MAX:
        raise invalid(f"title must have 1 to {TEXT_LENGTH_MAX} characters")
    if not 1 <= len(new.dimensions) <= DIMENSIONS_MAX:
        raise invalid(f"dimensions must list 1 to {DIMENSIONS_MAX} names")
    if not all(1 <= len(dimension) <= TEXT_LENGTH_MAX for dimension in new.dimensions):
        raise invalid(f"each dimension must have 1 to {TEXT_LENGTH_MAX} characters")
    if len(set(new.dimensions)) != len(new.dimensions):
        raise invalid("dimensions must differ from each other")
    code = generate_code(entropy) if new.code is None else new.code
    if _PRODUCT_CODE.fullmatch(code) is None:
        raise invalid("code must have 1 to 255 letters, digits or any of - / = : _ . @")
    if code in products:
        raise ControlError(
            ControlProblem.CONFLICT, "ProductExists", f"there already is a product {code}"
        )
    return Product(code, new.title, new.mode, new.dimensions)


def generate_code(entropy: bytes) -> str:
    """Make letters and digits of AWS's own length out of entropy: a product or customer code."""
    digest = hashlib.sha256(entropy).digest()
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:_GENERATED_CODE_LENGTH])
