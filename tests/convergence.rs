//! Promise: each model converges to its equations at its scheme's order: halving dt shrinks the error by two to the power of it.
//!
//! Without spikes that are bound to the grid, against the equations in double precision with very small steps.

mod common;

use common::{cpu, network};
use spikewatt::engine::{Options, advance_quietly};
use spikewatt::neuron::Model;

/// Runge-Kutta steps of fourth order in double precision.
fn solve<const N: usize>(mut y: [f64; N], ms: f64, dt: f64, slope: impl Fn(&[f64; N]) -> [f64; N]) -> [f64; N] {
    let shifted = |y: &[f64; N], k: &[f64; N], h: f64| std::array::from_fn(|i| y[i] + h * k[i]);
    for _ in 0..(ms / dt).round() as u64 {
        let k1 = slope(&y);
        let k2 = slope(&shifted(&y, &k1, dt / 2.0));
        let k3 = slope(&shifted(&y, &k2, dt / 2.0));
        let k4 = slope(&shifted(&y, &k3, dt));
        y = std::array::from_fn(|i| y[i] + dt / 6.0 * (k1[i] + 2.0 * (k2[i] + k3[i]) + k4[i]));
    }
    y
}

/// Potential of a neuron after some time, mV.
fn potential(dt_ms: f64, ms: f64, population: &str) -> f64 {
    let text = format!("name = \"t\"\nversion = 1\ndt_ms = {dt_ms:?}\n\n[[population]]\nname = \"N\"\nsize = 1\n{population}\n");
    let n = network(&text);
    let mut engine = cpu(&n, &Options::default());
    advance_quietly(engine.as_mut(), (ms / dt_ms).round() as u64).expect("advances");
    // A spike that sets the potential back, at the end of a step, would hide the scheme's order.
    let resets = n.populations[0].model != Model::HhCondExpTraub;
    assert!(!resets || engine.counts().expect("counts").total_spikes() == 0);
    engine.potentials_mv(0, 0..1).expect("a potential")[0]
}

/// Errors at rising fineness must shrink as the order says, down to what the arithmetic resolves.
fn check(model: &str, order: i32, floor_mv: f64, errors: &[f64]) {
    let ratios: Vec<f64> = errors.windows(2).map(|e| e[0] / e[1]).collect();
    println!(
        "{model}: errors {} mV, ratios {ratios:.1?}, order {order}",
        errors.iter().map(|e| format!("{e:.2e}")).collect::<Vec<_>>().join(", ")
    );
    assert!(errors[0] > 8.0 * floor_mv, "{model}: an error of {} mV at the coarsest step shows no order", errors[0]);
    for e in errors.windows(2) {
        let expected = e[0] / f64::from(2i32.pow(order as u32));
        assert!(e[1] <= 1.35 * expected + floor_mv, "{model}: {} mV after {} mV", e[1], e[0]);
        assert!(e[1] >= 0.5 * expected - floor_mv, "{model}: better than its order: is the reference right?");
    }
}

#[test]
fn current_based_neurons_are_exact_at_any_step() {
    let parameters = "tau_m_ms = 10.0, c_m_pf = 250.0, e_l_mv = -65.0, v_th_mv = -40.0, v_reset_mv = -65.0, t_ref_ms = 2.0";
    let exp = format!(
        "model = \"lif_psc_exp\"\nv_init_mv = -70.0\ninitial = {{ i_syn_ex_pa = 800.0, i_syn_in_pa = -900.0 }}\nparameters = {{ {parameters}, tau_syn_ex_ms = 2.0, tau_syn_in_ms = 5.0, i_e_pa = 300.0 }}"
    );
    let delta = format!("model = \"lif_psc_delta\"\nv_init_mv = -70.0\nparameters = {{ {parameters}, i_e_pa = 300.0 }}");
    let [v, ..] =
        solve([-70.0, 800.0, -900.0], 20.0, 1e-3, |[v, e, i]| [(-65.0 - v) / 10.0 + (e + i + 300.0) / 250.0, -e / 2.0, -i / 5.0]);
    let [w] = solve([-70.0], 20.0, 1e-3, |[v]| [(-65.0 - v) / 10.0 + 300.0 / 250.0]);
    for dt in [1.0, 0.5, 0.1, 0.05] {
        let errors = [(potential(dt, 20.0, &exp) - v).abs(), (potential(dt, 20.0, &delta) - w).abs()];
        println!("dt {dt} ms: lif_psc_exp {:.1e} mV, lif_psc_delta {:.1e} mV", errors[0], errors[1]);
        assert!(errors.iter().all(|e| *e < 1e-4), "dt {dt} ms: {errors:?}");
    }
}

