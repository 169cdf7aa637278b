//! Promise: fixed point is fine enough that single neurons follow double precision to 1e-4 mV over 200 ms (2e-4 mV under the
//! microcircuit's in-degrees).

mod common;

use common::{cpu, delta_population, exp_population, gpu, head, network, projection};
use glam::UVec4;
use spikewatt::engine::{Engine, Options, advance_quietly};
use spikewatt::math::quantile::poisson_count;
use spikewatt::network::random::{Purpose, key, threefry};
use spikewatt::network::{Network, Population};
use spikewatt::neuron::{LifParameters, Model, propagator_mv_per_pa};

const STEPS: u32 = 2000;
const NEURONS: u32 = 6;

/// External arrivals at a neuron, by the definition of the drive: word k of lane j of each block of 256 neurons.
fn arrivals(n: &Network, p: &Population, neuron: u32, step: u32) -> u32 {
    let (block, k, lane) = (neuron / 256, neuron % 256 / 64, neuron % 64);
    let words = threefry(key(n.seed, Purpose::Drive, p.id), UVec4::new(block * 64 + lane, step, 0, 0));
    poisson_count(&p.poisson, words.to_array()[k as usize])
}

/// A neuron in double precision: the same equations, the same arrivals, its own arithmetic.
struct Reference {
    v: f64,
    syn: f64,
    refractory: u32,
}

impl Reference {
    fn step(&mut self, n: &Network, p: &Population, count: u32) -> bool {
        let (dt, q) = (n.scenario.dt_ms, &n.scenario.populations[p.id as usize]);
        let par = &LifParameters::of(q.model.values(&q.typical()));
        let weight = q.poisson.expect("driven").weight;
        let tau_syn = if weight >= 0.0 { par.tau_syn_ex_ms } else { par.tau_syn_in_ms };
        let rest = par.e_l_mv + par.i_e_pa * par.tau_m_ms / par.c_m_pf;
        let input = f64::from(count) * weight;
        if self.refractory == 0 {
            self.v = rest + (self.v - rest) * (-dt / par.tau_m_ms).exp();
            self.v += match p.model {
                Model::LifPscDelta => input,
                _ => self.syn * propagator_mv_per_pa(par, tau_syn, dt),
            };
        } else {
            self.refractory -= 1;
        }
        self.syn = self.syn * (-dt / tau_syn).exp() + input;
        let spike = self.v >= par.v_th_mv;
        if spike {
            self.v = par.v_reset_mv;
            self.refractory = (par.t_ref_ms / dt).round() as u32;
        }
        spike
    }
}

/// Follows the first neurons of population 0; gives the largest deviation in mV and the number of spikes.
fn follow(engine: &mut dyn Engine) -> (f64, u32) {
    let n = engine.network().clone();
    let p = &n.populations[0];
    let start = engine.potentials_mv(0, 0..NEURONS).expect("potentials");
    let mut neurons: Vec<Reference> = (0..NEURONS).map(|i| Reference { v: start[i as usize], syn: 0.0, refractory: 0 }).collect();
    let (mut worst, mut spikes) = (0f64, 0);
    for step in 0..STEPS {
        advance_quietly(engine, 1).expect("advances");
        let got = engine.potentials_mv(0, 0..NEURONS).expect("potentials");
        for (i, r) in neurons.iter_mut().enumerate() {
            spikes += u32::from(r.step(&n, p, arrivals(&n, p, i as u32, step)));
            worst = worst.max((got[i] - r.v).abs());
        }
    }
    (worst, spikes)
}

fn check(name: &str, text: &str) {
    check_within(name, text, 1e-4);
}

fn check_within(name: &str, text: &str, most_mv: f64) {
    let n = network(text);
    for mut engine in [cpu(&n, &Options::default()), gpu(&n, &Options::default())] {
        let (worst, spikes) = follow(engine.as_mut());
        println!("{name}: {worst:.2e} mV over {} ms, {spikes} spikes", f64::from(STEPS) / 10.0);
        assert!(worst < most_mv, "{name}: {worst} mV");
        assert!(spikes >= 10, "{name}: {spikes} spikes prove little");
    }
}

#[test]
fn delta_synapses_follow_double_precision() {
    check("lif_psc_delta", &(head(3) + &delta_population("N", NEURONS, 2.0, 11_500.0, 0.1)));
}

#[test]
fn exponential_synapses_follow_double_precision() {
    check("lif_psc_exp", &(head(3) + &exp_population("N", NEURONS, 0.5, 12_800.0, 87.81)));
}

#[test]
fn exponential_synapses_with_two_time_constants_follow_double_precision() {
    check("lif_psc_exp, two channels", &(head(4) + &exp_population("N", NEURONS, 2.0, 12_800.0, 87.81)));
}

/// The microcircuit's in-degrees force a coarse scale on the currents; it must still be fine enough. The senders are silent.
#[test]
fn the_scales_of_a_large_network_follow_double_precision() {
    let text = head(3)
        + &exp_population("N", NEURONS, 0.5, 12_800.0, 87.81)
        + &delta_population("silent", 1000, 2.0, 0.0, 0.1)
        + &projection(
            "silent",
            "N",
            "rule = \"fixed_indegree\"\nindegree = 1500\nweight_pa = { distribution = \"normal\", mean = -351.24, sd = 35.1, max = 0.0 }\ndelay_ms = 0.8",
        );
    let coarse = network(&text).populations[0].scales.w_bits;
    assert!(coarse <= 11, "the currents' scale is 2^-{coarse} pA, not coarse enough for this test");
    // A weight of 87.81 pA is rounded to 2^-10 pA, of which the drive adds up some 170.
    check_within("lif_psc_exp at the microcircuit's scale", &text, 2e-4);
}
