"""What holds for every test: neither a busy machine nor how it was started makes one fail."""

import signal

from hypothesis import HealthCheck, settings

# The same examples each time, however long one takes: what is slow is no finding here.
settings.register_profile(
    "steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("steady")

# A shell's background jobs ignore Ctrl-C, and so would the programs that tests start and end by it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
