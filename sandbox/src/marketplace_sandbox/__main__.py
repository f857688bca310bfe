"""`python -m marketplace_sandbox`: the `sandbox` command."""

from marketplace_sandbox.cli.app import app

if __name__ == "__main__":
    app(prog_name="python -m marketplace_sandbox")
