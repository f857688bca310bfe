from hypothesis import settings

# A machine that builds something else meanwhile is slow, not wrong.
settings.register_profile("meterhouse", deadline=None, max_examples=60)
settings.load_profile("meterhouse")
