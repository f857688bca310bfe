"""`sandbox request`: what a seller asks of buyers and of AWS about agreements."""

from typing import Annotated

import typer

from marketplace_sandbox.cli.commands import client_command, group
from marketplace_sandbox.cli.naming import find_agreement
from marketplace_sandbox.cli.options import AgreementName, OfAccount
from marketplace_sandbox.cli.terminal import Terminal
from marketplace_sandbox.core.model.billing_adjustments import AdjustmentReason
from marketplace_sandbox.core.model.cancellations import CancellationReason

request_commands = group("request", "What a seller asks for: cancellations and refunds.")

RequestId = Annotated[str, typer.Argument(metavar="REQUEST", help="The request's id.")]
Message = Annotated[str, typer.Option(help="Why; the other side reads it.")]


@client_command(request_commands, "list")
def list_requests(terminal: Terminal) -> None:
    """List the requests to cancel, and how they stand."""
    terminal.show_list(
        terminal.api.list_cancellation_requests(),
        "cancellation_requests",
        (
            ("request", "request_id"),
            ("agreement", "agreement_id"),
            ("product", "product_code"),
            ("reason", "reason"),
            ("status", "status"),
        ),
        nothing="nobody was asked to cancel",
    )


@client_command(request_commands, "cancellation")
def cancellation(
    terminal: Terminal,
    agreement: AgreementName,
    *,
    account: OfAccount = None,
    reason: Annotated[
        CancellationReason, typer.Option(help="In AWS's words.")
    ] = CancellationReason.OTHER,
    message: Message = "Please cancel.",
    invalid: Annotated[
        bool, typer.Option("--invalid", help="AWS finds it wrong: the buyer does not hear of it.")
    ] = False,
) -> None:
    """Ask a buyer to cancel; a week without an answer ends the agreement."""
    agreement_id = find_agreement(terminal.api, agreement, account)
    terminal.show_one(
        terminal.api.request_cancellation(agreement_id, reason, message, is_valid=not invalid)
    )


@client_command(request_commands, "approve")
def approve(terminal: Terminal, request: RequestId) -> None:
    """Let the buyer agree to cancel: the agreement ends now."""
    terminal.show_one(terminal.api.approve_cancellation(request))


@client_command(request_commands, "reject")
def reject(terminal: Terminal, request: RequestId, *, message: Message = "No, thank you.") -> None:
    """Let the buyer refuse to cancel; the agreement goes on."""
    terminal.show_one(terminal.api.reject_cancellation(request, message))


@client_command(request_commands, "withdraw")
def withdraw(terminal: Terminal, request: RequestId, *, message: Message = "Not needed.") -> None:
    """Take a request to cancel back before it is answered."""
    terminal.show_one(terminal.api.withdraw_cancellation(request, message))


@client_command(request_commands, "refund")
def refund(
    terminal: Terminal,
    agreement: AgreementName,
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="US dollars, such as 12.34.")],
    *,
    account: OfAccount = None,
    reason: Annotated[
        AdjustmentReason, typer.Option(help="In AWS's words.")
    ] = AdjustmentReason.OTHER,
    invoice: Annotated[
        str | None, typer.Option(help="The invoice's id; this month's by default.")
    ] = None,
    fails: Annotated[bool, typer.Option("--fails", help="AWS finds it wrong.")] = False,
) -> None:
    """Refund a buyer; AWS says so, and the sandbox's invoices stay as they are."""
    agreement_id = find_agreement(terminal.api, agreement, account)
    terminal.show_one(
        terminal.api.adjust_billing(agreement_id, amount, reason, invoice_id=invoice, fails=fails)
    )
