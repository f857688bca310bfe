"""The pages about faults, and the one about switches."""

from marketplace_sandbox.core.model.faults import FaultKind
from marketplace_sandbox.core.model.operation import Operation
from marketplace_sandbox.core.model.readings import Decimals, EndedOffer
from tests.builders import Shop, code_of
from tests.visitor import Visitor, visitor

__all__ = ["visitor"]


def test_every_fault_in_one_step_can_be_injected(shop: Shop, visitor: Visitor) -> None:
    examples = [
        one for one in visitor.read("/faults").all("input") if one.get("value") in set(FaultKind)
    ]
    assert len(examples) >= 6
    for example in examples:
        visitor.go_on("/faults", kind=example["value"], operation="BatchMeterUsage", count="1")
    kinds = [fault.kind for fault in shop.marketplace.faults()]
    assert kinds == [example["value"] for example in examples]


def test_a_fault_is_injected_as_entered_and_hits(shop: Shop, visitor: Visitor) -> None:
    page = visitor.go_on(
        "/faults", kind="throttle", operation="BatchMeterUsage", count="2", dimension="storage"
    )
    assert "throttled BatchMeterUsage dimension storage 2" in page.text
    shop.meter(shop.licensed_record())
    code = code_of(lambda: shop.meter(shop.licensed_record(Dimension="storage")))
    assert code == "ThrottlingException"
    assert "dimension storage 1" in visitor.read("/faults").text


def test_a_fault_for_any_operation_has_no_end_unless_one_is_entered(
    shop: Shop, visitor: Visitor
) -> None:
    page = visitor.go_on("/faults", kind="slow", operation="any", count="", delay_seconds="2.5")
    assert "slow answer any by 2.5 s any number" in page.text
    (fault,) = shop.marketplace.faults()
    assert (fault.operation, fault.remaining) == (None, None)


def test_faults_are_removed_and_cleared(shop: Shop, visitor: Visitor) -> None:
    first = shop.marketplace.inject_fault("throttle")
    shop.marketplace.inject_fault("unprocessed")
    visitor.go_on(f"/faults/{first.fault_id}/remove")
    assert [fault.kind for fault in shop.marketplace.faults()] == [FaultKind.UNPROCESSED]
    assert "Everything works." in visitor.go_on("/faults/clear").text
    assert visitor.submit(f"/faults/{first.fault_id}/remove").status_code == 404


def test_a_fault_that_makes_no_sense_is_refused(shop: Shop, visitor: Visitor) -> None:
    fields = {"kind": "unprocessed", "operation": Operation.RESOLVE_CUSTOMER.value, "count": "1"}
    page = visitor.fail("/faults", **fields)
    assert "That could not be done:" in page.text
    assert shop.marketplace.faults() == ()


def test_a_switch_is_set(shop: Shop, visitor: Visitor) -> None:
    page = visitor.go_on("/rules/switches/decimals", value="refused")
    assert "AWS is read that way from now on." in page.text
    assert "May quantities be decimal? C9 changed" in page.text
    assert shop.marketplace.desks.facts.readings().decimals is Decimals.REFUSED
    assert visitor.submit("/rules/switches/decimals", value="perhaps").status_code == 400
    assert visitor.submit("/rules/switches/taste", value="any").status_code == 404


def test_a_preset_turns_its_switches(shop: Shop, visitor: Visitor) -> None:
    assert "AWS's events as a seller captured them. in force" in visitor.read("/rules").text
    page = visitor.go_on("/rules/presets/documented")
    assert "AWS is read that way from now on." in page.text
    assert "AWS's events as its pages show them. in force" in page.text
    assert "captured them. in force" not in page.text
    assert shop.marketplace.desks.facts.readings().ended_offer is EndedOffer.PRESENT
    assert visitor.submit("/rules/presets/imagined").status_code == 404


def test_a_fault_can_wait_for_a_customer_identifier(shop: Shop, visitor: Visitor) -> None:
    customer = str(shop.legacy.customer_identifier)
    page = visitor.go_on(
        "/faults", kind="unprocessed", operation="BatchMeterUsage", customer_identifier=customer
    )
    assert f"customer identifier {customer}" in page.text
    assert not shop.meter(shop.licensed_record())["UnprocessedRecords"]
    assert shop.meter_legacy(shop.legacy_record())["UnprocessedRecords"]
