"""Which folders belong together, as a fact says, and which products are ours."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from meterhouse.domain.subscriptions.facts import (
    AGREEMENT_PREFIX,
    Fact,
    FolderKey,
    Kind,
    agreement_folder,
)
from meterhouse.domain.subscriptions.identity import (
    PRODUCT_ID_PREFIX,
    SubscriptionKey,
    legacy_account_key,
    legacy_customer_key,
)
from meterhouse.domain.subscriptions.state import Phase, State


@dataclass(frozen=True, slots=True)
class Products:
    """The products of this deployment, by AWS's codes and ids.

    Attributes:
        ours: codes and ids of those that it bills; empty for all products of the account.
        legacy: listings whose buyers have no license, and are billed by product code.

    """

    ours: frozenset[str] = frozenset()
    legacy: frozenset[str] = frozenset()

    def are_foreign(self, code: str | None, product_id: str | None = None) -> bool:
        """Tell whether a product is certainly none of ours.

        What is known by its code alone is compared with codes, and by its id alone with ids, if
        any is named: the Agreement API tells ids, and registrations tell codes.
        """
        if {code, product_id} & (self.ours | self.legacy):
            return False
        ids = {one for one in self.ours if one.startswith(PRODUCT_ID_PREFIX)}
        has_codes = len(ids) < len(self.ours)
        return (code is not None and has_codes) or (product_id is not None and bool(ids))

    def are_not_of(self, state: State) -> bool:
        """Tell whether a license or an agreement is certainly none of ours to bill.

        That may show only after a license became known: the Agreement API tells of no code. Whose
        buyer came to our page is ours, whatever is declared.
        """
        is_license = state.folder.startswith("license#")
        is_told = is_license or state.folder.startswith(AGREEMENT_PREFIX)
        if not is_told or state.registered_at is not None:
            return False
        is_legacy = is_license and state.product_code in self.legacy
        return is_legacy or self.are_foreign(state.product_code, state.product_id)

    def owned(self, state: State) -> State:
        """Return a state under which nothing is billed that is not ours."""
        if not self.are_not_of(state):
            return state
        return replace(state, identity=None, phase=Phase.PENDING, has_access=False)


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

    A license of a product that is not ours is nobody's subscription, unless its buyer came to our
    page; nor is one of a legacy listing: its buyer would be billed twice.
    """
    code, account = fact.product_code, fact.account_id
    if fact.previous_agreement_id is not None and fact.agreement_id is not None:
        yield agreement_folder(fact.previous_agreement_id), agreement_folder(fact.agreement_id)
    if fact.kind is not Kind.REGISTERED and products.are_foreign(code, fact.product_id):
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
