"""Clock, faults, calls, books, rules and events over the control API."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.builders import Shop
from tests.served_shop import raw_client


@pytest.fixture
def api(shop: Shop) -> Iterator[httpx.Client]:
    with raw_client(shop) as client:
        yield client


def done(answer: httpx.Response) -> Any:
    assert answer.is_success, answer.text
    return answer.json()


def test_the_clock_is_frozen_set_advanced_and_resumed(api: httpx.Client) -> None:
    assert done(api.post("/_sandbox/clock/freeze"))["is_frozen"]
    at = {"at": "2026-11-30T23:30:00+01:00"}
    assert done(api.post("/_sandbox/clock/set", json=at))["now"] == "2026-11-30T22:30:00Z"
    moved = done(api.post("/_sandbox/clock/advance", json={"seconds": 7200}))
    assert (moved["now"], moved["speed"]) == ("2026-12-01T00:30:00Z", "0")
    assert not done(api.post("/_sandbox/clock/resume"))["is_frozen"]
    assert done(api.put("/_sandbox/clock/speed", json={"speed": "60"}))["speed"] == "60"


def test_the_clock_names_what_is_due(api: httpx.Client, shop: Shop) -> None:
    end = {"ends_at": "2026-11-25T00:00:00Z"}
    done(api.post(f"/_sandbox/agreements/{shop.licensed.agreement_id}/end", json=end))
    shown = done(api.get("/_sandbox/clock"))
    assert shown["next_due_at"] == end["ends_at"]
    assert shown["due_items"] >= 1


def test_a_fault_says_what_it_hits(api: httpx.Client) -> None:
    command = {
        "kind": "slow",
        "operation": "BatchMeterUsage",
        "license_arn": "arn:aws:license-manager::111122223333:license:l-1",
        "region": "eu-west-1",
        "probability": "0.25",
        "delay_seconds": "1.5",
        "until_cleared": True,
    }
    fault = done(api.post("/_sandbox/faults", json=command))
    assert fault["count"] is None
    command.pop("until_cleared")
    assert command.items() <= fault.items()


def test_a_fault_cannot_be_both_counted_and_endless(api: httpx.Client) -> None:
    command = {"kind": "throttle", "count": 2, "until_cleared": True}
    assert api.post("/_sandbox/faults", json=command).status_code == 400


def test_one_fault_is_removed_by_its_id(api: httpx.Client) -> None:
    first, second = (
        done(api.post("/_sandbox/faults", json={"kind": "throttle"})) for _ in range(2)
    )
    left = done(api.delete(f"/_sandbox/faults/{first['fault_id']}"))
    assert left == {"faults": [second]}
    again = api.delete(f"/_sandbox/faults/{first['fault_id']}")
    assert again.status_code == 404


def test_calls_are_filtered_and_polled(api: httpx.Client, shop: Shop) -> None:
    shop.meter(shop.licensed_record())
    shop.meter(shop.licensed_record(Dimension="storage"))
    shop.meter_legacy(shop.legacy_record())
    calls = done(api.get("/_sandbox/calls"))["calls"]
    assert [call["sequence"] for call in calls] == [1, 2, 3]
    (storage,) = done(api.get("/_sandbox/calls", params={"dimension": "storage"}))["calls"]
    assert storage["record_outcomes"][0]["status"] == "Success"
    later = done(api.get("/_sandbox/calls", params={"after": 1, "limit": 1}))["calls"]
    assert [call["sequence"] for call in later] == [2]
    assert api.get("/_sandbox/calls", params={"limit": 0}).status_code == 400
    assert api.get("/_sandbox/calls", params={"sort": "up"}).status_code == 400


def test_calls_are_exported_as_cloudtrail_writes_them(api: httpx.Client, shop: Shop) -> None:
    shop.meter(shop.licensed_record())
    (record,) = done(api.get("/_sandbox/calls/cloudtrail"))["Records"]
    assert record["eventName"] == "BatchMeterUsage"
    assert record["responseElements"]["results"][0]["status"] == "Success"


def test_the_bill_is_csv_where_that_is_asked_for(api: httpx.Client, shop: Shop) -> None:
    shop.meter(shop.licensed_record())
    asked = api.get("/_sandbox/bill", headers={"accept": "text/csv"})
    assert asked.headers["content-type"].startswith("text/csv")
    assert asked.text == api.get("/_sandbox/bill.csv").text
    (row,) = csv.DictReader(io.StringIO(asked.text))
    assert (row["dimension"], row["quantity"]) == ("api_calls", "5")


def test_lost_duplicates_and_refused_usage_are_listed(api: httpx.Client, shop: Shop) -> None:
    shop.meter(shop.licensed_record())
    shop.meter(shop.licensed_record(Quantity=8))
    (lost,) = done(api.get("/_sandbox/bill/lost-duplicates"))["lost_duplicates"]
    assert (lost["quantity_sent"], lost["difference"], lost["times"]) == ("8", "3", 1)
    assert lost["billed"]["quantity"] == "5"
    (refused,) = done(api.get("/_sandbox/bill/refused"))["refusals"]
    assert refused["code"] == "DuplicateRecord"


def test_an_hour_billed_twice_is_listed_with_both_lines(api: httpx.Client, shop: Shop) -> None:
    shop.meter(shop.licensed_record())
    elsewhere = shop.marketplace.as_caller(region="eu-west-1")
    elsewhere.batch_meter_usage(UsageRecords=[shop.licensed_record()])
    (double,) = done(api.get("/_sandbox/bill/double-billed"))["double_billed"]
    assert double["cause"] == "two_regions"
    assert [double[line]["region"] for line in ("first", "second")] == ["us-east-1", "eu-west-1"]


def test_an_invoice_is_shown_and_downloaded(api: httpx.Client, shop: Shop) -> None:
    shop.meter(shop.licensed_record())
    assert done(api.get("/_sandbox/invoices"))["months"] == ["2026-11"]
    invoice = done(api.get("/_sandbox/invoices/2026-11", params={"product_code": "licensed"}))
    assert invoice["closed_at"] is None
    assert [charge["quantity"] for charge in invoice["charges"]] == ["5"]
    download = api.get("/_sandbox/invoices/2026-11.csv")
    assert download.headers["content-type"].startswith("text/csv")
    assert "api_calls" in download.text
    assert api.get("/_sandbox/invoices/november").status_code == 400
    nothing = {"product_code": "nothing"}
    assert api.get("/_sandbox/invoices/2026-11", params=nothing).status_code == 404


def test_rules_are_listed_with_their_sources(api: httpx.Client) -> None:
    rules = done(api.get("/_sandbox/rules"))["rules"]
    assert {"1.3", "1.2"} <= {rule["section"] for rule in rules}
    assert all(rule["source"] for rule in rules)


def test_a_preset_turns_several_switches_of_a_running_sandbox(api: httpx.Client) -> None:
    def in_force() -> list[str]:
        presets = done(api.get("/_sandbox/presets"))["presets"]
        return [one["name"] for one in presets if one["is_in_force"]]

    def read_so() -> dict[str, str]:
        switches = done(api.get("/_sandbox/switches"))["switches"]
        return {one["name"]: one["reading"] for one in switches}

    before = read_so()
    assert in_force() == ["observed"]
    turned = done(api.put("/_sandbox/presets/documented"))
    assert turned["is_in_force"]
    assert read_so() == before | turned["readings"]
    assert in_force() == ["documented"]
    done(api.put("/_sandbox/switches/ended_offer", json={"reading": "absent"}))
    assert in_force() == []
    done(api.put("/_sandbox/presets/observed"))
    assert read_so() == before
    assert in_force() == ["observed"]
    unknown = api.put("/_sandbox/presets/imagined")
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "PresetNotFound")
    assert read_so() == before


def test_a_switch_is_turned(api: httpx.Client) -> None:
    switches = done(api.get("/_sandbox/switches"))["switches"]
    (age,) = (one for one in switches if one["name"] == "usage_age")
    assert (age["reading"], age["default"]) == ("24h", "24h")
    turned = done(api.put("/_sandbox/switches/usage_age", json={"reading": "6h"}))
    assert turned == age | {"reading": "6h"}
    assert api.put("/_sandbox/switches/usage_age", json={"reading": "9h"}).status_code == 400
    assert api.put("/_sandbox/switches/nothing", json={"reading": "6h"}).status_code == 404


def test_events_go_to_targets_through_disturbances(api: httpx.Client) -> None:
    events = done(api.get("/_sandbox/events", params={"product_code": "licensed"}))["events"]
    assert events[0]["document"]["source"] == "aws.agreement-marketplace"
    target = done(
        api.post("/_sandbox/event-targets", json={"kind": "http", "address": "http://127.0.0.1:9/"})
    )
    disturbance = {"kind": "repeat", "copies": 2, "rate": "0.5", "target_id": target["target_id"]}
    scripted = done(api.post("/_sandbox/disturbances", json=disturbance))
    assert disturbance.items() <= scripted.items()
    listed = done(api.get("/_sandbox/disturbances"))["disturbances"]
    assert listed == [scripted]
    assert done(api.delete("/_sandbox/disturbances")) == {"disturbances": []}
    assert done(api.get("/_sandbox/deliveries"))["deliveries"] == []
    path = f"/_sandbox/event-targets/{target['target_id']}"
    assert done(api.delete(path)) == {"event_targets": []}
    assert api.delete(path).status_code == 404


def test_events_stay_on_this_machine(api: httpx.Client) -> None:
    far = {"kind": "http", "address": "http://192.0.2.1/"}
    assert api.post("/_sandbox/event-targets", json=far).status_code == 400


def test_saving_needs_a_file(api: httpx.Client) -> None:
    assert api.post("/_sandbox/save").json()["error"]["code"] == "NoStateFile"


def test_a_reset_must_be_meant(api: httpx.Client) -> None:
    assert api.post("/_sandbox/reset").status_code == 400
    assert api.post("/_sandbox/reset", json={"confirm": "yes"}).status_code == 400
    assert len(done(api.get("/_sandbox/products"))["products"]) == 2
    assert done(api.post("/_sandbox/reset", json={"confirm": "reset"})) == {"status": "ok"}
    assert done(api.get("/_sandbox/products")) == {"products": []}
