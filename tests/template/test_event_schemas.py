"""What is told of subscriptions is what its schema and its examples say.

`python -m tests.template.test_event_schemas` writes the examples anew.
"""

import json
from itertools import starmap
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from meterhouse.adapters.announcement_bus import SOURCE
from meterhouse.adapters.subscriptions_table.states import state_key, write_state
from meterhouse.domain.subscriptions.announcing import News, news_of
from meterhouse.domain.subscriptions.state import Flag, Phase, State
from meterhouse.ports.announcements import Announcement
from tests.fakes.world import InMemorySubscriptionBook
from tests.template.cloudformation import REPOSITORY
from tests.unit.domain.subscriptions.announced import ACTIVE, CHANGED_AT, CHANGES, ENDING, change
from tests.unit.domain.subscriptions.lives import LIVES, Life
from tests.unit.domain.subscriptions.lives_of_contracts import CONTRACTS
from tests.unit.domain.subscriptions.test_lives import play_into

SCHEMAS = REPOSITORY / "events/schemas"
EXAMPLES = SCHEMAS / "examples"
BATCH = REPOSITORY / "events/subscription-changes.json"
STREAM = "arn:aws:dynamodb:us-east-1:210987654321:table/meterhouse-SubscriptionsTable/stream"
SCHEMA: dict[str, Any] = json.loads((SCHEMAS / "subscription.v1.schema.json").read_text())
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=FormatChecker())


def delivered(told: Announcement) -> dict[str, Any]:
    """Return an event as EventBridge hands it on, with an id of its own."""
    return {
        "version": "0",
        "id": f"6a7e8feb-b491-4cf7-a9f1-{told.id[:12]}",
        "source": SOURCE,
        "detail-type": told.detail_type,
        "account": "210987654321",
        "time": told.change.changed_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": "us-east-1",
        "resources": [],
        "detail": told.detail,
    }


def example_of(news: News) -> dict[str, Any]:
    (told,) = change(*CHANGES[news]).announcements
    return delivered(told)


def errors(event: object) -> list[str]:
    return [f"{one.json_path}: {one.message}" for one in VALIDATOR.iter_errors(event)]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_there_is_an_example_of_each_kind_of_news_and_of_nothing_else() -> None:
    others = ("usage-", "allowance-")
    names = {file.name for file in EXAMPLES.iterdir()}
    of_subscriptions = {one for one in names if not one.startswith(others)}

    assert of_subscriptions == {f"{one}.v1.json" for one in News}


@pytest.mark.parametrize("news", News)
def test_an_example_is_what_the_code_tells(news: News) -> None:
    example = json.loads((EXAMPLES / f"{news}.v1.json").read_text())

    assert example == json.loads(json.dumps(example_of(news)))
    assert errors(example) == []


@pytest.mark.parametrize("life", (LIVES | CONTRACTS).values(), ids=LIVES | CONTRACTS)
def test_whatever_is_told_of_a_life_is_as_the_schema_says(life: Life) -> None:
    book = InMemorySubscriptionBook()
    for facts in (life.facts, [*reversed(life.facts)]):
        play_into(book, life, facts)
    told = [one for change_ in book.changes for one in change_.announcements]

    assert [errors(json.loads(json.dumps(delivered(one)))) for one in told] == [[]] * len(told)


def test_the_schema_knows_every_word_and_no_other() -> None:
    definitions = SCHEMA["$defs"]

    assert definitions["detail"]["properties"]["type"]["enum"] == [*News]
    assert SCHEMA["properties"]["detail-type"]["enum"] == [
        f"Subscription {one.replace('_', ' ').title()}" for one in News
    ]
    assert definitions["subscription"]["properties"]["phase"]["enum"] == [*Phase]
    assert definitions["flags"]["items"]["enum"] == [*Flag]


def test_the_meaning_of_each_kind_of_news_is_told() -> None:
    said = SCHEMA["$defs"]["detail"]["properties"]["type"]["description"]

    assert [one for one in News if one not in said] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": 2},
        {"sequence": 0},
        {"id": "1"},
        {"type": "expired"},
        {"email": "buyer@example.com"},
        {"raised": []},
        {"changed_at": "yesterday"},
        {"subscription": {"key": "agreement#agmt-1"}},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_the_schema_refuses_what_is_never_told(wrong: dict[str, Any]) -> None:
    event = example_of(News.FLAGGED)

    assert errors(event) == []
    assert errors(event | {"detail": event["detail"] | wrong})


def test_no_place_is_left_for_what_a_buyer_wrote() -> None:
    event = example_of(News.REGISTERED)
    said = event["detail"]["subscription"]

    assert errors(event | {"detail": event["detail"] | {"subscription": said | {"name": "A"}}})


def stream_event() -> dict[str, Any]:
    """Return what Lambda gives the function of a life: it becomes active, and ends."""
    states = [ACTIVE, ENDING]
    return {
        "Records": [*starmap(_record, enumerate(zip([None, *states], states, strict=False), 1))]
    }


def _record(version: int, states: tuple[State | None, State]) -> dict[str, Any]:
    before, after = states
    item = write_state(after, version, is_listed=True, news=news_of(before, after))
    old = {"OldImage": write_state(before, version - 1, is_listed=True)} if before else {}
    return {
        "eventID": f"{version:032x}",
        "eventName": "MODIFY" if before else "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": CHANGED_AT.timestamp() + version,
            "Keys": state_key(after.folder),
            "NewImage": item,
            **old,
            "SequenceNumber": f"{version}00000000003826093479",
            "SizeBytes": len(json.dumps(item)),
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
        "eventSourceARN": f"{STREAM}/2026-11-22T18:31:00.123",
    }


def test_the_example_of_a_batch_is_what_the_table_writes() -> None:
    assert json.loads(BATCH.read_text()) == json.loads(json.dumps(stream_event()))


if __name__ == "__main__":
    BATCH.write_text(json.dumps(stream_event(), indent=2) + "\n")
    for one in News:
        text = json.dumps(example_of(one), indent=2)
        (EXAMPLES / f"{one}.v1.json").write_text(f"{text}\n")
