"""The command line of the operations: `python -m operations account`."""

import typer

from operations.account import account

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def main() -> None:
    """Look at a Meterhouse from outside; nothing here writes anything."""


app.command()(account)


if __name__ == "__main__":
    app()