#[test]
fn conductance_based_neurons_converge_at_fourth_order() {
    let population = "model = \"lif_cond_exp\"\nv_init_mv = -75.0\ninitial = { g_ex_ns = 30.0, g_in_ns = 150.0 }\nparameters = { c_m_pf = 200.0, g_l_ns = 10.0, e_l_mv = -60.0, v_th_mv = -40.0, v_reset_mv = -60.0, t_ref_ms = 5.0, e_ex_mv = 0.0, e_in_mv = -80.0, tau_syn_ex_ms = 2.0, tau_syn_in_ms = 10.0 }";
    let [v, ..] = solve([-75.0, 30.0, 150.0], 4.0, 1e-3, |[v, e, i]| {
        [(10.0 * (-60.0 - v) + e * (0.0 - v) + i * (-80.0 - v)) / 200.0, -e / 2.0, -i / 10.0]
    });
    let errors = [1.0, 0.5, 0.25].map(|dt| (potential(dt, 4.0, population) - v).abs());
    check("lif_cond_exp", 4, 2e-5, &errors);
}

#[test]
fn the_quadratic_neuron_converges_at_first_order() {
    let population = "model = \"izhikevich\"\nv_init_mv = -80.0\ninitial = { u = -5.0 }\nparameters = { a = 0.02, b = 0.2, c_mv = -65.0, d = 8.0, i_e = 3.0 }";
    let [v, _] = solve([-80.0, -5.0], 3.0, 1e-3, |[v, u]| [0.04 * v * v + 5.0 * v + 140.0 - u + 3.0, 0.02 * (0.2 * v - u)]);
    let errors = [0.1, 0.05, 0.025].map(|dt| (potential(dt, 3.0, population) - v).abs());
    check("izhikevich", 1, 5e-5, &errors);
}

#[test]
fn the_adaptive_exponential_neuron_converges_at_fourth_order() {
    let population = "model = \"adex_cond_exp\"\nv_init_mv = -90.0\ninitial = { g_ex_ns = 60.0, w_pa = 50.0 }\nparameters = { c_m_pf = 281.0, g_l_ns = 30.0, e_l_mv = -70.6, v_th_mv = -50.4, delta_t_mv = 2.0, v_reset_mv = -70.6, t_ref_ms = 2.0, a_ns = 4.0, b_pa = 80.5, tau_w_ms = 144.0, tau_syn_ex_ms = 4.0, tau_syn_in_ms = 2.0, substeps = 1 }";
    let [v, ..] = solve([-90.0, 50.0, 60.0], 8.0, 1e-3, |[v, w, e]| {
        let upstroke = 30.0 * 2.0 * ((v + 50.4) / 2.0f64).exp();
        [(30.0 * (-70.6 - v) + upstroke + e * (0.0 - v) - w) / 281.0, (4.0 * (v + 70.6) - w) / 144.0, -e / 4.0]
    });
    let errors = [2.0, 1.0, 0.5].map(|dt| (potential(dt, 8.0, population) - v).abs());
    check("adex_cond_exp", 4, 3e-5, &errors);
}

#[test]
fn the_hodgkin_huxley_neuron_converges_at_fourth_order() {
    let population = "model = \"hh_cond_exp_traub\"\nv_init_mv = -65.0\ninitial = { g_ex_ns = 300.0 }\nparameters = { c_m_pf = 200.0, g_l_ns = 10.0, e_l_mv = -60.0, v_t_mv = -63.0, g_na_ns = 20000.0, g_k_ns = 6000.0, tau_syn_ex_ms = 0.5, tau_syn_in_ms = 10.0, substeps = 1 }";
    let rates = |v: f64| {
        let u = v + 63.0;
        let ratio = |x: f64| if x.abs() < 1e-6 { 1.0 - x / 2.0 } else { x / x.exp_m1() };
        let open = [1.28 * ratio((13.0 - u) / 4.0), 0.128 * ((17.0 - u) / 18.0).exp(), 0.16 * ratio((15.0 - u) / 5.0)];
        let close = [1.4 * ratio((u - 40.0) / 5.0), 4.0 / (1.0 + ((40.0 - u) / 5.0).exp()), 0.5 * ((10.0 - u) / 40.0).exp()];
        (open, close)
    };
    let (open, close) = rates(-65.0);
    let steady = |i: usize| open[i] / (open[i] + close[i]);
    let [v, ..] = solve([-65.0, steady(0), steady(1), steady(2), 300.0], 1.0, 1e-4, |[v, m, h, n, e]| {
        let (open, close) = rates(*v);
        let current = 10.0 * (-60.0 - v) + 20_000.0 * m.powi(3) * h * (50.0 - v) + 6000.0 * n.powi(4) * (-90.0 - v) - e * v;
        let gate = |i: usize, x: f64| open[i] * (1.0 - x) - close[i] * x;
        [current / 200.0, gate(0, *m), gate(1, *h), gate(2, *n), -e / 0.5]
    });
    let errors = [0.05, 0.025, 0.0125].map(|dt| (potential(dt, 1.0, population) - v).abs());

    check("hh_cond_exp_traub", 4, 3e-5, &errors);
}
