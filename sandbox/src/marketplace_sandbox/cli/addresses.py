"""Where `serve` listens, and all other commands look for it, when nothing else is said."""

HOST_DEFAULT = "127.0.0.1"
PORT_DEFAULT = 8901
URL_DEFAULT = f"http://{HOST_DEFAULT}:{PORT_DEFAULT}"
