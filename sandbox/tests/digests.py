"""What a marketplace remembers, as one short text that two moments can be compared by."""

import hashlib

from marketplace_sandbox.hosted import HostedMarketplace


def digest_of(marketplace: HostedMarketplace) -> str:
    marketplace.desks.events.waiting()  # what a served sandbox plans by itself is planned now
    with marketplace.step() as step:
        return hashlib.sha256(repr(step.state).encode("utf-8", "surrogatepass")).hexdigest()
