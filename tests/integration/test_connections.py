"""How the functions' clients connect to AWS: by TLS, with authorities that are read once."""

from collections.abc import Iterator

import pytest
from botocore import httpsession
from botocore.exceptions import SSLError

from bench.canned_aws import CannedAws, canned_aws
from meterhouse.runtime import clients

CACHES = (clients.session, clients.trusting_context, clients.dynamodb, clients.events)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[CannedAws]:
    """Lead the clients to a server that they trust; whoever was trusted before is forgotten."""
    variables = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "NO_PROXY": "*",
    }
    as_ever = httpsession.create_urllib3_context
    monkeypatch.setattr(httpsession, "create_urllib3_context", as_ever)
    with canned_aws() as server:
        variables |= {"AWS_ENDPOINT_URL": server.url, "AWS_CA_BUNDLE": str(server.authorities)}
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        forget()
        yield server
        forget()


def forget() -> None:
    for cached in CACHES:
        cached.cache_clear()


def put() -> None:
    clients.dynamodb().put_item(TableName="usage", Item={"pk": {"S": "1"}})


def tell() -> None:
    clients.events().put_events(Entries=[{"Source": "a", "DetailType": "b", "Detail": "{}"}])


def test_all_connections_of_all_clients_read_once_whom_to_trust(aws: CannedAws) -> None:
    put()
    aws.authorities.unlink()
    tell()

    assert aws.operations == ["PutItem", "PutEvents"]


def test_a_server_whom_nobody_vouches_for_is_told_nothing(
    aws: CannedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_CA_BUNDLE")

    with pytest.raises(SSLError, match="certificate verify failed"):
        tell()

    assert aws.operations == []


def test_a_server_under_another_name_is_told_nothing(
    aws: CannedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url.replace("127.0.0.1", "localhost"))

    with pytest.raises(SSLError, match="localhost"):
        tell()

    assert aws.operations == []
