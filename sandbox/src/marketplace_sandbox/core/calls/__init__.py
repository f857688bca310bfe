"""What is remembered of calls, and told of them."""
