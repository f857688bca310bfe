"""A file of what a sandbox begins with: it is carried out whole, or refused with the place."""

import json
from pathlib import Path

import pytest

from marketplace_sandbox.hosted import HostedMarketplace
from marketplace_sandbox.seed import SeedError, plant_seed
from tests.builders import ACCOUNT, NOON_AT
from tests.typed_pages import README, code_under

PRODUCT = "products: [{title: Atlas, code: atlas, dimensions: [calls]}]\n"


@pytest.fixture
def marketplace() -> HostedMarketplace:
    return HostedMarketplace(clock=lambda: NOON_AT)


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    return tmp_path / "shop.yaml"


def refusal(seed: Path, text: str) -> str:
    seed.write_text(text)
    with pytest.raises(SeedError) as caught:
        plant_seed(HostedMarketplace(clock=lambda: NOON_AT), seed)
    begin = f"cannot start from {seed}: "
    assert str(caught.value).startswith(begin)
    return str(caught.value).removeprefix(begin)


def test_what_the_readme_shows_is_there_at_the_start(
    marketplace: HostedMarketplace, seed: Path
) -> None:
    seed.write_text(code_under(README, "A shop to begin with"))
    plant_seed(marketplace, seed)

    desks = marketplace.desks
    (product,) = desks.catalogue.products()
    assert [(one.name, str(one.unit_price)) for one in product.dimensions] == [
        ("api_calls", "0.002"),
        ("reports", "0"),
    ]
    (private,) = [one for one in desks.catalogue.offers() if one.buyer_account_ids]
    accepted, other = desks.agreements.agreements()
    assert (accepted.customer_aws_account_id, accepted.offer_id) == (
        "777788889999",
        private.offer_id,
    )
    assert other.customer_aws_account_id == ACCOUNT
    assert other.starts_at.isoformat() == "2026-11-22T18:00:00+00:00"
    (fault,) = desks.faults.faults()
    assert (str(fault.kind), fault.remaining) == ("throttle", 2)


def test_json_does_as_well(marketplace: HostedMarketplace, tmp_path: Path) -> None:
    seed = tmp_path / "shop.json"
    products = [{"title": "Atlas", "code": "atlas", "dimensions": ["calls"]}]
    seed.write_text("\ufeff" + json.dumps({"products": products}, indent="\t"), encoding="utf-8")
    plant_seed(marketplace, seed)
    assert [one.product_code for one in marketplace.desks.catalogue.products()] == ["atlas"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "it must map products, offers, agreements or faults to lists"),
        ("- products", "it must map products, offers, agreements or faults to lists"),
        ("product: []", "unknown part 'product': did you mean 'products'?"),
        ("7: []", "unknown part 7: there are products, offers, agreements, faults"),
        ("products: {title: Atlas}", "products must be a list"),
        ("products: [Atlas]", "products.0 must map fields to values, such as title: Atlas"),
        ("products: [", "line 1: expected the node content, but found '<stream end>'"),
        (
            "faults: []\nproducts: []\nfaults: []",
            'line 3: found duplicate key "faults" with value "[]" (original value: "[]")',
        ),
        (
            "faults: [!!python/name:os.system x]",
            (
                "line 1: could not determine a constructor for the tag "
                "'tag:yaml.org,2002:python/name:os.system'"
            ),
        ),
        ("products: [{title: Atlas}]", "products.0: dimensions is required"),
        (
            "products: [{title: Atlas, dimension: [calls]}]",
            "products.0: unknown field 'dimension': did you mean 'dimensions'?",
        ),
        (
            PRODUCT + "agreements: [{product_code: atlsa}]",
            "agreements.0: there is no product atlsa",
        ),
        (
            PRODUCT + "agreements: [{product_code: atlas, customer_aws_account_id: 444455556666}]",
            (
                "agreements.0: customer_aws_account_id must be a string of printable characters: "
                "write it in quotes"
            ),
        ),
        (
            PRODUCT + "offers: [{product_code: atlas, agreements: [{}, {starts_at: 2026-11-22}]}]",
            (
                "offers.0.agreements.1: starts_at must be an ISO 8601 time with an offset, "
                "like 2026-11-22T18:00:00Z"
            ),
        ),
        (
            PRODUCT + "offers: [{product_code: atlas, agreements: me}]",
            "offers.0.agreements must be",
        ),
        ("faults: [{kind: throttle, count: .inf}]", "faults.0: Out of range float values"),
        ("faults: [{kind: !!binary aGFsbG8=}]", "faults.0: b'hallo' is nothing that JSON knows"),
        ("faults: [&it {kind: *it}]", "faults.0: Circular reference detected"),
    ],
)
def test_a_bad_file_is_refused_with_the_place(seed: Path, text: str, sentence: str) -> None:
    assert refusal(seed, text).startswith(sentence)


def test_what_is_no_file_of_text_is_refused(marketplace: HostedMarketplace, tmp_path: Path) -> None:
    missing, binary = tmp_path / "missing.yaml", tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    for path, sentence in ((missing, "No such file"), (binary, "it is not written in UTF-8")):
        with pytest.raises(SeedError, match=f"{path.name}: {sentence}"):
            plant_seed(marketplace, path)
