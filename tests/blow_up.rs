//! Promise: parameters that make a model blow up, and networks that cannot be, are refused with the rule they break.

mod common;

use common::head;
use spikewatt::scenario::parse;

const LIF: &str = "tau_m_ms = 10.0, c_m_pf = 250.0, e_l_mv = -65.0, v_th_mv = -50.0, v_reset_mv = -65.0, t_ref_ms = 2.0, tau_syn_ex_ms = 0.5, tau_syn_in_ms = 0.5";

fn population(model: &str, parameters: &str) -> String {
    format!("[[population]]\nname = \"N\"\nsize = 100\nmodel = \"{model}\"\nparameters = {{ {parameters} }}\n\n")
}

fn refused(text: &str) -> String {
    parse("s.toml", text, None).expect_err(text).to_string()
}

#[test]
fn parameters_that_make_a_model_blow_up_are_refused_with_the_rule() {
    let cond = "c_m_pf = 200.0, g_l_ns = 10.0, e_l_mv = -60.0, v_th_mv = -50.0, v_reset_mv = -60.0, t_ref_ms = 5.0, e_ex_mv = 0.0, e_in_mv = -80.0, tau_syn_ex_ms = 5.0, tau_syn_in_ms = 10.0";
    let adex = "c_m_pf = 281.0, g_l_ns = 30.0, e_l_mv = -70.6, v_th_mv = -50.4, delta_t_mv = 2.0, v_reset_mv = -70.6, t_ref_ms = 2.0, a_ns = 4.0, b_pa = 80.5, tau_w_ms = 144.0, tau_syn_ex_ms = 0.2, tau_syn_in_ms = 2.0";
    let hh = "c_m_pf = 200.0, g_l_ns = 10.0, e_l_mv = -60.0, v_t_mv = -63.0, g_na_ns = 20000.0, g_k_ns = 6000.0, tau_syn_ex_ms = 5.0, tau_syn_in_ms = 10.0";
    let izhikevich = "a = 0.02, b = 0.2, c_mv = -65.0, d = 8.0";
    for (model, parameters, old, new, said) in [
        ("lif_psc_exp", LIF, "tau_m_ms = 10.0", "tau_m_ms = 0.0", "`tau_m_ms` in"),
        ("lif_psc_exp", LIF, "tau_syn_ex_ms = 0.5", "tau_syn_ex_ms = -1.0", "give a finite number above 0"),
        ("lif_psc_exp", LIF, "c_m_pf = 250.0", "c_m_pf = 0.0", "above 0"),
        (
            "lif_psc_exp",
            LIF,
            "v_reset_mv = -65.0",
            "v_reset_mv = -49.0",
            "`v_reset_mv` = -49 must lie below `v_th_mv` = -50, or the neuron fires for ever",
        ),
        ("lif_psc_exp", LIF, "t_ref_ms = 2.0", "t_ref_ms = -2.0", "at least 0"),
        // What is drawn must obey the rule however it is drawn.
        (
            "lif_psc_exp",
            LIF,
            "v_th_mv = -50.0",
            "v_th_mv = { distribution = \"uniform\", min = -70.0, max = -40.0 }",
            "must lie below `v_th_mv`",
        ),
        (
            "lif_cond_exp",
            cond,
            "e_in_mv = -80.0",
            "e_in_mv = 10.0",
            "`e_in_mv` = 10 must lie below `e_ex_mv` = 0, or inhibition excites",
        ),
        ("lif_cond_exp", cond, "g_l_ns = 10.0", "g_l_ns = 0.0", "above 0"),
        ("adex_cond_exp", adex, "delta_t_mv = 2.0", "delta_t_mv = 0.0", "above 0"),
        ("adex_cond_exp", adex, "v_reset_mv = -70.6", "v_reset_mv = 5.0", "or the neuron fires for ever"),
        ("adex_cond_exp", adex, "tau_w_ms = 144.0", "tau_w_ms = 144.0, substeps = 0.5", "whole number from 1 to 64"),
        ("hh_cond_exp_traub", hh, "g_k_ns = 6000.0", "g_k_ns = 6000.0, substeps = 1", "is too long for this model, over 0.05 ms"),
        ("izhikevich", izhikevich, "c_mv = -65.0", "c_mv = 40.0", "or the neuron fires for ever"),
    ] {
        let changed = parameters.replacen(old, new, 1);
        assert_ne!(changed, parameters, "{old}");
        let message = refused(&(head(1) + &population(model, &changed)));
        assert!(message.contains(said) && message.starts_with("s.toml:"), "{model}, {new}: {message}");
    }
}

#[test]
fn networks_that_cannot_be_are_refused_with_the_rule() {
    for (rest, said) in [
        (
            "rule = \"fixed_indegree\"\nindegree = 10\ndelay_ms = 0.05",
            "`delay_ms` = 0.05 must be a multiple of dt_ms = 0.1, at least one step",
        ),
        ("rule = \"fixed_indegree\"\nindegree = 10\ndelay_ms = 0.25", "must be a multiple of dt_ms"),
        (
            "rule = \"fixed_indegree\"\nindegree = 101\nmultapses = false\ndelay_ms = 1.0",
            "`indegree` = 101 is over the 100 neurons of population \"N\", of which none may be drawn twice (multapses = false)",
        ),
        (
            "rule = \"fixed_outdegree\"\noutdegree = 101\nmultapses = false\ndelay_ms = 1.0",
            "`outdegree` = 101 is over the 100 neurons",
        ),
        ("rule = \"pairwise_bernoulli\"\nprobability = 1.5\ndelay_ms = 1.0", "a number from 0 to 1"),
    ] {
        let text = head(1)
            + &population("lif_psc_exp", LIF)
            + &format!("[[projection]]\nsource = \"N\"\ntarget = \"N\"\nweight_pa = 10.0\n{rest}\n");
        let message = refused(&text);
        assert!(message.contains(said), "{rest}: {message}");
    }
    // Scaling may not break it either.
    let text = head(1)
        + &population("lif_psc_exp", LIF)
        + "[[projection]]\nsource = \"N\"\ntarget = \"N\"\nweight_pa = 10.0\nrule = \"fixed_indegree\"\nindegree = 60\nmultapses = false\ndelay_ms = 1.0\n";
    let scenario = parse("s.toml", &text, None).expect("valid");
    let message = scenario.scaled(spikewatt::scenario::Scale::Factor(0.5)).expect_err("too few").to_string();
    assert!(message.contains("has 50, too few for 60 synapses without multapses"), "{message}");
}
