"""Weights of plastic synapses in NEST, spike by spike: reference for tests/plasticity.rs.

usage: nest_plasticity.py > tests/data/nest/plasticity.csv
A pre- and a postsynaptic parrot neuron fire at random times of 1 s; the synapse between them, of 1.5 ms delay, records its weight
(of STDP, between 0 and 100, 50 at first) or what it sends (of short-term plasticity, weight 100) at every presynaptic spike.
Columns: rule, time of the presynaptic spike, weight. The spike times stand in the head.
"""
import numpy as np, nest

DT, DELAY, SECONDS = 0.1, 1.5, 1.0
rng = np.random.default_rng(7)
train = lambda n: np.round(np.sort(rng.choice(np.arange(20, int(SECONDS * 1e4)), n, replace=False)) * DT, 1)
PRE, POST = train(60), train(60)
STDP = dict(Wmax=100., weight=50., tau_plus=20., alpha=1.05)
RULES = {f"{pairing}:{mu_plus}{mu_minus}": (model, dict(STDP, **{"lambda": 0.05}, mu_plus=float(mu_plus), mu_minus=float(mu_minus)))
         for pairing, model in [("all_to_all", "stdp_synapse"), ("nearest_neighbour", "stdp_nn_symm_synapse")]
         for mu_plus, mu_minus in [(0, 0), (0, 1), (1, 0), (1, 1)]}
RULES["depressing"] = ("tsodyks2_synapse", dict(weight=100., U=0.5, tau_rec=200., tau_fac=0.))
RULES["facilitating"] = ("tsodyks2_synapse", dict(weight=100., U=0.15, u=0.15, tau_rec=50., tau_fac=600.))
print(f"# NEST {nest.__version__}, dt {DT} ms; STDP: lambda 0.05, alpha 1.05, tau_plus 20, tau_minus 30 ms, digits: mu_plus, mu_minus")
print("# depressing: U 0.5, tau_rec 200, tau_fac 0 ms; facilitating: U 0.15, tau_rec 50, tau_fac 600 ms")
print("# pre_ms: " + " ".join(map(str, PRE)))
print("# post_ms: " + " ".join(map(str, POST)))
print("rule,time_ms,weight")
for name, (model, parameters) in RULES.items():
    nest.ResetKernel(); nest.set(resolution=DT); nest.set_verbosity("M_ERROR")
    pre, post = nest.Create("parrot_neuron"), nest.Create("parrot_neuron", params=dict(tau_minus=30.))
    for times, neuron in [(PRE, pre), (POST, post)]:
        # The parrot fires a delay of 1 ms after its generator.
        nest.Connect(nest.Create("spike_generator", params=dict(spike_times=times - 1.0)), neuron, syn_spec=dict(delay=1.0))
    recorder = nest.Create("weight_recorder")
    nest.CopyModel(model, "synapse", dict(weight_recorder=recorder))
    # Receptor 1 of a parrot does not make it fire.
    nest.Connect(pre, post, syn_spec=dict(synapse_model="synapse", receptor_type=1, delay=DELAY, **parameters))
    nest.Simulate(SECONDS * 1e3 + 10.)
    events = recorder.get("events")
    for t, w in sorted(zip(events["times"], events["weights"])):
        print(f"{name},{t:.1f},{w:.9g}")
