"""`sandbox buyer`: what buyers do, and what AWS does with their agreements and accounts."""

from http import HTTPStatus
from typing import Annotated

import typer

from marketplace_sandbox.cli.commands import client_command, fail, group
from marketplace_sandbox.cli.landing import land
from marketplace_sandbox.cli.naming import find_agreement
from marketplace_sandbox.cli.options import (
    AccountId,
    AgreementName,
    Grants,
    OfAccount,
    Prices,
    ProductCode,
    read_contact,
    read_duration,
    read_grants,
    read_prices,
)
from marketplace_sandbox.cli.terminal import Terminal
from marketplace_sandbox.core.model.agreements import Party
from marketplace_sandbox.core.model.spend import SpendStage

buyer_commands = group("buyer", "Buyers: their agreements, accounts and registration tokens.")

Time = Annotated[
    str | None, typer.Option(metavar="TIME", help="Such as 2026-12-01T00:00:00Z; now by default.")
]


@client_command(buyer_commands, "list")
def list_agreements(terminal: Terminal) -> None:
    """List all agreements; `show` tells more of one."""
    terminal.show_list(
        terminal.api.list_agreements(),
        "agreements",
        (
            ("agreement", "agreement_id"),
            ("product", "product_code"),
            ("account", "customer_aws_account_id"),
            ("buyer", "buyer_name"),
            ("status", "status"),
        ),
        nothing="nobody has subscribed",
    )


@client_command(buyer_commands, "show")
def show_agreement(
    terminal: Terminal, agreement: AgreementName, *, account: OfAccount = None
) -> None:
    """Show one agreement."""
    agreement_id = find_agreement(terminal.api, agreement, account)
    terminal.show_one(terminal.api.show_agreement(agreement_id))


