"""Somebody who uses a running stack from outside, with everything that takes."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from marketplace_sandbox.client import SandboxClient
from rich.console import Console

from local.seller.aftermath import Aftermath
from local.stack.addresses import StackAddresses
from local.stack.aws_clients import AwsAccess
from local.stack.layout import BUILT_TEMPLATE, StackFiles
from local.stack.lifecycle import aws_access, running_stack
from local.stack.start import StackPlan


@dataclass(frozen=True, slots=True)
class StackUser:
    """The stack's addresses, and open connections to what they lead to."""

    addresses: StackAddresses
    aws: AwsAccess
    marketplace: SandboxClient
    aftermath: Aftermath


@contextlib.contextmanager
def use_stack(addresses: StackAddresses) -> Iterator[StackUser]:
    """Use a stack for the length of a `with` block; the connections are closed at its end."""
    with aws_access(addresses) as aws, SandboxClient(addresses.sandbox_url) as marketplace:
        yield StackUser(addresses, aws, marketplace, Aftermath(aws, addresses))


@contextlib.contextmanager
def use_private_stack(
    console: Console, files: StackFiles, template: Path = BUILT_TEMPLATE
) -> Iterator[StackUser]:
    """Start a stack for the length of a `with` block, tell of it, and use it."""
    console.print("Starting a private local stack", style="bold")
    with (
        running_stack(
            files,
            StackPlan(template=template.resolve()),
            lambda text: console.print(f"  {text}", markup=False, soft_wrap=True),
        ) as addresses,
        use_stack(addresses) as user,
    ):
        yield user
