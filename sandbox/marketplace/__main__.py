"""`python -m sandbox.marketplace`: the `sandbox` command."""

from sandbox.marketplace.cli.app import app

if __name__ == "__main__":
    app(prog_name="python -m sandbox.marketplace")
