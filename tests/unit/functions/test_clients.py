"""Which clients a function makes, and when: each takes time while somebody waits."""

import copy
from datetime import UTC, datetime
from threading import Barrier, Thread

import pytest

from meterhouse.runtime import clients
from tests.unit.functions.conftest import Deployment
from tests.unit.functions.lambda_events import get_request, post_request, token_form
from tests.unit.functions.test_drain_usage import billed, buyer, drain, usage
from tests.unit.functions.test_reconcile_usage import reconcile
from tests.unit.functions.test_register_customer import call, token_of


@pytest.fixture
def made(deployment: Deployment) -> list[str]:  # noqa: ARG001 - its environment leads to moto
    """List the clients that are made, as botocore tells of them."""
    names: list[str] = []

    def note(class_attributes: dict[str, object], event_name: str, **_: object) -> None:
        assert class_attributes
        names.append(event_name.removeprefix("creating-client-class."))

    clients.session().get_component("event_emitter").register("creating-client-class", note)
    return names


def test_the_page_for_a_visitor_needs_no_client(made: list[str]) -> None:
    assert call(get_request())["statusCode"] == 200

    assert made == []


def test_a_buyer_who_brings_a_token_needs_the_marketplace_and_the_table(
    deployment: Deployment, made: list[str]
) -> None:
    for _ in range(2):
        assert call(post_request(token_form(token_of(deployment))))["statusCode"] == 200

    assert sorted(made) == ["dynamodb", "marketplace-metering"]


def test_a_drain_of_an_hour_that_is_open_needs_the_table_alone(
    deployment: Deployment, made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SETTLE_MINUTES", "120")

    assert drain(usage_of_now()) == []

    assert made == ["dynamodb"]
    assert deployment.items(deployment.usage_table)


def test_a_drain_that_bills_needs_one_client_of_each_service(
    deployment: Deployment, made: list[str]
) -> None:
    agreement = buyer(deployment)
    made.clear()

    assert drain(usage(agreement)) == []

    assert billed(deployment)
    # The table's was made when the buyer registered.
    assert sorted(made) == ["marketplace-metering", "sqs"]


def test_a_scheduled_run_without_work_needs_the_table_alone(made: list[str]) -> None:
    assert reconcile()["due"] == 0

    assert made == ["dynamodb"]


@pytest.mark.usefixtures("deployment")
def test_threads_that_need_a_client_at_the_same_time_share_one(made: list[str]) -> None:
    threads_count = 8
    together, client = Barrier(threads_count), clients.sqs()

    def ask() -> None:
        together.wait()
        assert client.meta.service_model.service_name == "sqs"

    threads = [Thread(target=ask) for _ in range(threads_count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert made == ["sqs"]


@pytest.mark.usefixtures("deployment")
def test_what_is_asked_of_every_object_makes_no_client(made: list[str]) -> None:
    client = clients.sqs()

    assert not hasattr(client, "__len__")
    assert made == []
    assert isinstance(copy.copy(client), clients.OnDemand)
    assert made == []


def usage_of_now() -> dict[str, object]:
    return {
        "id": "e1",
        "subscription": "arn:aws:license-manager::294406891311:license:l-5f2c8f6d1b0e4a7c9d3e2f1a",
        "dimension": "api_calls",
        "quantity": 3,
        "time": datetime.now(UTC).isoformat(),
    }
