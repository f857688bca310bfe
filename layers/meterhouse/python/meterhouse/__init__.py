"""Usage of a software product becomes AWS Marketplace metering records, exactly once."""

from meterhouse import starting

starting.begin()
