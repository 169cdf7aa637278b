//! What the tests share: the adapter they need, engines for small networks, and scenario texts.

#![allow(dead_code, reason = "every test file is a program of its own and uses its own share of this")]

pub(crate) mod ranks;
pub(crate) mod workloads;

use std::sync::OnceLock;

use spikewatt::engine::gpu::{self, Device, FoundAdapter, GpuEngine};
use spikewatt::engine::{Counts, Engine, Options, Spike, advance_quietly, cpu::CpuEngine};
use spikewatt::network::Network;
use spikewatt::scenario::parse;

/// Whether everything is run, not what takes minutes in turns: `./test --full`.
pub(crate) fn full() -> bool {
    std::env::var_os("SPIKEWATT_FULL").is_some()
}

/// The best adapter, opened once. A machine without one fails the test: GPU tests are never skipped.
pub(crate) fn adapter() -> &'static (FoundAdapter, Device) {
    static ADAPTER: OnceLock<(FoundAdapter, Device)> = OnceLock::new();
    ADAPTER.get_or_init(|| {
        let adapter = gpu::choose(gpu::adapters(), None).unwrap_or_else(|e| {
            panic!("these tests need a graphics adapter; ./test installs a software one (Debian: apt-get install mesa-vulkan-drivers). {e}")
        });
        println!("adapter: {:?}", adapter.description);
        let device = adapter.open().expect("the adapter opens");
        (adapter, device)
    })
}

pub(crate) fn network(text: &str) -> Network {
    Network::build(&parse("test.toml", text, None).expect("a valid scenario")).expect("a valid network")
}

pub(crate) fn cpu(network: &Network, options: &Options) -> Box<dyn Engine> {
    Box::new(CpuEngine::new(network.clone(), options).expect("the CPU engine"))
}

pub(crate) fn gpu(network: &Network, options: &Options) -> Box<dyn Engine> {
    let (adapter, device) = adapter();
    Box::new(GpuEngine::new(network.clone(), options, adapter, device).expect("the GPU engine"))
}

/// Spikes and counts of a run.
pub(crate) fn run(engine: &mut dyn Engine, steps: u64) -> (Vec<Spike>, Counts) {
    advance_quietly(engine, steps).expect("advances");
    (engine.take_spikes().expect("spikes"), engine.counts().expect("counts"))
}

/// Recording, and nothing else out of the ordinary.
pub(crate) fn recording() -> Options {
    Options { record: true, ..Options::default() }
}

/// A population of exponential-synapse neurons.
pub(crate) fn exp_population(name: &str, size: u32, tau_syn_in_ms: f64, rate_hz: f64, weight_pa: f64) -> String {
    format!(
        "[[population]]\nname = \"{name}\"\nsize = {size}\nmodel = \"lif_psc_exp\"\n\
         v_init_mv = {{ distribution = \"normal\", mean = -58.0, sd = 5.0 }}\n\
         parameters = {{ tau_m_ms = 10.0, c_m_pf = 250.0, e_l_mv = -65.0, v_th_mv = -50.0, v_reset_mv = -65.0, t_ref_ms = 2.0, tau_syn_ex_ms = 0.5, tau_syn_in_ms = {tau_syn_in_ms:?} }}\n\
         poisson = {{ rate_hz = {rate_hz:?}, weight_pa = {weight_pa:?} }}\n\n"
    )
}

/// A population of delta-synapse neurons.
pub(crate) fn delta_population(name: &str, size: u32, t_ref_ms: f64, rate_hz: f64, weight_mv: f64) -> String {
    format!(
        "[[population]]\nname = \"{name}\"\nsize = {size}\nmodel = \"lif_psc_delta\"\n\
         v_init_mv = {{ distribution = \"uniform\", min = 0.0, max = 20.0 }}\n\
         parameters = {{ tau_m_ms = 20.0, e_l_mv = 0.0, v_th_mv = 20.0, v_reset_mv = 10.0, t_ref_ms = {t_ref_ms:?} }}\n\
         poisson = {{ rate_hz = {rate_hz:?}, weight_mv = {weight_mv:?} }}\n\n"
    )
}

/// A projection; `rest` holds rule, weight and delay.
pub(crate) fn projection(source: &str, target: &str, rest: &str) -> String {
    format!("[[projection]]\nsource = \"{source}\"\ntarget = \"{target}\"\n{rest}\n\n")
}

/// The head of a scenario text.
pub(crate) fn head(seed: u64) -> String {
    format!("name = \"test\"\nversion = 1\ndt_ms = 0.1\nseed = {seed}\n\n")
}

/// A network in which everything is plastic that may be, driven and recurrent.
pub(crate) fn lively() -> String {
    let population = |name: &str, size: u32| exp_population(name, size, 1.5, 12_000.0, 87.0);
    let stdp = |pairing: &str, mu: u32| {
        format!(
            "stdp = {{ pairing = \"{pairing}\", lambda = 0.02, alpha = 1.1, mu_plus = {mu}, mu_minus = 1, tau_plus_ms = 15.0, tau_minus_ms = 30.0, w_max_pa = 120.0 }}"
        )
    };
    head(9)
        + &population("E", 900)
        + &population("I", 300)
        + "[[population]]\nname = \"S\"\nsize = 40\nmodel = \"poisson_source\"\nparameters = { rate_hz = 40.0 }\n\n"
        + &projection(
            "E",
            "E",
            &format!(
                "rule = \"fixed_indegree\"\nindegree = 50\nweight_pa = {{ distribution = \"uniform\", min = 0.0, max = 100.0 }}\ndelay_ms = 1.5\n{}",
                stdp("all_to_all", 0)
            ),
        )
        + &projection(
            "E",
            "I",
            &format!(
                "rule = \"pairwise_bernoulli\"\nprobability = 0.1\nweight_pa = 60.0\ndelay_ms = 0.1\n{}",
                stdp("nearest_neighbour", 1)
            ),
        )
        + &projection(
            "S",
            "E",
            &format!("rule = \"fixed_outdegree\"\noutdegree = 100\nweight_pa = 50.0\ndelay_ms = 2.0\n{}", stdp("all_to_all", 1)),
        )
        + &projection(
            "I",
            "E",
            "rule = \"fixed_indegree\"\nindegree = 30\nweight_pa = -300.0\ndelay_ms = { distribution = \"uniform\", min = 0.5, max = 3.0 }\nshort_term = { u = 0.4, tau_rec_ms = 100.0, tau_fac_ms = 20.0 }",
        )
        + &projection("I", "I", "rule = \"fixed_indegree\"\nindegree = 30\nweight_pa = -100.0\ndelay_ms = 0.8")
}
