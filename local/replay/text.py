"""A log's text: its encoding, what separates its columns, and its rows, none of them lost."""

import codecs
import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import clevercsv

from local.replay.errors import ReplayError

if TYPE_CHECKING:
    from _csv import Reader

_SAMPLE_CHARACTERS = 16_384
_DEFAULT_ENCODING = "utf-8-sig"
_DELIMITERS = ",;\t|"
# UTF-32's first: UTF-16's little-endian mark is how UTF-32's begins.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
# Excel says so in a line before the header.
_SEPARATOR_LINE = re.compile(r'"?sep=(?P<delimiter>.)"?\r?\n?', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TextForm:
    """How the files are written; None is found out for each file.

    A file's byte-order mark goes before `encoding`. With neither it is UTF-8: which of the older
    encodings it has cannot be known.
    """

    encoding: str | None = None
    delimiter: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """The fields of one row as they are, and the line on which it ends."""

    line: int
    fields: Sequence[str]


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row whose quotes make no sense, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Table:
    """An open file: its header, and its rows without blank lines."""

    header: tuple[str, ...]
    delimiter: str
    rows: Iterator[Row | BrokenRow]


def parse_form(encoding: str | None, delimiter: str | None) -> TextForm:
    """Check what was said about all files; a ReplayError names the option."""
    if encoding is not None:
        try:
            "".encode(encoding)  # codecs.lookup knows more than texts are encoded in
            name = codecs.lookup(encoding).name
        except (LookupError, UnicodeError):
            raise ReplayError(
                f"--encoding {encoding!r} is none that is known here; such are utf-8, latin-1, "
                "cp1252 and utf-16"
            ) from None
        encoding = _DEFAULT_ENCODING if name == "utf-8" else name
    if delimiter is not None:
        delimiter = {"tab": "\t", r"\t": "\t"}.get(delimiter.lower(), delimiter)
        if len(delimiter) != 1 or delimiter in '"\r\n':
            raise ReplayError(f"--delimiter is one character or tab, not {delimiter!r}")
    return TextForm(encoding, delimiter)


@contextmanager
def open_table(file: Path, form: TextForm) -> Iterator[Table]:
    """Open a log at its header; a ReplayError names what cannot be read and what to do about it."""
    encoding = form.encoding
    try:
        if not file.is_file() and file.exists():
            raise ReplayError(f"{file} is no file that can be read twice: save the log as one")
        encoding = _marked_encoding(file) or form.encoding or _DEFAULT_ENCODING
        with file.open(newline="", encoding=encoding) as text:
            yield _open_text(file, text, form)
    except UnicodeError as error:
        name = "utf-8" if encoding == _DEFAULT_ENCODING else encoding
        raise ReplayError(
            f"{file} is not {name}: say how it is encoded, such as --encoding latin-1 ({error})"
        ) from error
    except OSError as error:
        raise ReplayError(f"cannot read {file}: {error}") from error


def _marked_encoding(file: Path) -> str | None:
    with file.open("rb") as content:
        start = content.read(4)
    return next((name for mark, name in _MARKS if start.startswith(mark)), None)


def _open_text(file: Path, text: TextIO, form: TextForm) -> Table:
    sample = text.read(_SAMPLE_CHARACTERS)
    if "\0" in sample:
        raise ReplayError(
            f"{file} is no plain text: export it as CSV, or say how it is encoded, such as "
            "--encoding utf-16-le"
        )
    text.seek(0)
    lines_before = 0
    announced = _SEPARATOR_LINE.match(sample)
    if announced:
        text.readline()
        lines_before = 1
        sample = sample[announced.end() :]
    delimiter = form.delimiter or (announced["delimiter"] if announced else _find_delimiter(sample))
    # A quote after a blank is a quote; with the blank as delimiter it needs none before it.
    blanks = delimiter != " "
    lines = _LastLine(text)
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=blanks)
    rows = _read_rows(file, reader, lines, lines_before)
    header = next(rows, None)
    if isinstance(header, BrokenRow):
        raise ReplayError(f"the header of {file} cannot be read: {header.reason}")
    names = [name.strip() for name in header.fields] if header else []
    # As at the end of a row: what stands there has no column, and may be the rest of a quantity.
    while names and not names[-1]:
        names.pop()
    return Table(tuple(names), delimiter, rows)


def _find_delimiter(sample: str) -> str:
    # Whole lines only: a row that is cut off would speak against every delimiter.
    whole = sample.rpartition("\n")[0] if len(sample) == _SAMPLE_CHARACTERS else sample
    dialect = clevercsv.Sniffer().sniff(whole or sample, delimiters=_DELIMITERS)
    return (dialect.delimiter if dialect else None) or ","


class _LastLine:
    """Lines of text, of which the last stays at hand."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self.last = ""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        self.last = next(self._text)
        return self.last


def _read_rows(
    file: Path, reader: "Reader", lines: _LastLine, lines_before: int
) -> Iterator[Row | BrokenRow]:
    """Yield each row that is not blank; a ReplayError when a quote is open over several lines.

    After that nobody can say how many rows it has swallowed, or made.
    """
    line = lines_before
    while True:
        began = line + 1
        try:
            fields = next(reader, None)
        except csv.Error as error:
            line = lines_before + reader.line_num
            is_open = lines.last.count('"') % 2
            if line > began or is_open or "unexpected end" in str(error):
                raise ReplayError(
                    f"{file}: a quote in line {began} is not closed as it should be ({error})"
                ) from error
            yield BrokenRow(line, str(error))
            continue
        if fields is None:
            return
        line = lines_before + reader.line_num
        # A line of blanks is one field, whatever separates columns.
        if fields and (len(fields) > 1 or fields[0].strip()):
            yield Row(line, fields)
