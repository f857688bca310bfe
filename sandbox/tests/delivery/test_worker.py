"""A served sandbox lives by itself: time brings what it brings, and events find their way."""

import json
import logging
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from marketplace_sandbox.core.model.agreements import NewAgreement
from marketplace_sandbox.core.model.catalogue import Dimension, MeteringMode, NewProduct
from marketplace_sandbox.core.model.targets import NewTarget, TargetKind
from marketplace_sandbox.delivery.worker import ticking
from marketplace_sandbox.hosted import HostedMarketplace
from marketplace_sandbox.server import serve_beside
from marketplace_sandbox.state_file import StateFile
from tests.builders import Shop
from tests.receiver import receiving

PATIENCE_SECONDS = 10
ATLAS = NewProduct("Atlas", MeteringMode.LICENSE, (Dimension("api_calls"),), "atlas")


def test_an_event_reaches_its_target_without_any_call() -> None:
    marketplace = HostedMarketplace()
    with receiving() as receiver, serve_beside(marketplace):
        marketplace.desks.catalogue.list_product(ATLAS)
        marketplace.desks.events.add_target(NewTarget(TargetKind.HTTP, receiver.url))
        agreement = marketplace.desks.agreements.subscribe(NewAgreement("atlas"))
        assert receiver.is_asked.wait(PATIENCE_SECONDS)
        event = json.loads(receiver.requests[0][1])
        assert event["source"] == "aws.agreement-marketplace"
        assert event["detail"]["agreement"]["id"] == agreement.agreement_id


def test_what_falls_due_happens_though_nobody_calls(shop: Shop) -> None:
    shop.meter(shop.licensed_record())
    shop.now += timedelta(days=12)
    shop.marketplace.tick()
    assert "2026-11" in shop.marketplace._state.invoices


def test_a_tick_with_nothing_to_do_changes_nothing(shop: Shop) -> None:
    shop.marketplace.tick()
    before = shop.marketplace._steps
    shop.marketplace.tick()
    assert shop.marketplace._steps == before


def test_no_thread_outlives_its_server() -> None:
    before = set(threading.enumerate())  # other tests' servers may be at work
    with serve_beside(HostedMarketplace()):
        started = set(threading.enumerate()) - before
        assert "sandbox-post" in {thread.name for thread in started}
    assert not {thread for thread in started if thread.is_alive()}


def test_a_disk_that_fails_is_told_once_and_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "sandbox.json"
    in_the_way = path.with_name("sandbox.json.new")
    in_the_way.mkdir()
    marketplace = HostedMarketplace(state=StateFile(path))
    told = threading.Event()

    class Tell(logging.Handler):
        def emit(self, _: logging.LogRecord) -> None:
            told.set()

    handler = Tell()
    logging.getLogger("sandbox").addHandler(handler)
    try:
        with ticking(marketplace, tick_seconds=0.001):
            marketplace.desks.catalogue.list_product(ATLAS)
            assert told.wait(PATIENCE_SECONDS)
            assert marketplace.desks.catalogue.product("atlas").title == "Atlas"
    finally:
        logging.getLogger("sandbox").removeHandler(handler)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "cannot save to" in caplog.text
    in_the_way.rmdir()
    marketplace.close()
    assert path.exists()
