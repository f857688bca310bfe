"""What a browser sees: the registration page behind the HTTP API."""
