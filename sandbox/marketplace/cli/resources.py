"""`sandbox resource`: what runs in buyers' accounts."""

from typing import Annotated

import typer

from sandbox.marketplace.cli.commands import client_command, group
from sandbox.marketplace.cli.options import AccountId, ProductCode
from sandbox.marketplace.cli.terminal import Terminal, show_text
from sandbox.marketplace.core.metering.callers import REGION_DEFAULT, Platform

resource_commands = group("resource", "Instances, tasks, pods and sessions in buyers' accounts.")


@client_command(resource_commands, "list")
def list_resources(terminal: Terminal) -> None:
    """List what runs, or ran."""
    terminal.show_list(
        terminal.api.get("resources"),
        "resources",
        (
            ("id", "resource_id"),
            ("product", "product_code"),
            ("account", "account_id"),
            ("platform", "platform"),
            ("region", "region"),
            ("launched", "launched_at"),
            ("stopped", "stopped_at"),
        ),
        nothing="nothing runs",
    )


@client_command(resource_commands, "launch")
def launch(
    terminal: Terminal,
    product: ProductCode,
    account: AccountId,
    *,
    platform: Annotated[Platform, typer.Option(help="Where it runs.")],
    region: Annotated[str, typer.Option(help="In which region.")] = REGION_DEFAULT,
) -> None:
    """Start one and print the keys with which it signs its calls."""
    terminal.show_one(
        terminal.api.post(
            "resources", product_code=product, account_id=account, platform=platform, region=region
        )
    )


@client_command(resource_commands, "stop")
def stop(
    terminal: Terminal, resource: Annotated[str, typer.Argument(help="The resource's id.")]
) -> None:
    """End one: its keys expire."""
    terminal.show_one(terminal.api.post(f"resources/{resource}/stop"))


@client_command(resource_commands, "key")
def show_key(terminal: Terminal) -> None:
    """Print the public key that checks RegisterUsage's signatures."""
    document = terminal.api.get("public-keys")
    terminal.show_list(
        document,
        "public_keys",
        (("version", "version"), ("created", "created_at"), ("rotated", "rotated_at")),
        nothing="there is no key",
    )
    if not terminal.is_for_programs:
        show_text(document["public_keys"][-1]["pem"])


@client_command(resource_commands, "rotate")
def rotate_key(terminal: Terminal) -> None:
    """Make a new version of the public key the current one."""
    document = terminal.api.post("public-keys")
    terminal.say(document, f"version {document['version']} is the current one")
