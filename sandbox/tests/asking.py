"""Everything that a seller can ask of buyers and of AWS, by the client."""

from marketplace_sandbox.client import SandboxClient


def ask(client: SandboxClient) -> None:
    """Ask for each thing once, and hold the answers against what was asked."""
    one, two, three = (client.subscribe("licensed")["agreement_id"] for _ in range(3))
    asked = [client.request_cancellation(name, "OTHER", "Please.") for name in (one, two, three)]
    approve, reject, withdraw = (request["request_id"] for request in asked)
    assert client.approve_cancellation(approve)["status"] == "APPROVED"
    assert client.reject_cancellation(reject, "No.")["status_message"] == "No."
    assert client.withdraw_cancellation(withdraw, "Well.")["status"] == "CANCELLED"
    listed = client.list_cancellation_requests(product_code="licensed")["cancellation_requests"]
    assert [one["status"] for one in listed] == ["APPROVED", "REJECTED", "CANCELLED"]
    refund = client.adjust_billing(two, "12.50", "OTHER", invoice_id="1", fails=True)
    assert (refund["amount"], refund["outcome"]) == ("12.50", "FAILED")
    yearly = client.make_offer("licensed", duration_days=365, is_renewing=True)["offer_id"]
    renewing = client.subscribe("licensed", offer_id=yearly)["agreement_id"]
    assert client.finalize_renewal(renewing, "2.5")["renewal_increase_percent"] == "2.5"
    off = client.amend_agreement(renewing, is_renewing=False, renewal_disabled_by="PROPOSER")
    assert (off["is_renewing"], off["renewal_disabled_by"]) == (False, "PROPOSER")
    assert client.tell_of_spend(renewing, "vet_failed")["agreement_id"] == renewing
