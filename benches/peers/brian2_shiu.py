"""The model of Shiu et al. 2024 (doi:10.1038/s41586-024-07763-9) on Brian2: a network of any size from an edge list, with stimulated neurons.

usage: brian2_shiu.py EDGES --neurons N --bio-s T [--stimulus TIMES.csv | --rate HZ --stimulated N] [--spikes OUT.csv]
       [--refractory-ms 2.2] [--standalone] [--threads 0] [--seed 1]

EDGES is a CSV with the columns source, target and weight (signed number of synapses, 0.275 mV each) or what `cargo run --example edges` writes; TIMES.csv neuron and step: before each such
step the neuron's potential jumps by 250 x 0.275 mV. OUT.csv gets neuron and step of every spike. Stimulated neurons are never refractory.
With --rate the first N neurons get Poisson jumps instead. Prints one JSON line with times and counts; with --standalone a C++ program is
built, else Brian2 runs in Python.
"""
import argparse, json, tempfile, time
import numpy as np
ap = argparse.ArgumentParser()
ap.add_argument("edges")
ap.add_argument("--neurons", type=int, required=True)
ap.add_argument("--bio-s", type=float, required=True)
ap.add_argument("--stimulus")
ap.add_argument("--rate", type=float, default=0.0)
ap.add_argument("--stimulated", type=int, default=0)
ap.add_argument("--spikes")
ap.add_argument("--refractory-ms", type=float, default=2.2)
ap.add_argument("--standalone", action="store_true")
ap.add_argument("--threads", type=int, default=0)
ap.add_argument("--seed", type=int, default=1)
a = ap.parse_args()
import brian2 as b
from brian2 import mV, ms, Hz
folder = tempfile.mkdtemp()
if a.standalone:
    b.set_device("cpp_standalone", directory=folder, build_on_run=False)
    # One thread is its own default, without OpenMP.
    b.prefs.devices.cpp_standalone.openmp_threads = a.threads if a.threads > 1 else 0
else:
    b.prefs.codegen.target = "cython"
b.defaultclock.dt = 0.1 * ms
b.seed(a.seed)
begin = time.perf_counter()
if a.edges.endswith(".npy"):
    edges = np.load(a.edges)
    source, target, weight = edges["source"].astype(np.int32), edges["target"].astype(np.int32), edges["weight"].astype(float)
else:
    table = np.genfromtxt(a.edges, delimiter=",", names=True)
    source, target, weight = table["source"].astype(int), table["target"].astype(int), table["weight"]
v_0, v_th, w_syn, f_poi = -52 * mV, -45 * mV, 0.275 * mV, 250
eqs = """dv/dt = (v_0 - v + g) / t_mbr : volt (unless refractory)
         dg/dt = -g / tau : volt (unless refractory)
         rfc : second"""
space = dict(v_0=v_0, v_th=v_th, v_rst=v_0, t_mbr=20 * ms, tau=5 * ms)
neurons = b.NeuronGroup(a.neurons, eqs, method="linear", threshold="v > v_th", reset="v = v_rst; g = 0 * mV", refractory="rfc", namespace=space)
neurons.v, neurons.g, neurons.rfc = v_0, 0 * mV, a.refractory_ms * ms
synapses = b.Synapses(neurons, neurons, "w : volt", on_pre="g += w", delay=1.8 * ms)
synapses.connect(i=source, j=target)
synapses.w = weight * w_syn
parts = [neurons, synapses]
if a.stimulus:
    times = np.genfromtxt(a.stimulus, delimiter=",", names=True)
    stimulated, index = np.unique(times["neuron"].astype(int), return_inverse=True)
    # A jump in the step before is there when the next begins.
    drive = b.SpikeGeneratorGroup(len(stimulated), index, (times["step"] - 1) * 0.1 * ms)
    push = b.Synapses(drive, neurons, on_pre="v += f_poi * w_syn", namespace=dict(f_poi=f_poi, w_syn=w_syn))
    push.connect(i=np.arange(len(stimulated)), j=stimulated)
    parts += [drive, push]
else:
    stimulated = np.arange(a.stimulated)
    parts += [b.PoissonInput(neurons[int(i):int(i) + 1], "v", N=1, rate=a.rate * Hz, weight=w_syn * f_poi) for i in stimulated]
for i in stimulated:
    neurons[int(i):int(i) + 1].rfc = 0 * ms
monitor = b.SpikeMonitor(neurons, record=bool(a.spikes))
network = b.Network(*parts, monitor)
network.run(a.bio_s * b.second)
built = time.perf_counter() - begin
if a.standalone:
    b.device.build(directory=folder, run=False)
    built = time.perf_counter() - begin
    b.device.run(folder, with_output=False, run_args=[])
if a.spikes:
    order = np.lexsort((monitor.i, monitor.t))
    with open(a.spikes, "w") as out:
        out.write("neuron,step\n")
        for k in order:
            out.write(f"{monitor.i[k]},{int(round(monitor.t[k] / (0.1 * ms)))}\n")
counts = np.asarray(monitor.count)
result = dict(name="Brian2 " + b.__version__, neurons=a.neurons, synapses=len(source), bio_s=a.bio_s, spikes=int(counts.sum()),
              active=int((counts > 0).sum()), build_s=built)
if a.standalone:
    result |= dict(run_s=b.device._last_run_time, rtf=b.device._last_run_time / a.bio_s)
print(json.dumps(result))
