"""Values for property tests: a small universe, so that repeats and conflicts really happen."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from meterhouse.domain.events import Tags, UsageEvent
from meterhouse.domain.journal import Entry, Page, PageKind
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


def usage_events() -> st.SearchStrategy[UsageEvent]:
    """Return events of one record."""
    return st.builds(UsageEvent, event_ids(), st.just(KEY), quantities(), moments(), tag_sets())


def entries(*, few_ids: bool = False) -> st.SearchStrategy[Entry]:
    """Return journal entries; with `few_ids` they repeat and contradict each other."""
    ids = st.sampled_from(["a", "b", "c"]) if few_ids else event_ids()
    tags = st.sampled_from([(), (("team", "ads"),), (("team", "search"),)])
    return st.builds(Entry, ids, quantities(), tags if few_ids else tag_sets())


def pages(
    *, kinds: tuple[PageKind, ...] = tuple(PageKind), few_ids: bool = False
) -> st.SearchStrategy[Page]:
    """Return pages of any kind."""
    return st.builds(
        Page,
        st.sampled_from(kinds),
        hours() if not few_ids else st.just(NOON_AT),
        moments(),
        st.lists(entries(few_ids=few_ids), min_size=1, max_size=6).map(tuple),
    )
