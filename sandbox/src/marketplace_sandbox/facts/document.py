"""The register as a document that people read: Markdown tables of rules and switches."""

from collections.abc import Iterable, Iterator, Sequence

from marketplace_sandbox.facts.register import RULES
from marketplace_sandbox.facts.rule import Rule, Switch
from marketplace_sandbox.facts.switches import SWITCHES

_HEAD = """\
# What the sandbox knows of AWS Marketplace

Written by `python -m marketplace_sandbox.facts`; a test compares the two. Grades say how
well a rule is known. MODEL: the service model of botocore, which is the API's text. DOC: AWS's
guides (DOC-OLD: an older copy). SKILL: AWS's published agent skill. OBS: seen by others. LOCAL:
tried out with boto3. INF: not documented; the stricter or more plausible reading. `kept by` is the
file below `src/marketplace_sandbox/` in which the rule stands, and where its id is cited. Sections
only group the rules.
"""


def rules_document() -> str:
    """Write rules, what is not modelled, and switches as one Markdown document."""
    modelled = (rule for rule in RULES if rule.tested_by)
    left_out = (rule for rule in RULES if rule.not_modelled is not None)
    parts = (
        _HEAD,
        "## Rules\n",
        _table(
            ("section", "rule", "what AWS does", "grade", "kept by", "source"),
            map(_rule_row, modelled),
        ),
        "## Not modelled\n",
        _table(("section", "rule", "what AWS does", "why not"), map(_left_out_row, left_out)),
        "## Switches\n",
        "AWS contradicts itself, or is silent. The first reading of each is the default.\n",
        _table(
            ("switch", "", "question", "readings", "kept by", "why the default is the safer one"),
            map(_switch_row, SWITCHES),
        ),
    )
    return "\n".join(parts)


def _rule_row(rule: Rule) -> Sequence[str]:
    name, file = f"`{rule.rule_id}`", f"`{rule.kept_by}`"
    return rule.section, name, rule.sentence, rule.grade, file, rule.source


def _left_out_row(rule: Rule) -> Sequence[str]:
    assert rule.not_modelled is not None, "only such rules are left out"
    return rule.section, f"`{rule.rule_id}`", rule.sentence, rule.not_modelled


def _switch_row(switch: Switch) -> Sequence[str]:
    ordered = sorted(switch.readings, key=lambda reading: reading.value != switch.default)
    readings = " ".join(f"`{one.value}`: {one.sentence} ({one.grade})" for one in ordered)
    name, file = f"`{switch.name}`", f"`{switch.kept_by}`"
    return name, switch.contradiction, switch.question, readings, file, switch.why_default


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "".join(_lines(header, rows))


def _lines(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield _line(header)
    yield _line(["---"] * len(header))
    for row in rows:
        yield _line([cell.replace("|", "\\|").replace("<", "&lt;") for cell in row])


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |\n"
