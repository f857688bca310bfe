"""Development tools that stand in for AWS; nothing in here ships to AWS."""
