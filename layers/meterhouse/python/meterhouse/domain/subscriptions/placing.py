"""Which folders belong together, as a fact says, and which products are ours."""

from collections.abc import Iterator
from dataclasses import dataclass

from meterhouse.domain.subscriptions.facts import Fact, FolderKey, agreement_folder
from meterhouse.domain.subscriptions.identity import (
    SubscriptionKey,
    legacy_account_key,
    legacy_customer_key,
)


@dataclass(frozen=True, slots=True)
class Products:
    """The products of this deployment, by AWS's codes.

    Attributes:
        ours: those that it bills; empty for all products of the account.
        legacy: listings whose buyers have no license, and are billed by product code.

    """

    ours: frozenset[str] = frozenset()
    legacy: frozenset[str] = frozenset()

    def are_foreign(self, code: str | None) -> bool:
        """Tell whether a product is certainly none of ours."""
        return bool(self.ours) and code is not None and code not in self.ours | self.legacy


def names(fact: Fact) -> tuple[SubscriptionKey, ...]:
    """Return every key under which usage may name the buyer whom a registration names.

    A license has one key. A legacy customer can be named by identifier or by account.
    """
    code, account = fact.product_code, fact.account_id
    if fact.license is not None:
        return () if account is None else (fact.license,)
    if code is None:
        return ()
    found: list[SubscriptionKey] = []
    if fact.customer_identifier is not None:
        found.append(legacy_customer_key(code, fact.customer_identifier))
    if account is not None:
        found.append(legacy_account_key(code, account))
    return tuple(found)


def links(fact: Fact, products: Products) -> Iterator[tuple[FolderKey, FolderKey]]:
    """Yield which folder reads which, as far as a fact tells.

    A license of a product that is not ours is nobody's subscription, nor is one of a legacy
    listing: its buyer would be billed twice.
    """
    code, account = fact.product_code, fact.account_id
    if fact.previous_agreement_id is not None and fact.agreement_id is not None:
        yield agreement_folder(fact.previous_agreement_id), agreement_folder(fact.agreement_id)
    if products.are_foreign(code):
        return
    if fact.license is not None:
        if code in products.legacy:
            return
        license_folder = FolderKey(fact.license)
        if fact.agreement_id is not None:
            yield license_folder, agreement_folder(fact.agreement_id)
        if code is not None and account is not None:
            yield FolderKey(legacy_account_key(code, account)), license_folder
    elif code is not None and account is not None and fact.customer_identifier is not None:
        customer = legacy_customer_key(code, fact.customer_identifier)
        yield FolderKey(legacy_account_key(code, account)), FolderKey(customer)
