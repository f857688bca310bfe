import uuid
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from bench.deployment import REGION, access_environment, environment
from bench.emulation import emulated_account
from tests.bench.laboratory import Laboratory


@pytest.fixture
def moto_laboratory() -> Iterator[Laboratory]:
    with mock_aws(), environment(access_environment(None, None)):
        yield Laboratory(boto3.Session(region_name=REGION), uuid.uuid4().hex[:8])


@pytest.fixture(scope="module")
def emulator_url() -> Iterator[str]:
    with emulated_account() as url:
        yield url


@pytest.fixture
def emulator_laboratory(emulator_url: str) -> Iterator[Laboratory]:
    with environment(access_environment(emulator_url, None)):
        yield Laboratory(boto3.Session(region_name=REGION), uuid.uuid4().hex[:8])
