"""Check a file that `meterhouse evidence` wrote. It needs Python and nothing else.

    python verify_evidence.py evidence.json [DIGEST]

It exits with 0 if nothing in the file was changed since its digests were made and all its sums are
right, with 1 if not, naming what is wrong, and with 2 if it cannot be read. Whoever changes a line
can make all digests after it anew: keep the last one apart, such as in the mail with which the file
came, and give it as DIGEST.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

FORMAT = "meterhouse-evidence/1"
_UNREADABLE = 2


def digest_of(before: str, entry: dict[str, Any]) -> str:
    """Return the digest of an entry, in which those of all entries before it take part."""
    told = {name: value for name, value in entry.items() if name != "digest"}
    text = json.dumps(told, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()


def chained(entries: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield entries, each with its digest."""
    before = FORMAT
    for entry in entries:
        before = digest_of(before, entry)
        yield {**entry, "digest": before}


def complaints_about(document: dict[str, Any]) -> Iterator[str]:
    """Yield a sentence for everything that is wrong with a document."""
    if document.get("format") != FORMAT:
        yield f"its format is not {FORMAT}"
        return
    before = FORMAT
    for number, entry in enumerate(document["entries"], start=1):
        if digest_of(before, entry) != entry["digest"]:
            yield f"entry {number} ({entry.get('kind')}) was changed"
        before = entry["digest"]
    if document["digest"] != before:
        yield "the last digest is not that of the last entry"
    of_record: dict[str, list[dict[str, Any]]] = {}
    for entry in document["entries"]:
        of_record.setdefault(entry["record"], []).append(entry)
    for record, entries in of_record.items():
        for complaint in _complaints_about_record(entries):
            yield f"{record}: {complaint}"


def _complaints_about_record(entries: list[dict[str, Any]]) -> Iterator[str]:
    heads = [one for one in entries if one["kind"] == "record"]
    if len(heads) != 1:
        yield f"it is described {len(heads)} times"
        return
    (head,) = heads
    used = _sum(one["quantity"] for one in entries if one["kind"] == "event")
    used += _sum(one["units"] for one in entries if one["kind"] == "carried_in")
    journalled = Decimal(head["journalled"])
    if used != journalled:
        yield f"its events and what was carried in are {used} units, and not {journalled}"
    placed = _sum(head["standings"].values())
    if placed != journalled:
        yield f"{placed} of its {journalled} units have a place"
    included, said = head.get("included", "0"), head["standings"].get("included", "0")
    if Decimal(included) != Decimal(said):
        yield f"it was frozen with {included} included units, and {said} are said to be"
    for sent in (one["payload"] for one in entries if one["kind"] == "frozen"):
        quantity = Decimal(str(sent.get("Quantity", sent.get("QuantityAsDecimal"))))
        allotted = [
            one.get("AllocatedUsageQuantity", one.get("AllocatedUsageQuantityAsDecimal"))
            for one in sent.get("UsageAllocations", [])
        ]
        if allotted and _sum(allotted) != quantity:
            yield f"its allocations are {_sum(allotted)} units, and not {quantity}"
        billed = Decimal(head["standings"].get("metered", "0"))
        if head["state"] == "METERED" and billed != quantity:
            yield f"AWS was told {quantity} units, and {billed} are said to be metered"


def _sum(amounts: Any) -> Decimal:  # noqa: ANN401 - texts and numbers, of JSON
    return sum((Decimal(str(one)) for one in amounts), Decimal(0))


def main(arguments: list[str]) -> int:
    """Check a file; say what was found."""
    if not arguments:
        sys.stderr.write("name a file that `meterhouse evidence --out` wrote\n")
        return _UNREADABLE
    try:
        document = json.loads(Path(arguments[0]).read_text())
    except (OSError, ValueError, RecursionError) as error:
        sys.stderr.write(f"{arguments[0]} cannot be read: {error}\n")
        return _UNREADABLE
    wrong: list[str] = []
    try:
        wrong.extend(complaints_about(document))
        if len(arguments) > 1 and arguments[1] != document["digest"]:
            wrong.append("its digest is another than the one that was given")
    except (TypeError, LookupError, AttributeError, ArithmeticError) as error:
        wrong.append(f"it is not built as evidence is ({type(error).__name__}: {error})")
    for complaint in wrong:
        sys.stdout.write(f"WRONG: {complaint}\n")
    if not wrong:
        entries = len(document["entries"])
        sys.stdout.write(
            f"OK: {entries} entries, all sums are right; digest {document['digest']}\n"
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
