"""Tenants, their links, and which tenant a subscription is taken by.

A change of a link is one transaction: the tenant's item over the version that was read, and the
claim beside the subscription's facts. So two tenants cannot get one subscription, however requests
cross.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from meterhouse.adapters.dynamodb import CONDITION_FAILED, batch_get, call
from meterhouse.adapters.subscriptions_table.access import read_states
from meterhouse.adapters.subscriptions_table.states import VERSION, state_key
from meterhouse.adapters.usage_table.items import text
from meterhouse.domain.hours import format_moment
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.state import State
from meterhouse.domain.subscriptions.tenants import RENEWALS_MAX, Links, TenantLink, followed
from meterhouse.errors import StorageUnavailableError, TransactionCancelledError
from meterhouse.ports.tenants import Kept, OpenTenant

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from meterhouse.adapters.usage_table.items import Item, Value
    from meterhouse.ports.process import Report

_LINKS, _CLAIM = "links", "tenant"
_TIMES = ("linked_at", "unlinked_at")
# Another transaction writes one of the items at this moment.
_CONFLICT = "TransactionConflict"
_IS_FREE_OR_MINE = "attribute_not_exists(tenant) OR tenant = :tenant"


class TenantsTable:
    """Implements `ports.tenants.TenantBook` and `TenantRegister` on DynamoDB."""

    def __init__(self, client: "DynamoDBClient", table_name: str, report: "Report") -> None:
        self._client = client
        self._table_name = table_name
        self._report = report

    def links(self, tenants: Collection[SubscriptionKey]) -> dict[SubscriptionKey, Links]:
        """Return the links of tenants; see the port."""
        keys = [_links_key(one) for one in dict.fromkeys(tenants)]
        items = batch_get(self._client, self._table_name, keys)
        said = {SubscriptionKey(item["pk"]["S"]): _read(item) for item in items}
        states: dict[str, State] = {}
        asked = set[str]()
        for _ in range(RENEWALS_MAX):
            found = {tenant: followed(tenant, links, states) for tenant, links in said.items()}
            named = {
                one.subscription for links in (*said.values(), *found.values()) for one in links
            }
            if named <= asked:
                break
            states |= self.states(named - asked)
            asked |= named
        return {tenant: followed(tenant, links, states) for tenant, links in said.items() if links}

    def states(self, subscriptions: Collection[str]) -> dict[str, State]:
        """Return the states of subscriptions; see the port."""
        keys = [state_key(one) for one in sorted({*subscriptions})]
        items = batch_get(self._client, self._table_name, keys)
        return {state.folder: state for state in read_states(items, self._report)}

    def open(self, tenant: SubscriptionKey) -> OpenTenant:
        """Return a tenant as it stands now; see the port."""
        item = next(batch_get(self._client, self._table_name, [_links_key(tenant)]), None)
        if item is None:
            return OpenTenant(tenant)
        return OpenTenant(tenant, _read(item), int(item[VERSION]["N"]))

    def add(self, opened: OpenTenant, link: TenantLink, aliases: Collection[str] = ()) -> Kept:
        """Write one link more; see the port."""
        mine = {":tenant": text(opened.key)}
        free: list[TransactWriteItemTypeDef] = [
            {
                "ConditionCheck": {
                    "TableName": self._table_name,
                    "Key": _claim_key(alias),
                    "ConditionExpression": _IS_FREE_OR_MINE,
                    "ExpressionAttributeValues": mine,
                }
            }
            for alias in sorted({*aliases} - {link.subscription})
        ]
        claim = self._claim(opened.key, link.subscription, {_CLAIM: text(opened.key)})
        return self._write(opened, (*opened.links, link), [claim, *free])

    def end(self, opened: OpenTenant, link: TenantLink, ended: Links) -> Kept:
        """Write that a link is over; see the port."""
        # That of a renewal never claimed its subscription.
        is_own = link in opened.links
        claims = [self._claim(opened.key, link.subscription, {})] if is_own else []
        return self._write(opened, ended, claims)

    def _claim(
        self, tenant: SubscriptionKey, subscription: str, said: "dict[str, Value]"
    ) -> "TransactWriteItemTypeDef":
        return {
            "Put": {
                "TableName": self._table_name,
                "Item": {**_claim_key(subscription), **said},
                "ConditionExpression": _IS_FREE_OR_MINE,
                "ExpressionAttributeValues": {":tenant": text(tenant)},
            }
        }

    def _write(
        self, opened: OpenTenant, links: Links, claims: "Sequence[TransactWriteItemTypeDef]"
    ) -> Kept:
        # As `put_over`, in a transaction.
        tenant: TransactWriteItemTypeDef = {
            "Put": {
                "TableName": self._table_name,
                "Item": {
                    **_links_key(opened.key),
                    _LINKS: {"L": [{"M": _written(one)} for one in links]},
                    VERSION: {"N": str(opened.version + 1)},
                },
                "ConditionExpression": (
                    "#version = :version" if opened.version else "attribute_not_exists(#version)"
                ),
                "ExpressionAttributeNames": {"#version": VERSION},
            }
        }
        if opened.version:
            tenant["Put"]["ExpressionAttributeValues"] = {":version": {"N": str(opened.version)}}
        try:
            call(partial(self._client.transact_write_items, TransactItems=[tenant, *claims]))
        except TransactionCancelledError as error:
            if error.codes[0] == CONDITION_FAILED or _CONFLICT in error.codes:
                return Kept.OVERTAKEN
            if CONDITION_FAILED in error.codes:
                return Kept.CLAIMED
            raise StorageUnavailableError(f"a link: {', '.join(error.codes)}") from error
        return Kept.WRITTEN


def _links_key(tenant: SubscriptionKey) -> "dict[str, Value]":
    return {"pk": text(tenant), "sk": text(_LINKS)}


def _claim_key(subscription: str) -> "dict[str, Value]":
    return {"pk": text(subscription), "sk": text(_CLAIM)}


def _written(link: TenantLink) -> "dict[str, Any]":
    times = {name: getattr(link, name) for name in _TIMES}
    said = {name: text(format_moment(at)) for name, at in times.items() if at is not None}
    return {"subscription": text(link.subscription), **said}


def _read(item: "Item") -> Links:
    return tuple(_read_link(one["M"]) for one in item[_LINKS]["L"])


def _read_link(said: "Item") -> TenantLink:
    times = {name: datetime.fromisoformat(said[name]["S"]) for name in _TIMES if name in said}
    return TenantLink(SubscriptionKey(said["subscription"]["S"]), **times)
