from pathlib import Path

import pytest

from local.replay.errors import ReplayError
from local.replay.log_reader import BadRow, LogForm, LoggedUsage, read_logs
from local.replay.text import TextForm, parse_form

ROWS = (
    ("time", "subscription", "dimension", "quantity"),
    ("2026-11-28T20:05:00Z", "Müller & Söhne", "api_calls", "5"),
    ("2026-11-28T20:06:00Z", "acme", "api_calls", "6"),
)
BUYERS = ["Müller & Söhne", "acme"]


def written(tmp_path: Path, content: bytes) -> Path:
    file = tmp_path / "usage (1).csv"
    file.write_bytes(content)
    return file


def buyers(file: Path, form: TextForm | None = None) -> list[str]:
    members = list(read_logs([file], LogForm(text=form or TextForm())))
    usage = [member for member in members if isinstance(member, LoggedUsage)]
    assert len(usage) == len(members)
    assert sum(one.quantity for one in usage) == 11
    return [one.subscription for one in usage]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_the_delimiter_is_found_out(tmp_path: Path, delimiter: str, line_end: str) -> None:
    text = "".join(delimiter.join(row) + line_end for row in ROWS)
    assert buyers(written(tmp_path, text.encode())) == BUYERS


@pytest.mark.parametrize("line", ["sep=^\r\n", '"sep=^"\r\n', "SEP=^\n"])
def test_the_line_in_which_excel_says_the_delimiter_counts(tmp_path: Path, line: str) -> None:
    text = line + "".join("^".join(row) + "\r\n" for row in ROWS)
    assert buyers(written(tmp_path, text.encode("utf-8-sig"))) == BUYERS


def test_a_bad_rows_line_is_counted_from_the_start_of_the_file(tmp_path: Path) -> None:
    text = "sep=;\n\n" + "".join(";".join(row) + "\n" for row in ROWS) + ";;;\n"
    *_, bad = read_logs([written(tmp_path, text.encode())], LogForm())
    assert getattr(bad, "line", None) == 6


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252"]
)
def test_each_encoding_is_read_as_marked_or_as_said(tmp_path: Path, encoding: str) -> None:
    text = "".join(",".join(row) + "\n" for row in ROWS)
    file = written(tmp_path, text.encode(encoding))
    assert buyers(file, parse_form(encoding, None)) == BUYERS
    if encoding.startswith("utf") and not encoding.endswith("-le"):
        assert buyers(file) == BUYERS
    else:
        with pytest.raises(ReplayError, match=r"usage \(1\)\.csv .*--encoding"):
            buyers(file)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("said", ["latin-1", "utf-16-le", "utf-8"])
def test_a_files_own_mark_goes_before_what_is_said_of_all(
    tmp_path: Path, encoding: str, said: str
) -> None:
    text = "".join(",".join(row) + "\n" for row in ROWS)
    assert buyers(written(tmp_path, text.encode(encoding)), parse_form(said, None)) == BUYERS


def test_quotes_after_a_blank_are_quotes(tmp_path: Path) -> None:
    text = "".join(", ".join(f'"{value}"' for value in row) + "\n" for row in ROWS)
    assert buyers(written(tmp_path, text.replace("acme", "acme, Inc").encode())) == [
        BUYERS[0],
        "acme, Inc",
    ]
    text = "".join(" ".join(f'"{value}"' for value in row) + "\n" for row in ROWS)
    assert buyers(written(tmp_path, text.encode()), TextForm(delimiter=" ")) == BUYERS


def test_a_byte_that_is_not_utf8_far_down_is_refused_with_the_option(tmp_path: Path) -> None:
    rows = [ROWS[0], *(("2026-11-28T20:05:00Z", "a", "d", "1"),) * 20_000, ROWS[1]]
    text = "".join(",".join(row) + "\n" for row in rows)
    with pytest.raises(ReplayError, match=r"is not utf-8: say .* --encoding latin-1"):
        buyers(written(tmp_path, text.encode("latin-1")))


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match="export it as CSV"):
        buyers(written(tmp_path, b"PK\x03\x04\x14\0\x06\0"))


