"""A shop's marketplace behind a port, for raw requests and for boto3 itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import httpx
from botocore.config import Config

from marketplace_sandbox.server import serve_beside
from tests.builders import Shop


@contextmanager
def client_of(
    url: str, service: str, *, key: str = "anything", region: str = "us-east-1", **keys: str
) -> Iterator[Any]:
    """Give boto3's own client for a served marketplace."""
    client = boto3.client(
        service,  # type: ignore[call-overload]  # the stubs know single names only
        endpoint_url=url,
        region_name=region,
        aws_access_key_id=key,
        **{"aws_secret_access_key": "goes"} | keys,
        config=Config(retries={"total_max_attempts": 1}),
    )
    try:
        yield client
    finally:
        client.close()


@contextmanager
def raw_client(shop: Shop) -> Iterator[httpx.Client]:
    """Serve a shop and give a client for requests that no SDK would send."""
    with serve_beside(shop.marketplace) as url, httpx.Client(base_url=url) as client:
        yield client
