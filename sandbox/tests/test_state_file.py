"""A sandbox kept in a file: one at a time, saved as a whole, never started from a broken one."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from marketplace_sandbox.core.model.agreements import NewAgreement
from marketplace_sandbox.core.model.catalogue import Dimension, MeteringMode, NewProduct
from marketplace_sandbox.core.model.errors import ControlError
from marketplace_sandbox.core.model.faults import FaultKind, NewFault
from marketplace_sandbox.core.model.operation import Operation
from marketplace_sandbox.core.model.readings import Readings, SameRecordAgain
from marketplace_sandbox.delivery.transports import UnreachedError
from marketplace_sandbox.desks.events import EventsDesk
from marketplace_sandbox.hosted import HostedMarketplace
from marketplace_sandbox.in_process import counted_entropy
from marketplace_sandbox.state_file import StateFile, StateFileError
from tests.builders import AN_HOUR, NOON_AT
from tests.mail import QUEUE, Mailbox

ATLAS = NewProduct("Atlas", MeteringMode.LICENSE, (Dimension("api_calls"),), "atlas")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sandbox.json"


@contextmanager
def hosted(path: Path, **options: Any) -> Iterator[HostedMarketplace]:
    options = {"clock": lambda: NOON_AT, "entropy": counted_entropy("file")} | options
    marketplace = HostedMarketplace(state=StateFile(path), **options)
    try:
        yield marketplace
    finally:
        marketplace.close()


def test_a_sandbox_that_is_started_again_knows_everything(path: Path) -> None:
    with hosted(path) as marketplace:
        product = marketplace.desks.catalogue.list_product(ATLAS)
        agreement = marketplace.desks.agreements.subscribe(NewAgreement(product.product_code))
    with hosted(path) as marketplace:
        assert marketplace.desks.catalogue.products() == (product,)
        assert marketplace.desks.agreements.agreement(agreement.agreement_id) == agreement


def test_a_save_is_on_the_disk_when_it_returns(path: Path) -> None:
    with hosted(path) as marketplace:
        marketplace.desks.faults.script(NewFault(Operation.BATCH_METER_USAGE, FaultKind.THROTTLE))
        saved = marketplace.desks.saved_state.save()
        assert saved.size_bytes == path.stat().st_size
        assert saved.path == marketplace.desks.saved_state.path() == path.resolve()
        assert [json.loads(line) for line in path.read_text().splitlines()][-1].keys() == {"lines"}
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_tick_saves_what_changed_and_nothing_else(path: Path) -> None:
    with hosted(path) as marketplace:
        marketplace.tick()
        assert not path.exists()
        marketplace.desks.clock.freeze()
        marketplace.tick()
        saved_ns = path.stat().st_mtime_ns
        marketplace.tick()
        assert path.stat().st_mtime_ns == saved_ns


def test_the_command_line_is_stronger_than_the_file(path: Path) -> None:
    with hosted(path, metering_calls_per_second=3) as marketplace:
        marketplace.desks.facts.set_reading("same_record_again", "duplicate_record")
    with hosted(path, metering_calls_per_second=9) as marketplace:
        assert marketplace._state.metering_calls_per_second == 9
        assert marketplace._state.readings.same_record_again is SameRecordAgain.DUPLICATE_RECORD
    with hosted(path, readings=Readings()) as marketplace:
        assert marketplace._state.readings == Readings()


def test_a_frozen_clock_still_stands_and_a_running_one_went_on(path: Path) -> None:
    with hosted(path) as marketplace:
        marketplace.desks.clock.freeze()
    with hosted(path, clock=lambda: NOON_AT + AN_HOUR) as marketplace:
        assert marketplace.now() == NOON_AT
        marketplace.desks.clock.resume()
    with hosted(path, clock=lambda: NOON_AT + 3 * AN_HOUR) as marketplace:
        assert marketplace.now() == NOON_AT + 2 * AN_HOUR


def test_what_waited_to_be_delivered_is_delivered_by_the_one_that_takes_over(path: Path) -> None:
    mailbox = Mailbox(error=UnreachedError("nobody there"))
    with hosted(path) as marketplace:
        marketplace.desks.catalogue.list_product(ATLAS)
        post = EventsDesk(marketplace.step, send=mailbox.send)
        post.add_target(QUEUE)
        marketplace.desks.agreements.subscribe(NewAgreement("atlas"))
        post.deliver_due()
    mailbox.error = None
    with hosted(path, clock=lambda: NOON_AT + AN_HOUR) as marketplace:
        events = marketplace.desks.events.events()
        EventsDesk(marketplace.step, send=mailbox.send).deliver_due()
        assert mailbox.sequences() == [event.sequence for event in events]
        assert marketplace.desks.events.deliveries()[0].attempt == 1
        assert marketplace.desks.events.deliveries()[1].attempt == 2


def test_a_closed_sandbox_gives_its_file_away_for_good(path: Path) -> None:
    with hosted(path) as marketplace:
        marketplace.close()
        marketplace.desks.clock.freeze()
        assert marketplace.desks.saved_state.save_if_due() is None
        with hosted(path):
            pass


def test_two_sandboxes_do_not_share_a_file(path: Path) -> None:
    with (
        hosted(path),
        pytest.raises(StateFileError, match="another sandbox uses"),
        hosted(path),
    ):
        pass
    with hosted(path):
        pass


def broken(path: Path) -> dict[str, bytes]:
    with hosted(path):
        pass
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    return {
        "empty": b"",
        "not JSON": b"products:\n",
        "not ASCII": "{ü}".encode(),
        "another format": b'{"format": "a shop"}\n',
        "not an object": b"[]\n",
        "cut off": b"".join(lines[:-1]),
        "half a line": whole[: len(whole) // 2],
        "a line lost": b"".join(lines[:3] + lines[4:]),
        "a line too many": whole + lines[1],
        "an unknown field": whole.replace(b'["seller_account_id"', b'["owner"'),
        "another type": whole.replace(b'["events_emitted",0]', b'["events_emitted","0"]'),
        "nested without end": lines[0] + b"[" * 100_000 + b"]" * 100_000 + b"\n",
    }


@pytest.mark.parametrize(
    "damage",
    [
        "empty",
        "not JSON",
        "not ASCII",
        "another format",
        "not an object",
        "cut off",
        "half a line",
        "a line lost",
        "a line too many",
        "an unknown field",
        "another type",
        "nested without end",
    ],
)
def test_a_broken_file_is_named_and_left_as_it_is(path: Path, damage: str) -> None:
    content = broken(path)[damage]
    path.write_bytes(content)
    file = StateFile(path)
    with pytest.raises(StateFileError, match=r"^cannot start from .*: .+"):
        file.load(machine_now=NOON_AT)
    file.close()
    assert path.read_bytes() == content


def test_a_file_of_another_version_says_so(path: Path) -> None:
    with hosted(path):
        pass
    path.write_text(path.read_text().replace('"version":2', '"version":1'))
    with pytest.raises(StateFileError, match="it has version 1, and this sandbox reads version 2"):
        HostedMarketplace(state=StateFile(path))


def test_an_older_file_without_a_new_field_is_read(path: Path) -> None:
    with hosted(path):
        pass
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    lines = [
        line for line in lines if not (isinstance(line, list) and line[0] == "months_to_close")
    ]
    later = {"months_to_close", "events_emitted"}
    lines = [line for line in lines if not (isinstance(line, list) and line[0] in later)]
    lines[-1] = {"lines": len(lines) - 2}
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with hosted(path) as marketplace:
        assert marketplace._state.events_emitted == 0


def test_a_file_that_cannot_be_written_is_named_and_the_old_one_stays(path: Path) -> None:
    with hosted(path) as marketplace:
        marketplace.desks.saved_state.save()
        before = path.read_bytes()
        in_the_way = path.with_name(f"{path.name}.new")
        in_the_way.mkdir()
        with pytest.raises(ControlError, match="cannot save to"):
            marketplace.desks.saved_state.save()
        assert path.read_bytes() == before
        in_the_way.rmdir()


def test_a_directory_that_is_not_there_is_named(path: Path) -> None:
    with pytest.raises(StateFileError, match="cannot write"):
        StateFile(path / "nowhere" / "file")


def test_without_a_file_there_is_nothing_to_save() -> None:
    marketplace = HostedMarketplace()
    assert marketplace.desks.saved_state.path() is None
    assert marketplace.desks.saved_state.save_if_due() is None
    with pytest.raises(ControlError):
        marketplace.desks.saved_state.save()
    marketplace.close()
