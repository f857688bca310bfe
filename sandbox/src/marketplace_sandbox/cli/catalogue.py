"""`sandbox product` and `sandbox offer`."""

from typing import Annotated

import typer

from marketplace_sandbox.cli.commands import client_command, group
from marketplace_sandbox.cli.options import (
    Grants,
    Prices,
    ProductCode,
    read_dimension,
    read_duration,
    read_grants,
    read_prices,
)
from marketplace_sandbox.cli.terminal import Terminal, show_warning
from marketplace_sandbox.core.model.catalogue import (
    Delivery,
    DimensionKind,
    MeteringMode,
    PricingModel,
)
from marketplace_sandbox.core.model.offers import OfferKind

_DAY_SECONDS = 86_400
# What a price model bills by: a product without it can be sold, as at AWS, and earns nothing.
_NEEDED = {
    PricingModel.USAGE: DimensionKind.METERED,
    PricingModel.CONTRACT: DimensionKind.ENTITLED,
}

product_commands = group("product", "Products on sale.")
offer_commands = group("offer", "Offers: the terms on which a buyer may accept a product.")


@client_command(product_commands, "list")
def list_products(terminal: Terminal) -> None:
    """List what is on sale."""
    terminal.show_list(
        terminal.api.list_products(),
        "products",
        (
            ("code", "product_code"),
            ("title", "title"),
            ("mode", "mode"),
            ("delivery", "delivery"),
            ("pricing", "pricing"),
            ("dimensions", "dimensions"),
        ),
        nothing="nothing is on sale",
        prose=("title", "dimensions"),
    )


@client_command(product_commands, "show")
def show_product(terminal: Terminal, product: ProductCode) -> None:
    """Show one product."""
    terminal.show_one(terminal.api.show_product(product), without=("dimensions",))


@client_command(product_commands, "add")
def add_product(  # noqa: PLR0913 - each option is a parameter
    terminal: Terminal,
    title: Annotated[str, typer.Argument(help="What buyers see.")],
    *,
    dimension: Annotated[
        list[str],
        typer.Option(
            metavar="NAME[:KIND[:TYPE]][=PRICE]",
            help="api_calls, api_calls=0.002, seats:entitled:integer, or calls:both:integer=0.02, "
            "which is bought in advance and metered beyond that; repeat for more. An hourly "
            "product needs one too, though nobody meters it.",
        ),
    ],
    code: Annotated[str | None, typer.Option(help="The product code; AWS's own choice.")] = None,
    mode: Annotated[
        MeteringMode | None,
        typer.Option(help="How usage names its buyer; license for saas, legacy for all else."),
    ] = None,
    delivery: Annotated[Delivery, typer.Option(help="How the buyer gets it.")] = Delivery.SAAS,
    pricing: Annotated[
        PricingModel, typer.Option(help="What the buyer pays for.")
    ] = PricingModel.USAGE,
    region: Annotated[
        list[str] | None, typer.Option(help="Where it may be metered; everywhere by default.")
    ] = None,
    registration_url: Annotated[
        str | None, typer.Option(help="Where `buyer land` brings the buyer's browser.")
    ] = None,
) -> None:
    """Put a product on sale."""
    product = terminal.api.list_product(
        title,
        [read_dimension(text) for text in dimension],
        mode=mode,
        product_code=code,
        delivery=delivery,
        pricing=pricing,
        regions=region or None,
        registration_url=registration_url,
    )
    terminal.show_one(product, without=("dimensions",))
    kind = _NEEDED.get(pricing)
    if kind is not None and all(one["kind"] != kind for one in product["dimension_terms"]):
        show_warning(f"a product of pricing {pricing} is sold by {kind} dimensions; it has none")


@client_command(product_commands, "amend")
def amend_product(
    terminal: Terminal,
    product: ProductCode,
    *,
    dimension: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[:KIND[:TYPE]][=PRICE]",
            help="One more, or one that gets another price; repeat for more.",
        ),
    ] = None,
    remove: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="One that nothing depends on; repeat for more."),
    ] = None,
) -> None:
    """Add dimensions, change prices, or take unused dimensions away.

    What is on the bill keeps its price, and an agreement the price of what it grants.
    """
    amended = terminal.api.amend_product(
        product,
        dimensions=[read_dimension(text) for text in dimension or ()] or None,
        removed_dimensions=remove or None,
    )
    terminal.show_one(amended, without=("dimensions",))


@client_command(product_commands, "opt-in")
def opt_in(
    terminal: Terminal,
    product: ProductCode,
    mode: Annotated[
        MeteringMode, typer.Option(help="What the listing takes from now on.")
    ] = MeteringMode.MIGRATING,
) -> None:
    """Move an older listing on to Concurrent Agreements; its buyers get licenses."""
    terminal.show_one(terminal.api.opt_in(product, mode))


@client_command(offer_commands, "list")
def list_offers(terminal: Terminal) -> None:
    """List all offers; each product has a standing public one."""
    terminal.show_list(
        terminal.api.list_offers(),
        "offers",
        (
            ("id", "offer_id"),
            ("product", "product_code"),
            ("kind", "kind"),
            ("days", "duration_days"),
            ("trial days", "trial_days"),
            ("renews", "is_renewing"),
            ("for", "buyer_account_ids"),
        ),
        nothing="there are no offers",
        prose=("days", "trial days", "for"),
    )


@client_command(offer_commands, "show")
def show_offer(
    terminal: Terminal, offer: Annotated[str, typer.Argument(help="The offer's id.")]
) -> None:
    """Show one offer."""
    terminal.show_one(terminal.api.show_offer(offer))


@client_command(offer_commands, "make")
def make_offer(  # noqa: PLR0913 - each option is a parameter
    terminal: Terminal,
    product: ProductCode,
    *,
    buyer: Annotated[
        list[str] | None, typer.Option(help="For this account only, which makes it private.")
    ] = None,
    lasts: Annotated[
        int | None,
        typer.Option(parser=read_duration, metavar="DURATION", help="How long, such as 365d."),
    ] = None,
    trial: Annotated[
        int | None,
        typer.Option(parser=read_duration, metavar="DURATION", help="A free trial, such as 14d."),
    ] = None,
    grant: Grants = None,
    price: Prices = None,
    proposer: Annotated[
        str | None, typer.Option(help="The channel partner's account; the seller by default.")
    ] = None,
    renews: Annotated[bool, typer.Option(help="Whether agreements renew by themselves.")] = False,
    expires: Annotated[
        str | None, typer.Option(metavar="TIME", help="Until when it can be accepted.")
    ] = None,
) -> None:
    """Extend an offer."""
    terminal.show_one(
        terminal.api.make_offer(
            product,
            kind=OfferKind.PRIVATE if buyer else OfferKind.PUBLIC,
            buyer_account_ids=buyer or None,
            duration_days=_in_days(lasts),
            trial_days=_in_days(trial),
            grants=read_grants(grant),
            prices=read_prices(price),
            proposer_account_id=proposer,
            is_renewing=renews,
            expires_at=expires,
        )
    )


def _in_days(seconds: int | None) -> int | None:
    if seconds is None:
        return None
    if seconds % _DAY_SECONDS:
        raise typer.BadParameter("an offer lasts whole days, such as 30d")
    return seconds // _DAY_SECONDS
