"""A use case leaves as much time for an access as its client may take, with all its tries."""

from types import SimpleNamespace
from typing import Any

from botocore.config import Config
from botocore.retries.standard import ExponentialBackoff, RetryContext

from meterhouse.adapters.agreements import CONTACTS_CONFIG
from meterhouse.adapters.assumed_role import ROLE_CONFIG
from meterhouse.adapters.entitlements import (
    ENTITLEMENTS_CONFIG,
    PAGE_CONFIG,
    PAGE_PAGES_MAX,
)
from meterhouse.adapters.marketplace import METERING_CONFIG
from meterhouse.adapters.usage_queue import CALL_SECONDS_MAX, NOTE_SECONDS_MAX
from meterhouse.runtime import clients
from meterhouse.use_cases.billing.send_records import CALL_SECONDS_MIN
from meterhouse.use_cases.journal.append_usage import WRITE_SECONDS_MIN
from meterhouse.use_cases.subscriptions import (
    announce_changes,
    sweep_entitlements,
    track_agreements,
)
from meterhouse.use_cases.subscriptions.register_customer import (
    CONTACT_SECONDS_MIN,
    ENTITLEMENTS_SECONDS_MIN,
)
from tests.template.cloudformation import FUNCTION, resources


def seconds_at_worst(config: Config) -> float:
    """Return how long a call takes of which each try is answered as late as can be: throttled."""
    settings: Any = config
    tries = settings.retries["total_max_attempts"]
    detector: Any = SimpleNamespace(is_throttling_error_from_context=lambda _: True)
    backoff = ExponentialBackoff(random=lambda: 1.0, throttling_detector=detector)
    pauses = (
        backoff.delay_amount(RetryContext(attempt_number=number)) for number in range(1, tries)
    )
    return float(tries * (settings.connect_timeout + settings.read_timeout) + sum(pauses))


def test_an_access_to_a_table_takes_no_longer_than_its_caller_waits() -> None:
    assert seconds_at_worst(clients.TABLE_CONFIG) <= min(WRITE_SECONDS_MIN, NOTE_SECONDS_MAX)


def test_an_access_to_a_queue_takes_no_longer_than_its_caller_waits() -> None:
    assert seconds_at_worst(clients.QUEUE_CONFIG) <= CALL_SECONDS_MAX


def test_a_call_of_metering_with_a_role_before_it_takes_no_longer_than_is_left_for_it() -> None:
    assert seconds_at_worst(ROLE_CONFIG) + seconds_at_worst(METERING_CONFIG) <= CALL_SECONDS_MIN


def test_a_buyers_page_is_told_that_a_role_is_not_answered_before_its_time_is_over() -> None:
    assert (
        seconds_at_worst(ROLE_CONFIG) < resources(FUNCTION)["RegisterCustomerFunction"]["Timeout"]
    )


def test_putting_events_takes_no_longer_than_its_caller_waits() -> None:
    # The client of EventBridge has the rules of those of queues.
    assert seconds_at_worst(clients.QUEUE_CONFIG) <= announce_changes.CALL_SECONDS_MIN


def test_whom_a_buyer_named_is_asked_in_less_time_than_is_left_for_it_and_the_page() -> None:
    assert seconds_at_worst(CONTACTS_CONFIG) < CONTACT_SECONDS_MIN


def test_what_contracts_hold_is_asked_in_less_time_than_is_left_for_it() -> None:
    assert seconds_at_worst(PAGE_CONFIG) * PAGE_PAGES_MAX < ENTITLEMENTS_SECONDS_MIN
    assert seconds_at_worst(ENTITLEMENTS_CONFIG) < track_agreements.ASK_SECONDS_MIN
    assert seconds_at_worst(ENTITLEMENTS_CONFIG) < sweep_entitlements.SECONDS_KEPT
