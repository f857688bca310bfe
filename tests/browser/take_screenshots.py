"""Take a picture of each page of `meterhouse console`, of a stack where something has happened."""

import sys
from datetime import UTC, datetime

from loopback_console.serving import running_beside
from loopback_console.testing.pictures import take_pictures
from loopback_console.testing.visiting import Visitor

from operations.alarms import AlarmRow, AlarmsAnswer, AlarmState
from operations.console.app import build_app
from tests.fakes.meterhouse import HOUR, NOON
from tests.integration.operations.console.filled_stack import FilledStack, filled_stack
from tests.integration.operations.console.walking import one_of_each, walk
from tests.template.cloudformation import resources
from tests.unit.repository import REPOSITORY

FOLDER = REPOSITORY / ".local" / "screenshots" / "meterhouse"
HOURS = 46
RAISED_AT = datetime(2026, 11, 19, 7, 22, tzinfo=UTC)
RAISED = {"RecordsRejectedAlarm": "4.0 was greater than the threshold (0.0)"}


def fill(filled: FilledStack) -> None:
    """Let four buyers use a product for two days, while a few things go wrong."""
    house = filled.house
    buyers = [house.buyer() for _ in range(4)]
    for passed in range(HOURS):
        house.hour_at = NOON + passed * HOUR
        house.clock.move_to(house.hour_at + 1.4 * HOUR)
        events = []
        for number, buyer in enumerate(buyers, start=1):
            calls = (1_000 + 700 * ((passed * 7 + number * 5) % 11)) * number
            events.append(house.event(buyer, f"calls-{passed}", quantity=calls))
            stored = f"{number * 12 + passed % 4}.5"
            events.append(
                house.event(buyer, f"stored-{passed}", dimension="gigabytes", quantity=stored)
            )
        if passed in {17, 18}:
            # As AWS Marketplace does not have it.
            events += [
                house.event(one, f"wrong-{passed}", dimension="api-calls", quantity=4_200)
                for one in buyers[:2]
            ]
        if passed == HOURS - 20:
            events.append(house.event(house.subscribe(), "early", quantity=310))
        if passed == HOURS - 2:
            house.marketplace.inject_fault("internal_error_before", count=1_000)
        house.drain(*events)
        house.reconcile()
    filled.know_all()
    faults: tuple[dict[str, object], ...] = (
        {"quantity": -5},
        {"quantity": "12,5"},
        {"time": "yesterday"},
    )
    for number, fault in enumerate(faults):
        filled.reject(f"message-{number}", house.event(buyers[number], f"event-{number}") | fault)
    filled.stack.at = house.clock.now()
    filled.stack.of_alarms = _alarms


def _alarms() -> AlarmsAnswer:
    names = resources("AWS::CloudWatch::Alarm")
    quiet = [AlarmRow(one, AlarmState.OK, None, "") for one in names if one not in RAISED]
    raised = [AlarmRow(one, AlarmState.ALARM, RAISED_AT, why) for one, why in RAISED.items()]
    return AlarmsAnswer(alarms=(*raised, *quiet))


def main(arguments: list[str]) -> int:
    """Take all pictures, or those that are named."""
    with filled_stack() as filled:
        fill(filled)
        app = build_app(filled.stack, may_change=True)
        addresses = one_of_each(walk(Visitor(app)))
        pages = {path[1:].replace("/", "-") or "overview": one for path, one in addresses.items()}
        with running_beside(app, name="console") as url:
            take_pictures(arguments, url, pages, folder=FOLDER)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
