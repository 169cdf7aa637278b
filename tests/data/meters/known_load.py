#!/usr/bin/env python3
"""A meter that plays a known load: 80 W, with 20 W more and less in turn every 0.35 s, as joules counted ten times a second.

The mean power over any whole number of its 0.7 s turns is 80 W exactly, whatever runs beside it. With an argument it prints watts instead.
"""
import sys
import time

TURN_S = 0.7


def energy_j(t):
    """Joules from 0 to t: 100 W in the first half of every turn, 60 W in the second."""
    turns, rest = divmod(t, TURN_S)
    half = TURN_S / 2
    return 80.0 * TURN_S * turns + 100.0 * min(rest, half) + 60.0 * max(rest - half, 0.0)


begin = time.monotonic()
while True:
    now = time.monotonic() - begin
    if len(sys.argv) > 1:
        print(f"{(energy_j(now) - energy_j(max(now - 0.1, 0))) / 0.1:.3f} W", flush=True)
    else:
        print(f"{energy_j(now):.4f} J", flush=True)
    time.sleep(0.1)
