"""What holds for every test: a busy machine makes none of them fail."""

from hypothesis import HealthCheck, settings

# The same examples each time, however long one takes: what is slow is no finding here.
settings.register_profile(
    "steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("steady")
