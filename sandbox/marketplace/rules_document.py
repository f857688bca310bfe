"""Write `sandbox/RULES.md` anew: `python -m sandbox.marketplace.rules_document`."""

from pathlib import Path

from sandbox.marketplace.core.rules.document import rules_document

DOCUMENT = Path(__file__).parents[1] / "RULES.md"

if __name__ == "__main__":
    DOCUMENT.write_text(rules_document(), "utf-8")
