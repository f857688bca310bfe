"""Where a service answers: rule `region.services`."""

import pytest
from botocore.exceptions import ClientError
from botocore.session import Session

from marketplace_sandbox.core.model.operation import AGREEMENT, ENTITLEMENT, Operation
from marketplace_sandbox.server import serve_beside
from tests.builders import Shop, code_of
from tests.served_shop import client_of


@pytest.mark.parametrize(
    ("service", "method", "parameters"),
    [
        (ENTITLEMENT, "get_entitlements", {"ProductCode": "licensed"}),
        (AGREEMENT, "describe_agreement", {}),
        (AGREEMENT, "get_agreement_contacts", {}),
    ],
)
def test_a_service_answers_in_its_own_regions_alone(
    shop: Shop, service: str, method: str, parameters: dict[str, str]
) -> None:
    asked = parameters or {"agreementId": shop.licensed.agreement_id}
    with serve_beside(shop.marketplace) as url:
        for region in ("us-east-1", "eusc-de-east-1"):
            with client_of(url, service, region=region) as aws:
                getattr(aws, method)(**asked)
            assert shop.marketplace.calls()[-1].region == region
            getattr(shop.marketplace.as_caller(region=region), method)(**asked)
            assert shop.marketplace.calls()[-1].region == region
        with (
            client_of(url, service, region="eu-west-1") as aws,
            pytest.raises(ClientError) as caught,
        ):
            getattr(aws, method)(**asked)
    error = caught.value.response["Error"]
    assert error["Code"] == "InvalidSignatureException"
    assert "not 'eu-west-1'" in error["Message"]
    assert "us-east-1" in error["Message"]
    elsewhere = shop.marketplace.as_caller(region="us-west-2")
    refused = code_of(lambda: getattr(elsewhere, method)(**asked))
    assert refused == "InvalidSignatureException"


@pytest.mark.parametrize("service", [ENTITLEMENT, AGREEMENT])
def test_the_regions_of_a_service_are_those_of_aws(service: str) -> None:
    session = Session()
    known = {
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions(service, partition)
    }
    told = {one.about.regions for one in Operation if one.about.service == service}
    assert told == {frozenset(known)}
