"""`sandbox resource`: what runs in buyers' accounts."""

import shlex
from typing import Annotated

import typer

from marketplace_sandbox.cli.commands import client_command, group
from marketplace_sandbox.cli.options import AccountId, ProductCode
from marketplace_sandbox.cli.tables import Record
from marketplace_sandbox.cli.terminal import Terminal, show_text
from marketplace_sandbox.core.model.callers import REGION_DEFAULT, Platform

ResourceId = Annotated[str, typer.Argument(metavar="RESOURCE", help="The resource's id.")]
_KEYS = {
    "AWS_ACCESS_KEY_ID": "access_key_id",
    "AWS_SECRET_ACCESS_KEY": "secret_access_key",
    "AWS_SESSION_TOKEN": "session_token",
}

resource_commands = group("resource", "Instances, tasks, pods and sessions in buyers' accounts.")


@client_command(resource_commands, "list")
def list_resources(terminal: Terminal) -> None:
    """List what runs, or ran."""
    terminal.show_list(
        terminal.api.list_resources(),
        "resources",
        (
            ("id", "resource_id"),
            ("product", "product_code"),
            ("account", "account_id"),
            ("platform", "platform"),
            ("region", "region"),
            ("stopped", "stopped_at"),
        ),
        nothing="nothing runs",
    )


@client_command(resource_commands, "show")
def show(terminal: Terminal, resource: ResourceId) -> None:
    """Show one, with the keys with which it signs its calls."""
    terminal.show_one(terminal.api.show_resource(resource))


@client_command(resource_commands, "launch")
def launch(
    terminal: Terminal,
    product: ProductCode,
    account: AccountId,
    *,
    platform: Annotated[Platform, typer.Option(help="Where it runs.")],
    region: Annotated[str, typer.Option(help="In which region.")] = REGION_DEFAULT,
    env: Annotated[
        bool,
        typer.Option("--env", help='Print its keys as a shell takes them: eval "$(... --env)".'),
    ] = False,
) -> None:
    """Start one and print the keys with which it signs its calls."""
    document = terminal.api.launch_resource(product, account, platform, region=region)
    if env:
        show_text(_write_environment(document))
    else:
        terminal.show_one(document)


@client_command(resource_commands, "stop")
def stop(terminal: Terminal, resource: ResourceId) -> None:
    """End one: its keys expire."""
    terminal.show_one(terminal.api.stop_resource(resource), without=_KEYS.values())


@client_command(resource_commands, "key")
def show_key(terminal: Terminal) -> None:
    """Print the public key that checks RegisterUsage's signatures."""
    document = terminal.api.list_public_keys()
    terminal.show_list(
        document,
        "public_keys",
        (("version", "version"), ("created", "created_at"), ("rotated", "rotated_at")),
        nothing="there is no key yet: launch a container, or rotate",
    )
    if document["public_keys"] and not terminal.is_for_programs:
        show_text(document["public_keys"][-1]["pem"])


@client_command(resource_commands, "rotate")
def rotate_key(terminal: Terminal) -> None:
    """Make a new version of the public key the current one."""
    document = terminal.api.rotate_public_key()
    terminal.say(document, f"version {document['version']} is the current one")


def _write_environment(resource: Record) -> str:
    """Write what SDKs read from the environment; those of JavaScript know AWS_REGION only."""
    values = {name: resource[field] for name, field in _KEYS.items()}
    values |= dict.fromkeys(("AWS_REGION", "AWS_DEFAULT_REGION"), resource["region"])
    return "".join(f"export {name}={shlex.quote(str(text))}\n" for name, text in values.items())
