"""Somebody who uses a running stack from outside, with everything that takes."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from marketplace_sandbox.client import SandboxClient

from local.seller.aftermath import Aftermath
from local.stack.addresses import StackAddresses
from local.stack.aws_clients import AwsAccess
from local.stack.lifecycle import aws_access


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