@client_command(buyer_commands, "subscribe")
def subscribe(  # noqa: PLR0913 - each option is a parameter
    terminal: Terminal,
    product: ProductCode,
    *,
    account: Annotated[
        str | None, typer.Option(help="The buyer's account; a new one by default.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="What you call the buyer; AWS is not told.")
    ] = None,
    offer: Annotated[
        str | None, typer.Option(help="The offer; the product's public one by default.")
    ] = None,
    starts: Annotated[
        str | None, typer.Option(metavar="TIME", help="When it starts; a week ago by default.")
    ] = None,
    grant: Grants = None,
    contact: Annotated[
        str | None,
        typer.Option(
            metavar="FIRST,LAST,EMAIL,COMPANY,COUNTRY",
            help="Whom GetAgreementContacts names for the buyer; nobody by default.",
        ),
    ] = None,
    payment_fails: Annotated[
        bool, typer.Option("--payment-fails", help="The buyer cannot pay: no agreement begins.")
    ] = False,
) -> None:
    """Let a buyer accept an offer.

    By default it was accepted a week ago, so that usage of the hours that are past can be metered
    at once; the events of its beginning carry that time. --grant replaces what the offer grants; a
    contract's public offer grants one of each entitled dimension.
    """
    terminal.show_one(
        terminal.api.subscribe(
            product,
            customer_aws_account_id=account,
            buyer_name=name,
            offer_id=offer,
            starts_at=starts,
            grants=read_grants(grant),
            contact=None if contact is None else read_contact(contact),
            payment_fails=payment_fails,
        )
    )


@client_command(buyer_commands, "amend")
def amend(
    terminal: Terminal,
    agreement: AgreementName,
    *,
    account: OfAccount = None,
    grant: Grants = None,
    price: Prices = None,
    renews: Annotated[
        bool | None, typer.Option(help="Whether it renews by itself; as before by default.")
    ] = None,
    disabled_by: Annotated[
        Party | None, typer.Option(help="Beside --no-renews: who; the ACCEPTOR by default.")
    ] = None,
) -> None:
    """Change what an agreement grants or costs, or whether it renews; its license stays."""
    if not grant and not price and renews is None:
        raise typer.BadParameter("say what changes: --grant, --price, --renews or --no-renews")
    agreement_id = find_agreement(terminal.api, agreement, account)
    terminal.show_one(
        terminal.api.amend_agreement(
            agreement_id,
            grants=read_grants(grant),
            prices=read_prices(price),
            is_renewing=renews,
            renewal_disabled_by=disabled_by,
        )
    )


@client_command(buyer_commands, "finalize-renewal")
def finalize_renewal(
    terminal: Terminal,
    agreement: AgreementName,
    percent: Annotated[str, typer.Argument(metavar="PERCENT", help="Such as 5 or 2.5.")],
    *,
    account: OfAccount = None,
) -> None:
    """Make final by how much more an agreement will cost once it has renewed by itself."""
    agreement_id = find_agreement(terminal.api, agreement, account)
    terminal.show_one(terminal.api.finalize_renewal(agreement_id, percent))


@client_command(buyer_commands, "spend")
def spend(
    terminal: Terminal,
    agreement: AgreementName,
    stage: Annotated[SpendStage, typer.Argument(help="How far AWS has come.")],
    *,
    account: OfAccount = None,
) -> None:
    """Let AWS say how its look at the card of a buyer whose spend grows goes."""
    agreement_id = find_agreement(terminal.api, agreement, account)
    document = terminal.api.tell_of_spend(agreement_id, stage)
    terminal.say(document, "AWS has said so: see `sandbox event list`")


@client_command(buyer_commands, "renew")
def renew(terminal: Terminal, agreement: AgreementName, *, account: OfAccount = None) -> None:
    """Renew an agreement: a new one with a new license, in the old one's place."""
    agreement_id = find_agreement(terminal.api, agreement, account)
    terminal.show_one(terminal.api.renew_agreement(agreement_id))


@client_command(buyer_commands, "replace")
def replace(
    terminal: Terminal,
    agreement: AgreementName,
    offer: Annotated[str, typer.Argument(help="The offer that the buyer accepts instead.")],
    *,
    account: OfAccount = None,
) -> None:
    """Replace an agreement by one of another offer."""
    agreement_id = find_agreement(terminal.api, agreement, account)
    terminal.show_one(terminal.api.replace_agreement(agreement_id, offer))


@client_command(buyer_commands, "cancel")
def cancel(
    terminal: Terminal, agreement: AgreementName, *, account: OfAccount = None, at: Time = None
) -> None:
    """Cancel an agreement; its last hour of metering begins."""
    agreement_id = find_agreement(terminal.api, agreement, account)
    if at is None:
        terminal.show_one(terminal.api.cancel_agreement(agreement_id))
    else:
        terminal.show_one(terminal.api.end_agreement(agreement_id, ends_at=at))


@client_command(buyer_commands, "terminate")
def terminate(terminal: Terminal, agreement: AgreementName, *, account: OfAccount = None) -> None:
    """Let AWS terminate an agreement."""
    agreement_id = find_agreement(terminal.api, agreement, account)
    terminal.show_one(terminal.api.terminate_agreement(agreement_id))


@client_command(buyer_commands, "deprovision")
def deprovision(terminal: Terminal, agreement: AgreementName, *, account: OfAccount = None) -> None:
    """Deprovision an ended agreement's license now."""
    agreement_id = find_agreement(terminal.api, agreement, account)
    terminal.show_one(terminal.api.deprovision_agreement(agreement_id))


@client_command(buyer_commands, "suspend")
def suspend(terminal: Terminal, account: AccountId) -> None:
    """Suspend a buyer's AWS account: its usage is refused."""
    document = terminal.api.suspend_account(account)
    terminal.say(document, f"{account} is suspended")


@client_command(buyer_commands, "reinstate")
def reinstate(terminal: Terminal, account: AccountId) -> None:
    """Reinstate a suspended account."""
    document = terminal.api.reinstate_account(account)
    terminal.say(document, f"{account} is no longer suspended")


@client_command(buyer_commands, "suspended")
def list_suspended(terminal: Terminal) -> None:
    """List the suspended accounts."""
    document = terminal.api.list_suspended_accounts()
    terminal.say(document, ", ".join(document["suspended_accounts"]) or "nobody is suspended")


@client_command(buyer_commands, "token")
def issue_token(
    terminal: Terminal,
    agreement: AgreementName,
    *,
    account: OfAccount = None,
    lifetime: Annotated[
        int | None,
        typer.Option(parser=read_duration, metavar="DURATION", help="Four hours by default."),
    ] = None,
) -> None:
    """Mint a registration token and print it."""
    agreement_id = find_agreement(terminal.api, agreement, account)
    document = terminal.api.issue_token(agreement_id, lifetime_seconds=lifetime)
    terminal.say(document, document["token"])


@client_command(buyer_commands, "land")
def land_on_page(
    terminal: Terminal,
    agreement: AgreementName,
    *,
    account: OfAccount = None,
    page: Annotated[
        str | None, typer.Option(metavar="URL", help="Instead of the product's registration URL.")
    ] = None,
) -> None:
    """Bring the buyer to the seller's registration page: the form POST that AWS makes.

    A page that answers with 400 or above makes the exit code 1.
    """
    landing = land(terminal.api, find_agreement(terminal.api, agreement, account), page=page)
    terminal.show_one(
        {"page": landing.page, "status": landing.status, "location": landing.location}
    )
    if landing.status >= HTTPStatus.BAD_REQUEST:
        fail(f"the registration page answered with {landing.status}")
