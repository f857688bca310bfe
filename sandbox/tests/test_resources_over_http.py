"""boto3 with the keys of what was launched is that resource."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import jwt
import pytest

from marketplace_sandbox.core.model.callers import Platform, Resource
from marketplace_sandbox.server import serve_beside
from tests.builders import code_of
from tests.estate import Estate


@pytest.fixture
def estate() -> Estate:
    return Estate()


@pytest.fixture
def address(estate: Estate) -> Iterator[str]:
    with serve_beside(estate.marketplace) as address:
        yield address


def client_of(resource: Resource, address: str, *, region: str | None = None) -> Any:
    return boto3.client(
        "meteringmarketplace",
        endpoint_url=address,
        region_name=region or resource.region,
        aws_access_key_id=resource.access_key_id,
        aws_secret_access_key=resource.secret_access_key,
        aws_session_token=resource.session_token,
    )


def usage(estate: Estate, resource: Resource) -> dict[str, Any]:
    return {
        "ProductCode": resource.product_code,
        "Timestamp": estate.now - timedelta(minutes=1),
        "UsageDimension": "scans",
        "UsageQuantity": 5,
    }


def test_a_session_that_lets_boto3_make_its_tokens_adds_up(estate: Estate, address: str) -> None:
    session = estate.launch(Platform.AGENTCORE, region="eu-west-1")
    client = client_of(session, address)
    ids = {client.meter_usage(**usage(estate, session))["MeteringRecordId"] for _ in range(2)}
    assert len(ids) == 2
    assert {line.resource_id for line in estate.marketplace.bill()} == {session.resource_id}


def test_an_instance_that_lets_boto3_make_its_tokens_meters_the_hour_once(
    estate: Estate, address: str
) -> None:  # MODEL: on EC2 the hour tells requests apart, not the token
    instance = estate.launch(Platform.EC2)
    client = client_of(instance, address)
    ids = {client.meter_usage(**usage(estate, instance))["MeteringRecordId"] for _ in range(2)}
    assert len(ids) == 1


def test_the_region_of_the_client_is_the_region_of_the_endpoint(
    estate: Estate, address: str
) -> None:
    instance = estate.launch(Platform.EC2)
    client = client_of(instance, address, region="eu-west-1")
    assert (
        code_of(lambda: client.meter_usage(**usage(estate, instance)))
        == "InvalidEndpointRegionException"
    )


def test_a_dry_run_is_an_error_of_the_client(estate: Estate, address: str) -> None:
    instance = estate.launch(Platform.EC2)
    client = client_of(instance, address)
    assert (
        code_of(lambda: client.meter_usage(**usage(estate, instance), DryRun=True))
        == "DryRunOperation"
    )


def test_a_task_registers_and_verifies_its_signature(estate: Estate, address: str) -> None:
    task = estate.launch(Platform.ECS)
    estate.marketplace.desks.resources.rotate_public_key()
    answer = client_of(task, address).register_usage(
        ProductCode="container", PublicKeyVersion=1, Nonce="a nonce"
    )
    assert answer["PublicKeyRotationTimestamp"] == estate.now
    options: Any = {"verify_iat": False}
    claims = jwt.decode(
        answer["Signature"],
        estate.marketplace.desks.resources.public_key(1),
        algorithms=["PS256"],
        options=options,
    )
    assert claims["nonce"] == "a nonce"


def test_a_stopped_instance_has_expired_keys(estate: Estate, address: str) -> None:
    instance = estate.launch(Platform.EC2)
    client = client_of(instance, address)
    estate.marketplace.desks.resources.stop(instance.resource_id)
    assert code_of(lambda: client.meter_usage(**usage(estate, instance))) == "ExpiredTokenException"
