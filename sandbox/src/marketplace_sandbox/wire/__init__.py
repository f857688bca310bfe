"""The protocols' shells: what needs a library, a header or a socket."""
