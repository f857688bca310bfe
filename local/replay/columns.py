"""Which column of a log means what."""

from collections.abc import Sequence
from dataclasses import dataclass

from local.replay.errors import ReplayError

_TIME_NAMES = ("time", "timestamp")


@dataclass(frozen=True, slots=True)
class Measure:
    """A column that holds the quantity of one dimension."""

    column: str
    dimension: str


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """What the person at the keyboard said; None: as the header suggests.

    With `measures` a row reports several dimensions (wide form); without, the dimension and the
    quantity stand in columns of their own (long form).
    """

    time_column: str | None = None
    subscription_column: str | None = None
    subscription: str | None = None
    dimension_column: str | None = None
    quantity_column: str | None = None
    measures: tuple[Measure, ...] = ()
    id_column: str | None = None


@dataclass(frozen=True, slots=True)
class Columns:
    """A choice that was checked against a file's header.

    Exactly one of `subscription_column` and `subscription` is set.
    """

    time_column: str
    subscription_column: str | None
    subscription: str | None
    dimension_column: str
    quantity_column: str
    measures: tuple[Measure, ...]
    id_column: str | None

    def shares(self, measure: Measure) -> bool:
        """Say whether another column counts into the same dimension."""
        return sum(one.dimension == measure.dimension for one in self.measures) > 1


def parse_measure(text: str) -> Measure:
    """Parse `COLUMN` or `COLUMN=dimension`."""
    column, equals, dimension = text.partition("=")
    if not column or (equals and not dimension):
        raise ReplayError(f"a measure is given as COLUMN or COLUMN=dimension, not as {text!r}")
    return Measure(column, dimension or column)


def choose_columns(choice: ColumnChoice, header: Sequence[str], delimiter: str) -> Columns:
    """Check a choice against a header; a ReplayError names what is absent or there twice."""
    if choice.subscription is not None and choice.subscription_column is not None:
        raise ReplayError("give either --subscription or --subscription-column, not both")
    subscription_column = None
    if choice.subscription is None:
        subscription_column = choice.subscription_column or _find(
            header, "subscription", by="--subscription-column"
        )
    is_long = not choice.measures
    columns = Columns(
        time_column=choice.time_column or _find(header, *_TIME_NAMES, by="--time-column"),
        subscription_column=subscription_column,
        subscription=choice.subscription,
        dimension_column=choice.dimension_column
        or (_find(header, "dimension", by="--dimension-column") if is_long else "dimension"),
        quantity_column=choice.quantity_column
        or (_find(header, "quantity", by="--quantity-column") if is_long else "quantity"),
        measures=choice.measures,
        id_column=choice.id_column,
    )
    if len(set(columns.measures)) < len(columns.measures):
        raise ReplayError("the same --measure was given twice: each counts once")
    for name, option in _needed(columns):
        if name not in header:
            raise ReplayError(
                f"the file has no column {name!r} (choose another with {option}); with the "
                f"delimiter {delimiter!r} it has {', '.join(header) or 'none'}; if another "
                "separates them, say --delimiter"
            )
        if header.count(name) > 1:
            raise ReplayError(
                f"the header names the column {name!r} {header.count(name)} times: give each a "
                f"name of its own in the file, or choose another with {option}"
            )
    return columns


def _find(header: Sequence[str], *names: str, by: str) -> str:
    """Return the one column of such a name, in whatever case; what nobody can tell is refused."""
    found = sorted({name for name in header if name.lower() in names})
    if len(found) > 1:
        raise ReplayError(f"both {' and '.join(found)} may be the {names[0]}: say which by {by}")
    return found[0] if found else names[0]


def _needed(columns: Columns) -> list[tuple[str, str]]:
    needed = [(columns.time_column, "--time-column")]
    if columns.subscription_column is not None:
        needed.append((columns.subscription_column, "--subscription-column or --subscription"))
    if columns.id_column is not None:
        needed.append((columns.id_column, "--id-column"))
    if columns.measures:
        needed.extend((measure.column, "--measure") for measure in columns.measures)
    else:
        needed.append((columns.dimension_column, "--dimension-column or --measure"))
        needed.append((columns.quantity_column, "--quantity-column"))
    return needed
