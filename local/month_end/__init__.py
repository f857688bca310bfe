"""A month's end with the deployed functions, in a minute: the sandbox's clock is moved over it."""
