from datetime import timedelta

from meterhouse.domain.hours import deadline_of
from meterhouse.domain.identity import (
    LegacyCustomerIdentity,
    LicenseIdentity,
    SubscriptionKey,
)
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.subscriptions import Subscription
from meterhouse.domain.waves import WAVE_RECORDS_MAX, form_waves
from tests.fakes.meterhouse import HOUR, NOON


def _subscription(name: str, product: str, *, legacy: bool = False) -> Subscription:
    identity = (
        LegacyCustomerIdentity(product, name)
        if legacy
        else LicenseIdentity("123456789012", f"arn:aws:license-manager::1:license:{name}")
    )
    return Subscription(SubscriptionKey(name), product, identity)


def _keys(name: str, count: int) -> list[RecordKey]:
    return [RecordKey(SubscriptionKey(name), f"d{number}", NOON) for number in range(count)]


def test_a_wave_holds_one_product() -> None:
    known = {
        SubscriptionKey("a"): _subscription("a", "first"),
        SubscriptionKey("b"): _subscription("b", "second"),
        SubscriptionKey("c"): _subscription("c", "first"),
    }
    keys = [*_keys("a", 3), *_keys("b", 3), *_keys("c", 3)]

    waves = form_waves(keys, known)

    products = [{known[key.subscription].product_code for key in wave} for wave in waves]
    assert sorted(map(sorted, products)) == [["first"], ["second"]]


def test_license_and_legacy_mode_of_one_product_are_apart() -> None:
    known = {
        SubscriptionKey("a"): _subscription("a", "one"),
        SubscriptionKey("b"): _subscription("b", "one", legacy=True),
    }

    assert len(form_waves([*_keys("a", 1), *_keys("b", 1)], known)) == 2


def test_every_record_is_in_exactly_one_wave_and_only_the_last_is_not_full() -> None:
    known = {SubscriptionKey("a"): _subscription("a", "one")}
    keys = _keys("a", 2 * WAVE_RECORDS_MAX + 7)

    waves = form_waves(reversed(keys), known)

    assert [len(wave) for wave in waves] == [WAVE_RECORDS_MAX, WAVE_RECORDS_MAX, 7]
    assert sorted(key for wave in waves for key in wave) == sorted(keys)


def test_the_soonest_deadline_goes_first() -> None:
    keys = [
        RecordKey(SubscriptionKey(name), "d", NOON + timedelta(hours=hours))
        for name, hours in (("a", 3), ("b", 1), ("c", 2), ("d", 0))
    ]
    known = {key.subscription: _subscription(key.subscription, "one") for key in keys[:2]}

    waves = form_waves(keys, known)

    assert [key.hour_at - NOON for wave in waves for key in wave] == [
        timedelta(0),
        2 * HOUR,
        HOUR,
        3 * HOUR,
    ]
    firsts = [deadline_of(wave[0].hour_at) for wave in waves]
    assert firsts == sorted(firsts)
