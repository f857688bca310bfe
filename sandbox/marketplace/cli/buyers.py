"""`sandbox buyer`: what buyers do, and what AWS does with their agreements and accounts."""

from typing import Annotated

import typer

from sandbox.marketplace.cli.commands import client_command, group
from sandbox.marketplace.cli.landing import land
from sandbox.marketplace.cli.options import (
    AccountId,
    AgreementId,
    Grants,
    Prices,
    ProductCode,
    read_duration,
    read_grants,
    read_prices,
)
from sandbox.marketplace.cli.terminal import Terminal

buyer_commands = group("buyer", "Buyers: their agreements, accounts and registration tokens.")

Time = Annotated[
    str | None, typer.Option(metavar="TIME", help="Such as 2026-12-01T00:00:00Z; now by default.")
]


@client_command(buyer_commands, "list")
def list_agreements(terminal: Terminal) -> None:
    """List all agreements."""
    terminal.show_list(
        terminal.api.get("agreements"),
        "agreements",
        (
            ("agreement", "agreement_id"),
            ("product", "product_code"),
            ("account", "customer_aws_account_id"),
            ("status", "status"),
            ("starts", "starts_at"),
            ("ends", lambda one: one["ends_at"] or one["expires_at"]),
            ("license or customer", lambda one: one["license_arn"] or one["customer_identifier"]),
        ),
        nothing="nobody has subscribed",
    )


@client_command(buyer_commands, "show")
def show_agreement(terminal: Terminal, agreement: AgreementId) -> None:
    """Show one agreement."""
    terminal.show_one(terminal.api.get(f"agreements/{agreement}"))


@client_command(buyer_commands, "subscribe")
def subscribe(
    terminal: Terminal,
    product: ProductCode,
    *,
    account: Annotated[
        str | None, typer.Option(help="The buyer's account; a new one by default.")
    ] = None,
    offer: Annotated[
        str | None, typer.Option(help="The offer; the product's public one by default.")
    ] = None,
    starts: Annotated[
        str | None, typer.Option(metavar="TIME", help="When it starts; a week ago by default.")
    ] = None,
    grant: Grants = None,
    payment_fails: Annotated[
        bool, typer.Option("--payment-fails", help="The buyer cannot pay: no agreement begins.")
    ] = False,
) -> None:
    """Let a buyer accept an offer."""
    terminal.show_one(
        terminal.api.post(
            "agreements",
            product_code=product,
            customer_aws_account_id=account,
            offer_id=offer,
            starts_at=starts,
            grants=read_grants(grant),
            payment_fails=payment_fails,
        )
    )


@client_command(buyer_commands, "amend")
def amend(
    terminal: Terminal, agreement: AgreementId, *, grant: Grants = None, price: Prices = None
) -> None:
    """Change what an agreement grants or costs; its license stays."""
    terminal.show_one(
        terminal.api.post(
            f"agreements/{agreement}/amend", grants=read_grants(grant), prices=read_prices(price)
        )
    )


@client_command(buyer_commands, "renew")
def renew(terminal: Terminal, agreement: AgreementId) -> None:
    """Renew an agreement: a new one with a new license, in the old one's place."""
    terminal.show_one(terminal.api.post(f"agreements/{agreement}/renew"))


@client_command(buyer_commands, "replace")
def replace(
    terminal: Terminal,
    agreement: AgreementId,
    offer: Annotated[str, typer.Argument(help="The offer that the buyer accepts instead.")],
) -> None:
    """Replace an agreement by one of another offer."""
    terminal.show_one(terminal.api.post(f"agreements/{agreement}/replace", offer_id=offer))


@client_command(buyer_commands, "cancel")
def cancel(terminal: Terminal, agreement: AgreementId, *, at: Time = None) -> None:
    """Cancel an agreement; its last hour of metering begins."""
    if at is None:
        terminal.show_one(terminal.api.post(f"agreements/{agreement}/cancel"))
    else:
        terminal.show_one(terminal.api.post(f"agreements/{agreement}/end", ends_at=at))


@client_command(buyer_commands, "terminate")
def terminate(terminal: Terminal, agreement: AgreementId) -> None:
    """Let AWS terminate an agreement."""
    terminal.show_one(terminal.api.post(f"agreements/{agreement}/terminate"))


@client_command(buyer_commands, "deprovision")
def deprovision(terminal: Terminal, agreement: AgreementId) -> None:
    """Deprovision an ended agreement's license now."""
    terminal.show_one(terminal.api.post(f"agreements/{agreement}/deprovision"))


@client_command(buyer_commands, "suspend")
def suspend(terminal: Terminal, account: AccountId) -> None:
    """Suspend a buyer's AWS account: its usage is refused."""
    document = terminal.api.post(f"accounts/{account}/suspend")
    terminal.say(document, f"{account} is suspended")


@client_command(buyer_commands, "reinstate")
def reinstate(terminal: Terminal, account: AccountId) -> None:
    """Reinstate a suspended account."""
    document = terminal.api.post(f"accounts/{account}/reinstate")
    terminal.say(document, f"{account} is no longer suspended")


@client_command(buyer_commands, "suspended")
def list_suspended(terminal: Terminal) -> None:
    """List the suspended accounts."""
    document = terminal.api.get("accounts/suspended")
    terminal.say(document, ", ".join(document["suspended_accounts"]) or "nobody is suspended")


@client_command(buyer_commands, "token")
def issue_token(
    terminal: Terminal,
    agreement: AgreementId,
    *,
    lifetime: Annotated[
        int | None,
        typer.Option(parser=read_duration, metavar="DURATION", help="Four hours by default."),
    ] = None,
) -> None:
    """Mint a registration token and print it."""
    document = terminal.api.post("tokens", agreement_id=agreement, lifetime_seconds=lifetime)
    terminal.say(document, document["token"])


@client_command(buyer_commands, "land")
def land_on_page(
    terminal: Terminal,
    agreement: AgreementId,
    *,
    page: Annotated[
        str | None, typer.Option(metavar="URL", help="Instead of the product's registration URL.")
    ] = None,
) -> None:
    """Bring the buyer to the seller's registration page: the form POST that AWS makes."""
    landing = land(terminal.api, agreement, page=page)
    terminal.show_one(
        {"page": landing.page, "status": landing.status, "location": landing.location}
    )
