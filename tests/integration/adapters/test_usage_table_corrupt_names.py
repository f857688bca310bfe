"""Names that this program cannot have written are named: nobody's usage is billed by a guess."""

from datetime import timedelta
from typing import Any

import pytest

from meterhouse.adapters.usage_table.documents import write_document
from meterhouse.adapters.usage_table.ledger import UsageTable
from meterhouse.domain.journal.naming import NamedSpan
from meterhouse.domain.subscriptions.identity import SubscriptionKey, tenant_key
from meterhouse.errors import JournalCorruptError
from tests.integration.adapters.backends import Aws
from tests.integration.adapters.ledger_steps import LOG, NOON_AT, opened, taken
from tests.integration.adapters.table_items import spoil

ITEM = (str(LOG), "N#000000#0000")
NO_NAMES: list[object] = [[], {}, {"format": 1}]
SPAN = ["tenant#acme", 0, 3_600, "license#l-1"]


@pytest.mark.parametrize(
    "spans",
    [
        *({"B": b""}, {"B": b"no document"}, {"S": "text"}, None),
        *({"B": write_document(one)} for one in NO_NAMES),
        {"B": write_document({"format": 2, "spans": [SPAN]})},
        {"B": write_document({"format": 1, "spans": [SPAN[:3]]})},
        {"B": write_document({"format": 1, "spans": [[*SPAN[:2], "x", SPAN[3]]]})},
    ],
    ids=repr,
)
def test_corrupt_names_are_named(
    aws: Aws, usage_table: UsageTable, usage_table_name: str, spans: dict[str, Any] | None
) -> None:
    opened(usage_table)
    payer, until_at = SubscriptionKey("license#l-1"), NOON_AT + timedelta(hours=1)
    span = NamedSpan(tenant_key("acme"), NOON_AT, until_at, payer, 0)
    assert usage_table.write_names(taken(usage_table), [span])
    spoil(aws, usage_table_name, ITEM, spans=spans)

    with pytest.raises(JournalCorruptError) as caught:
        usage_table.names(LOG)

    assert "/".join(ITEM) in str(caught.value)
