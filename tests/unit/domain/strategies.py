"""Values for property tests: a small universe, so that repeats and conflicts really happen."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from meterhouse.domain.keys import RecordKey
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.usage.events import Tags, UsageEvent
from tests.unit.domain.builders import KEY, NOON_AT

_TAG_CHARACTERS = "abcXYZ019+ -=._:/@\\"


def quantities(*, highest: str = "9999999999.999999") -> st.SearchStrategy[Decimal]:
    """Every quantity that an event may have, in any scale."""
    return st.decimals(min_value=0, max_value=Decimal(highest), places=6).map(_in_own_scale)


def _in_own_scale(quantity: Decimal) -> Decimal:
    return quantity.normalize() if quantity % 1 else quantity.quantize(Decimal(1))


def tag_sets() -> st.SearchStrategy[Tags]:
    """Return sorted tag sets of up to five tags."""
    keys = st.text(_TAG_CHARACTERS, min_size=1, max_size=4)
    values = st.text(_TAG_CHARACTERS, min_size=1, max_size=4)
    return st.dictionaries(keys, values, max_size=5).map(lambda tags: tuple(sorted(tags.items())))


def event_ids() -> st.SearchStrategy[str]:
    """Return ids of any characters that UTF-8 can express."""
    few = st.sampled_from(["a", "b", "c", "m1/0"])
    return few | st.text(st.characters(codec="utf-8"), min_size=1, max_size=128)


def moments() -> st.SearchStrategy[datetime]:
    """Return moments within an hour, to the microsecond."""
    return st.timedeltas(timedelta(0), timedelta(hours=1) - timedelta(microseconds=1)).map(
        lambda passed: NOON_AT + passed
    )


def hours() -> st.SearchStrategy[datetime]:
    """Return starts of hours over several years, leap days and turns of the year included."""
    start = datetime(2023, 12, 31, tzinfo=UTC)
    return st.integers(0, 24 * 365 * 6).map(lambda count: start + timedelta(hours=count))


def uuids() -> st.SearchStrategy[str]:
    """Return ids that are UUIDs, with dashes and without."""
    return st.uuids().map(str) | st.uuids().map(lambda one: one.hex)


def meters(count: int) -> st.SearchStrategy[RecordKey]:
    """Return one of so many meters of noon; neighbours share a subscription or a dimension."""
    names = ("api_calls", "größe|#", "\x00", "\U0001f4be" * 60)
    keys = [
        RecordKey(SubscriptionKey(f"license#l-{number // 2}"), names[number % len(names)], NOON_AT)
        for number in range(count)
    ]
    return st.sampled_from(keys)


def usage_events(
    *, few_ids: bool = False, homes: int = 1, ids: st.SearchStrategy[str] | None = None
) -> st.SearchStrategy[UsageEvent]:
    """Return events of one hour and some meters; with `few_ids` they repeat and contradict."""
    tags = st.sampled_from([(), (("team", "ads"),), (("team", "search"),)])
    few = st.sampled_from(["a", "b", "c", "00000000-0000-4000-8000-000000000001"])
    return st.builds(
        UsageEvent,
        few if few_ids else ids or event_ids() | uuids(),
        meters(homes) if homes > 1 else st.just(KEY),
        st.sampled_from([Decimal(1), Decimal("2.5"), Decimal(0)]) if few_ids else quantities(),
        moments(),
        tags if few_ids else tag_sets(),
    )
