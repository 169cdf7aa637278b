"""One neuron of NEST 3.10 under a step of current and four arrivals, as a CSV trace for tests/models.rs.

usage: nest_neuron.py MODEL '{"C_m": ..., ...}' CURRENT_PA EXCITATION INHIBITION > tests/data/nest/NAME.csv
The current flows at 20..180 ms (it reaches the neuron one step later), excitation arrives from 50, 52 and 54 ms, inhibition from 100 ms,
with a delay of 1 ms. Weights are in NEST's unit of the model.
"""
import json, sys
import nest

model, parameters = sys.argv[1], json.loads(sys.argv[2])
current, excitation, inhibition = map(float, sys.argv[3:6])
nest.ResetKernel()
nest.resolution = 0.1
neuron = nest.Create(model, params=parameters)
step = nest.Create("step_current_generator", params={"amplitude_times": [20.0, 180.0], "amplitude_values": [current, 0.0]})
nest.Connect(step, neuron, syn_spec={"delay": 0.1})
for times, weight in (([50.0, 52.0, 54.0], excitation), ([100.0], inhibition)):
    source = nest.Create("spike_generator", params={"spike_times": times})
    nest.Connect(source, neuron, syn_spec={"weight": weight, "delay": 1.0})
meter = nest.Create("multimeter", params={"record_from": ["V_m"], "interval": 0.1})
recorder = nest.Create("spike_recorder")
nest.Connect(meter, neuron)
nest.Connect(neuron, recorder)
nest.Simulate(220.1)
spikes = [round(float(t), 4) for t in recorder.get("events")["times"]]
print(f"# NEST {nest.__version__} {model}, dt 0.1 ms, step {current} pA at 20..180 ms (reaches the neuron one step later)")
print(f"# parameters: {json.dumps(parameters)}")
print(f"# synapses: exc {excitation} at 50, 52, 54 ms, inh {inhibition} at 100 ms, delay 1 ms")
print(f"# spike_times_ms: {spikes}")
print("t_ms,v_mv")
events = meter.get("events")
for t, v in zip(events["times"], events["V_m"]):
    print(f"{round(float(t), 4):.10g},{float(v):.9g}")
