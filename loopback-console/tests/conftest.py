from hypothesis import settings

# A machine that is busy draws a chart slowly, which is no fault of the chart.
settings.register_profile("whole", deadline=None)
# Of `make check`, which looks for what is plainly wrong; `make test` tries a hundred examples.
settings.register_profile("quick", deadline=None, max_examples=10)
settings.load_profile("whole")
