"""Compare what this checkout does with what an earlier commit did, where a move may change nothing.

`python toolchain/same_behaviour.py COMMIT` exits with 1 and shows the differences. Compared are:
the control API's OpenAPI document, the help of every command, RULES.md, a state file that the
earlier commit wrote and this one writes again, the items of the usage table, names of metrics, the
template, and the traces of 50 histories of the simulation.
"""

import argparse
import ast
import difflib
import hashlib
import importlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parents[1]
SEEDS = range(1, 51)
PARTS = ("openapi", "help", "rules", "items", "metrics", "template", "traces")
_LAYER = "layers/meterhouse/python"
_SOURCES = (_LAYER, "sandbox/src", ".")


def main() -> None:
    """Compare, or with --part write down one part of the checkout at $ROOT."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commit", nargs="?")
    parser.add_argument("--part", choices=(*PARTS, "serve"))
    parser.add_argument("--state", type=Path)
    told = parser.parse_args()
    if told.part == "serve":
        _sandbox("cli.app").app(["serve", "--port", "0", "--state", str(told.state)])
    elif told.part:
        print(globals()[f"_{told.part}"]())
    elif told.commit is None:
        parser.error("name the commit before")
    else:
        sys.exit(_compare(told.commit))


def _compare(commit: str) -> int:
    differing = 0
    with tempfile.TemporaryDirectory() as folder:
        before = Path(folder) / "before"
        _run(["git", "clone", "--quiet", str(HERE), str(before)])
        _run(["git", "-C", str(before), "checkout", "--quiet", commit])
        for part in PARTS:
            was, is_now = (_part(root, part) for root in (before, HERE))
            differing += _say(part, was, is_now)
        was, is_now = _states(before, Path(folder))
        differing += _say("state file", was, is_now)
    return min(differing, 1)


def _say(part: str, was: str, is_now: str) -> bool:
    print(f"{part}: {'equal' if was == is_now else 'DIFFERENT'} ({len(was):,} characters)")
    if was != is_now:
        lines = difflib.unified_diff(was.splitlines(), is_now.splitlines(), "before", "now", n=1)
        print("\n".join([*lines][:60]))
    return was != is_now


def _part(root: Path, part: str) -> str:
    return _run(_command(part), _environment(root))


def _command(part: str, *more: str) -> list[str]:
    own = HERE / "toolchain" / "same_behaviour.py"
    return [sys.executable, "-P", str(own), "--part", part, *more]


def _environment(root: Path) -> dict[str, str]:
    path = os.pathsep.join(str(root / source) for source in _SOURCES)
    return os.environ | {"PYTHONPATH": path, "ROOT": str(root), "COLUMNS": "400", "TERM": "dumb"}


def _run(command: list[str], environment: dict[str, str] | None = None) -> str:
    return subprocess.run(  # noqa: S603 - commands of this file
        command, env=environment, cwd="/", check=True, text=True, stdout=subprocess.PIPE
    ).stdout


def _sandbox(module: str) -> Any:  # noqa: ANN401 - a module
    root = Path(os.environ["ROOT"])
    # Pieced together, so that a move of today rewrites no name of yesterday.
    name = "marketplace_sandbox" if (root / "sandbox/src").is_dir() else "sandbox" + ".marketplace"
    found = importlib.import_module(f"{name}.{module}")
    if not Path(str(found.__file__)).is_relative_to(root):
        sys.exit(f"{found.__file__} is of another checkout than {root}")
    return found


def _openapi() -> str:
    return json.dumps(_sandbox("control.app").describe_api(), indent=1, sort_keys=True)


def _help() -> str:
    import typer  # noqa: PLC0415 - only this part needs it
    from typer.testing import CliRunner  # noqa: PLC0415 - as above

    texts = []

    def walk(app: typer.Typer, command: Any, words: list[str]) -> None:  # noqa: ANN401 - click's
        texts.append(f"== {' '.join(words)}\n{CliRunner().invoke(app, [*words, '--help']).output}")
        for name, below in sorted(getattr(command, "commands", {}).items()):
            walk(app, below, [*words, name])

    for app in (_sandbox("cli.app").app, importlib.import_module("operations.__main__").app):
        walk(app, typer.main.get_command(app), [])
    text = "\n".join(texts).replace(os.environ["ROOT"], "ROOT")
    text = re.sub(r"<meterhouse[.\w]+>", "<type>", text)
    return re.sub(r"[ ─]+", " ", text)


def _rules() -> str:
    text = (Path(os.environ["ROOT"]) / "sandbox/RULES.md").read_text()
    rows = [line for line in text.splitlines() if line.startswith("| ") and "---" not in line]
    # Which file keeps a rule is what a move changes.
    return re.sub(r" \| (kept by|`[\w/]+\.py`)(?= \|)", "", "\n".join(rows))


def _items() -> str:
    record = importlib.import_module("tests.formats.record")
    items = record.items_written_now()
    # The token of a batch's write is drawn anew each time.
    plain = [{name: value for name, value in one.items() if name != "by"} for one in items]
    return json.dumps(plain, indent=1, sort_keys=True, default=repr)


def _metrics() -> str:
    names = set()
    for path in (Path(os.environ["ROOT"]) / _LAYER).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(
                    func=ast.Attribute(attr="count" | "gauge"), args=[ast.Constant(str(name)), *_]
                ):
                    names.add(name)
                case _:
                    pass
    return "\n".join(sorted(names))


def _template() -> str:
    return (Path(os.environ["ROOT"]) / "template.yaml").read_text()


def _traces() -> str:
    play = importlib.import_module("tests.simulation.play").play
    digests = []
    for seed in SEEDS:
        lines = "\n".join(play(seed, is_traced=True).gate.trace.lines)
        digests.append(f"{seed}: {len(lines)} {hashlib.sha256(lines.encode()).hexdigest()}")
    return "\n".join(digests)


def _states(before: Path, folder: Path) -> tuple[str, str]:
    """Let the earlier commit write a state, and both read it and write it again."""
    state = folder / "shop.json"
    _serve(before, state, _fill)
    again = []
    for number, root in enumerate((before, HERE)):
        copy = folder / f"copy-{number}.json"
        copy.write_bytes(state.read_bytes())
        _serve(root, copy, lambda _: None)
        # The first line says when it was saved.
        again.append("".join(copy.read_text().splitlines(keepends=True)[1:]))
    return again[0], again[1]


def _serve(root: Path, state: Path, work: Any) -> None:  # noqa: ANN401 - what is done meanwhile
    command = _command("serve", "--state", str(state))
    with subprocess.Popen(  # noqa: S603 - a command of this file
        command, env=_environment(root), cwd="/", text=True, stdout=subprocess.PIPE
    ) as server:
        try:
            work((server.stdout or sys.stdin).readline().split()[-1])
        finally:
            server.send_signal(signal.SIGINT)


def _fill(url: str) -> None:
    import boto3  # noqa: PLC0415 - only this part needs it
    import httpx  # noqa: PLC0415 - as above

    with httpx.Client(base_url=f"{url}/_sandbox/", trust_env=False) as api:
        api.post("clock/freeze").raise_for_status()
        now = api.get("clock").json()["now"]
        session = boto3.Session("any", "thing", region_name="us-east-1")
        client = session.client("meteringmarketplace", endpoint_url=url)
        for mode in ("license", "legacy"):
            product = api.post("products", json={"title": mode, "mode": mode, "dimensions": ["d"]})
            code = product.raise_for_status().json()["product_code"]
            sold = api.post("agreements", json={"product_code": code}).raise_for_status().json()
            api.post("tokens", json={"agreement_id": sold["agreement_id"]}).raise_for_status()
            api.post("faults", json={"kind": "unprocessed"}).raise_for_status()
            record = {"Timestamp": now, "Dimension": "d", "Quantity": 3}
            account = sold["customer_aws_account_id"]
            record |= (
                {"LicenseArn": sold["license_arn"], "CustomerAWSAccountId": account}
                if mode == "license"
                else {"CustomerAWSAccountId": account}
            )
            call = {"UsageRecords": [record]} | ({} if mode == "license" else {"ProductCode": code})
            for _ in range(3):
                client.batch_meter_usage(**call)
            api.post(f"agreements/{sold['agreement_id']}/cancel").raise_for_status()


if __name__ == "__main__":
    main()
