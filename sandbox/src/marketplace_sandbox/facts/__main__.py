"""`python -m marketplace_sandbox.facts >RULES.md` writes the register of rules anew."""

import sys

from marketplace_sandbox.facts.document import rules_document

if __name__ == "__main__":
    sys.stdout.write(rules_document())
