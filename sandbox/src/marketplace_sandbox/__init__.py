"""A local AWS Marketplace: a pure core, and shells that speak boto3 and AWS JSON 1.1."""
