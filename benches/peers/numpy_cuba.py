"""The network of the scenario `cuba` in double precision with NumPy's random numbers: how much its rate differs between realisations.

usage: numpy_cuba.py [SEEDS]   (default 16; about 12 s each)
Prints the rates (Hz) of excitatory and inhibitory neurons over 9 s after 1 s, seed by seed, then their means and standard deviations.
"""
import sys
import numpy as np

N, NE, DT = 4000, 3200, 0.1


def rates(seed, bio_s=10.0, skip_s=1.0):
    rng = np.random.default_rng(seed)
    mask = rng.random((N, N)) < 0.02
    rows = [np.flatnonzero(mask[i]) for i in range(N)]
    v = rng.uniform(-60, -50, N)
    ge, gi, held, counts = np.zeros(N), np.zeros(N), np.zeros(N, int), np.zeros(N)
    de, di, dm = np.exp(-DT / 5), np.exp(-DT / 10), np.exp(-DT / 20)
    pe, pi = 5 / (5 - 20) * (de - dm), 10 / (10 - 20) * (di - dm)
    fired = np.zeros(0, int)
    for step in range(int(bio_s * 1e4)):
        free = held == 0
        v = np.where(free, -49 + (v + 49) * dm + ge * pe + gi * pi, v)
        held[~free] -= 1
        ge *= de
        gi *= di
        for j in fired:
            if j < NE:
                ge[rows[j]] += 1.62
            else:
                gi[rows[j]] -= 9.0
        fired = np.flatnonzero(v >= -50)
        v[fired], held[fired] = -60, 50
        if step >= skip_s * 1e4:
            counts[fired] += 1
    return counts[:NE].mean() / (bio_s - skip_s), counts[NE:].mean() / (bio_s - skip_s)


seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 16
all_rates = []
for seed in range(seeds):
    all_rates.append(rates(seed))
    print(f"seed {seed}: {all_rates[-1][0]:.3f} {all_rates[-1][1]:.3f}", flush=True)
mean, sd = np.mean(all_rates, axis=0), np.std(all_rates, axis=0, ddof=1)
print(f"{seeds} seeds: E {mean[0]:.3f} +- {sd[0]:.3f} Hz, I {mean[1]:.3f} +- {sd[1]:.3f} Hz")