def test_what_cannot_be_read_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match="read twice"):
        buyers(tmp_path)


def test_a_nul_far_down_makes_its_row_bad(tmp_path: Path) -> None:
    rows = [ROWS[0], *(ROWS[2],) * 1_000, ("2026-11-28T20:05:00Z", "ac\0me", "api_calls", "5")]
    text = "".join(",".join(row) + "\n" for row in rows)
    *good, bad = read_logs([written(tmp_path, text.encode())], LogForm())
    assert len(good) == 1_000
    assert isinstance(bad, BadRow)
    assert "NUL" in bad.reason


def test_lines_of_blanks_are_blank_lines(tmp_path: Path) -> None:
    lines = ["  \t", ",".join(ROWS[0]), " ", ",".join(ROWS[1]), "\t", "", ",".join(ROWS[2]), "  "]
    assert buyers(written(tmp_path, "\n".join(lines).encode())) == BUYERS


ROW = "2026-11-28T20:05:00Z,a,d,1\n"
OPEN = '2026-11-28T20:05:00Z,a,"d,1\n'


def test_a_quote_in_a_column_that_nobody_reads_swallows_nothing_in_silence(tmp_path: Path) -> None:
    head, row = "time,subscription,dimension,quantity,note\n", "2026-11-28T20:05:00Z,a,d,1,"
    text = f'{head}{row}"broken\n{row}x\n{row}ok"\n{row}"two\nlines, with commas"\n'
    bad, good = read_logs([written(tmp_path, text.encode())], LogForm())
    assert isinstance(bad, BadRow)
    assert "looks like rows" in bad.reason
    assert isinstance(good, LoggedUsage)


def test_a_broken_row_makes_no_row_of_what_it_quotes(tmp_path: Path) -> None:
    text = (
        "time,subscription,dimension,quantity,note\n"
        '2026-11-28T20:05:00Z,"ac"x,a,1,"note\n2026-11-28T20:05:00Z,phantom,a,100,more"\n'
    )
    with pytest.raises(ReplayError, match="a quote in line 2 is not closed"):
        list(read_logs([written(tmp_path, text.encode())], LogForm()))


@pytest.mark.parametrize(
    "rows", [OPEN + ROW, OPEN + '2026-11-28T20:05:00Z,a,"d",1\n', OPEN + ROW * 9_000]
)
def test_a_quote_that_stays_open_swallows_nothing_in_silence(tmp_path: Path, rows: str) -> None:
    text = f"time,subscription,dimension,quantity\n{ROW}{rows}"
    with pytest.raises(ReplayError, match="a quote in line 3 is not closed"):
        list(read_logs([written(tmp_path, text.encode())], LogForm()))


def test_a_delimiter_and_an_encoding_can_be_said() -> None:
    assert parse_form("UTF8", "TAB") == TextForm("utf-8-sig", "\t")
    assert parse_form("Latin-1", "^") == TextForm("iso8859-1", "^")
    assert parse_form(None, None) == TextForm()
    for delimiter in ("", ";;", '"', "\n"):
        with pytest.raises(ReplayError, match="--delimiter"):
            parse_form(None, delimiter)
    for encoding in ("klingon", "rot13", "base64", "undefined"):
        with pytest.raises(ReplayError, match="--encoding"):
            parse_form(encoding, None)


def test_a_chosen_delimiter_wins_over_what_the_file_says(tmp_path: Path) -> None:
    file = written(tmp_path, ("sep=;\n" + "".join("|".join(row) + "\n" for row in ROWS)).encode())
    assert buyers(file, TextForm(delimiter="|")) == BUYERS
    with pytest.raises(ReplayError, match=r"delimiter ';' it has time\|subscription"):
        buyers(file)
