"""A rule with its source, and a switch between the readings of a contradiction."""

from dataclasses import dataclass
from enum import StrEnum

from marketplace_sandbox.core.model.readings import Readings


class Grade(StrEnum):
    """How well a rule is known."""

    MODEL = "MODEL"  # the service model of botocore, which is the API's text
    DOC = "DOC"  # AWS's guides and blog
    DOC_OLD = "DOC-OLD"  # a guide's older copy, where nothing newer could be read
    SKILL = "SKILL"  # AWS's published agent skill, which is no contract
    OBS = "OBS"  # seen or stated by others
    LOCAL = "LOCAL"  # tried out with botocore
    INF = "INF"  # not documented: the stricter or the more plausible reading


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that AWS does.

    Attributes:
        section: of the facts that the sandbox is built on, as 1.3.
        source: the page or the member of the model that says so.
        tested_by: the test functions that show it; empty if it is not modelled.
        kept_by: the file that keeps it, below `src/marketplace_sandbox/`; it cites the rule's id.
        not_modelled: why the sandbox does not do it; None if it does.

    """

    rule_id: str
    section: str
    sentence: str
    grade: Grade
    source: str
    tested_by: tuple[str, ...] = ()
    kept_by: str | None = None
    not_modelled: str | None = None

    def __post_init__(self) -> None:
        assert bool(self.tested_by) != bool(self.not_modelled), "a rule is tested, or says why not"
        assert bool(self.tested_by) == bool(self.kept_by), "what is modelled is kept by a file"


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read AWS where it contradicts itself or is silent."""

    value: str
    sentence: str
    grade: Grade
    source: str


@dataclass(frozen=True, slots=True)
class Switch:
    """A question that AWS answers in several ways, and how the sandbox reads it by default.

    Attributes:
        name: of the field of Readings.
        contradiction: its number in section 0.
        why_default: why a seller is safer with the default.
        kept_by: the file that acts on it, below `src/marketplace_sandbox/`; it cites the name.

    """

    name: str
    contradiction: str
    question: str
    readings: tuple[Reading, ...]
    why_default: str
    tested_by: tuple[str, ...]
    kept_by: str

    @property
    def default(self) -> str:
        """How it is read unless somebody says otherwise."""
        return str(getattr(Readings(), self.name))
