"""The life of a metering record: from the fold of its hour to AWS's answer."""
