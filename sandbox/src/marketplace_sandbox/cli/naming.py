"""Which agreement a command is about: one is found by its id, or by what was sold."""

from marketplace_sandbox.cli.commands import fail
from marketplace_sandbox.client import SandboxClient
from marketplace_sandbox.core.model.agreements import AgreementStatus


def find_agreement(api: SandboxClient, named: str, account: str | None) -> str:
    """Return the id of an agreement that is named by its id or by its product's code.

    A product's code, with the buyer's account or without, stands for the only agreement that fits,
    or else for the only active one. Ends the command if that leaves several or none.
    """
    agreements = api.list_agreements()["agreements"]
    if any(one["agreement_id"] == named for one in agreements):
        return named
    fitting = [
        one
        for one in agreements
        if one["product_code"] == named and account in {None, one["customer_aws_account_id"]}
    ]
    if not fitting:
        of_account = "" if account is None else f" of account {account}"
        fail(f"there is no agreement {named}{of_account}")
    active = [one for one in fitting if one["status"] == AgreementStatus.ACTIVE]
    (chosen, *others) = active if len(active) == 1 else fitting
    if others:
        advice = "say its id" if account is not None else "say --account, or the agreement's id"
        fail(f"{len(fitting)} agreements are for {named}: {advice}")
    return chosen["agreement_id"]
