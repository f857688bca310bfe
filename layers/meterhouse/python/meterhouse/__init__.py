"""Usage of a software product becomes AWS Marketplace metering records, exactly once."""
