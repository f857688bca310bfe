"""Usage that must be rejected: each a valid event with one thing wrong, or no event at all."""

import json

from hypothesis import strategies as st

from tests.fuzz.usage import SUBSCRIPTIONS, Member, write_object

MEGABYTE = 1_000_000
LONG_TEXT = '"' + "x" * MEGABYTE + '"'
NESTED = "[" * 300 + "]" * 300
NESTED_OBJECTS = '{"a": ' * 300 + "1" + "}" * 300
HALF_PAIR = '"\\ud800"'
NO_TEXTS = ("5", "true", "[]", "{}", NESTED, NESTED_OBJECTS)

GOOD = {
    "id": '"good"',
    "subscription": json.dumps(SUBSCRIPTIONS[0][0]),
    "dimension": '"api_calls"',
    "quantity": "1",
    "time": '"2026-11-18T13:20:00Z"',
}
WRONG: dict[str, tuple[str, ...]] = {
    "id": ('""', HALF_PAIR, LONG_TEXT, json.dumps("x" * 129), *NO_TEXTS),
    "subscription": (
        *('""', "null", HALF_PAIR, LONG_TEXT, '"arn:aws:s3:::bucket"', *NO_TEXTS),
        *('{"product_code": "p"}', '{"customer_identifier": "c"}'),
        '{"product_code": "p", "customer_identifier": "c", "customer_aws_account_id": "1"}',
        '{"product_code": "p", "customer_identifier": "\\ud800"}',
        '{"product_code": "p", "product_code": "p", "customer_identifier": "c"}',
    ),
    "dimension": ('""', "null", HALF_PAIR, LONG_TEXT, json.dumps("\u00fc" * 128), *NO_TEXTS),
    "quantity": (
        *("null", "true", "[]", "{}", '""', HALF_PAIR, LONG_TEXT, NESTED, NESTED_OBJECTS),
        *("NaN", "Infinity", "-Infinity", '"NaN"', '"Infinity"', '"1e5"', '"12,5"', '" 1"'),
        *("-1", '"-1"', "-1e-9", "10000000000", "9999999999.9999999", "0.0000001", '"0.0000001"'),
        *("1e400", "1e-400", "1e999999999999999999999", "-1e999999999999999999999", '"\u0661"'),
        *("9" * 5_000, "0." + "0" * 5_000 + "1", '"' + "9" * MEGABYTE + '"', "9" * MEGABYTE),
    ),
    "time": (
        *("5", "true", "[]", "{}", '""', HALF_PAIR, LONG_TEXT, NESTED, '"yesterday"'),
        *('"2026-11-18T12:00:00"', '"2026-11-18T25:00:00Z"', '"2999-01-01T00:00:00Z"'),
        *('"0001-01-01T00:00:00+23:59"', '"9999-12-31T23:59:59-23:59"', "1763467200"),
        *('"1970-01-01T00:00:00Z"', '"0001-01-02T00:00:00Z"'),
    ),
    "tags": (
        *("5", "0", "false", '""', "[]", '[["a", "b"]]', NESTED, NESTED_OBJECTS, LONG_TEXT),
        *('{"a": 1}', '{"a": ""}', '{"": "a"}', '{"a": null}', '{"a": "\\ud800"}', '{"a": ["b"]}'),
        *('{"\u00e4": "b"}', '{"a": "\U0001f600"}', '{"a": "b", "a": "b"}'),
        *(json.dumps({f"k{n}": "v" for n in range(6)}), json.dumps({"k" * 101: "v"})),
        json.dumps({"k": "v" * 257}),
    ),
    "price": ("1", LONG_TEXT, NESTED),
    "Quantity": ("1",),
    "\x00duplicate": ("true",),
    "events": ("[]",),
}
NO_EVENTS = ("5", "null", "true", '"text"', "[]", "{}", "NaN", LONG_TEXT, NESTED, NESTED_OBJECTS)

ENVELOPE = {
    "specversion": '"1.0"',
    "id": '"c"',
    "source": '"/meter"',
    "data": write_object([(name, GOOD[name]) for name in GOOD if name != "id"]),
}
WRONG_ENVELOPE: dict[str, tuple[str, ...]] = {
    "specversion": ("null", '"0.3"', '"2.0"', "1.0", HALF_PAIR, NESTED),
    "id": ("null", '""', "5", HALF_PAIR),
    "source": ("null", '""', "5", '"a b"', HALF_PAIR),
    "data_base64": ('""', '"e30="', "5", HALF_PAIR),
    "data": ("null", "[]", '"text"', "5", write_object(list(GOOD.items())), NESTED, LONG_TEXT),
    "time": ('"yesterday"', "5", '"2999-01-01T00:00:00Z"', '"1970-01-01T00:00:00Z"'),
}
# Bodies that are rejected as one: what they hold cannot be told apart.
BODIES = (
    *("", " ", "{", "not json", "\ufeff{}", "5", "null", '"text"', "[]", "{}", "NaN", "\x00"),
    *('{"events": []}', '{"events": null}', '{"events": {}}', '{"events": 5}', '{"Events": []}'),
    write_object([("events", f"[{write_object(list(GOOD.items()))}]"), ("extra", "1")]),
    write_object([("events", "[]"), ("events", f"[{write_object(list(GOOD.items()))}]")]),
    '{"events": [' + write_object(list(GOOD.items())),
    *("[" + write_object(list(GOOD.items())), "[" + write_object(list(GOOD.items())) + ",]"),
    *("[" * 100_000, "[" * 100_000 + "]" * 100_000, '{"a": ' * 50_000, "x" * MEGABYTE, LONG_TEXT),
    *(HALF_PAIR, "9" * MEGABYTE, '{"events": [' + ",".join("[" * 20_000) + "]}"),
)


@st.composite
def _changed(draw: st.DrawFn, good: dict[str, str], wrong: dict[str, tuple[str, ...]]) -> Member:
    """Write something good with one field wrong."""
    name = draw(st.sampled_from(sorted(wrong)))
    fields = good | {name: draw(st.sampled_from(wrong[name]))}
    return Member(write_object(draw(st.permutations(list(fields.items())))), None)


@st.composite
def _lacking(draw: st.DrawFn) -> Member:
    """Write an event without a field that it needs, or an envelope without one."""
    good, needed = draw(
        st.sampled_from(
            [
                (GOOD, ("subscription", "dimension", "quantity")),
                (ENVELOPE, ("id", "source", "data")),
            ]
        )
    )
    name = draw(st.sampled_from(needed))
    return Member(write_object([(key, text) for key, text in good.items() if key != name]), None)


@st.composite
def _repeating(draw: st.DrawFn) -> Member:
    """Write an event that names a field twice, with the same value or with another."""
    name = draw(st.sampled_from(sorted(GOOD)))
    again = draw(st.sampled_from([GOOD[name], "2", '"other"']))
    return Member(write_object([*GOOD.items(), (name, again)]), None)


def members() -> st.SearchStrategy[Member]:
    """Return events that must be rejected."""
    return st.one_of(
        _changed(GOOD, WRONG),
        _changed(ENVELOPE, WRONG_ENVELOPE),
        _lacking(),
        _repeating(),
        st.sampled_from(NO_EVENTS).map(lambda text: Member(text, None)),
    )
