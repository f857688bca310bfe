"""The `sandbox` command: serve a sandbox, and drive one that is being served.

Each client command is one or two requests of the control API; what it prints with `--json` is that
API's own document.
"""
