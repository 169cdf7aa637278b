//! Single neurons under a step of current and a few arrivals: the cases that NEST's traces and the exact solutions are for.

/// A neuron with its stimuli.
pub(crate) struct Case {
    /// Name of the data files.
    pub(crate) name: &'static str,
    pub(crate) model: &'static str,
    pub(crate) parameters: &'static str,
    pub(crate) v_init_mv: f64,
    /// Key and strength of the step of current.
    pub(crate) current: (&'static str, f64),
    /// Key and strengths of three excitatory arrivals and an inhibitory one.
    pub(crate) weights: Option<(&'static str, f64, f64)>,
}

pub(crate) const LIF_PSC_DELTA: Case = Case {
    name: "lif_psc_delta",
    model: "lif_psc_delta",
    parameters: "tau_m_ms = 20.0, c_m_pf = 250.0, t_ref_ms = 2.0, e_l_mv = -65.0, v_th_mv = -45.0, v_reset_mv = -55.0",
    v_init_mv: -65.0,
    current: ("i_pa", 270.0),
    weights: Some(("weight_mv", 1.5, -6.0)),
};

pub(crate) const LIF_PSC_EXP: Case = Case {
    name: "lif_psc_exp",
    model: "lif_psc_exp",
    parameters: "tau_m_ms = 10.0, c_m_pf = 250.0, t_ref_ms = 2.0, e_l_mv = -65.0, v_th_mv = -50.0, v_reset_mv = -65.0, tau_syn_ex_ms = 0.5, tau_syn_in_ms = 0.5",
    v_init_mv: -65.0,
    current: ("i_pa", 420.0),
    weights: Some(("weight_pa", 878.0, -3512.0)),
};

pub(crate) const LIF_PSC_ALPHA: Case = Case {
    name: "lif_psc_alpha",
    model: "lif_psc_alpha",
    parameters: "tau_m_ms = 10.0, c_m_pf = 250.0, t_ref_ms = 2.0, e_l_mv = -65.0, v_th_mv = -50.0, v_reset_mv = -65.0, tau_syn_ex_ms = 2.0, tau_syn_in_ms = 4.0",
    v_init_mv: -65.0,
    current: ("i_pa", 420.0),
    weights: Some(("weight_pa", 300.0, -900.0)),
};

pub(crate) const LIF_COND_EXP: Case = Case {
    name: "lif_cond_exp",
    model: "lif_cond_exp",
    parameters: "c_m_pf = 200.0, g_l_ns = 10.0, e_l_mv = -60.0, v_th_mv = -50.0, v_reset_mv = -60.0, t_ref_ms = 5.0, e_ex_mv = 0.0, e_in_mv = -80.0, tau_syn_ex_ms = 5.0, tau_syn_in_ms = 10.0",
    v_init_mv: -60.0,
    current: ("i_pa", 110.0),
    weights: Some(("weight_ns", 6.0, -67.0)),
};

pub(crate) const ADEX_COND_EXP: Case = Case {
    name: "adex_cond_exp",
    model: "adex_cond_exp",
    parameters: "c_m_pf = 281.0, g_l_ns = 30.0, e_l_mv = -70.6, v_th_mv = -50.4, delta_t_mv = 2.0, v_reset_mv = -70.6, v_peak_mv = 0.0, t_ref_ms = 2.0, a_ns = 4.0, b_pa = 80.5, tau_w_ms = 144.0, e_ex_mv = 0.0, e_in_mv = -85.0, tau_syn_ex_ms = 0.2, tau_syn_in_ms = 2.0",
    v_init_mv: -70.6,
    current: ("i_pa", 800.0),
    weights: Some(("weight_ns", 20.0, -40.0)),
};

pub(crate) const HH_COND_EXP_TRAUB: Case = Case {
    name: "hh_cond_exp_traub",
    model: "hh_cond_exp_traub",
    parameters: "c_m_pf = 200.0, g_l_ns = 10.0, e_l_mv = -60.0, v_t_mv = -63.0, e_na_mv = 50.0, e_k_mv = -90.0, g_na_ns = 20000.0, g_k_ns = 6000.0, e_ex_mv = 0.0, e_in_mv = -80.0, tau_syn_ex_ms = 5.0, tau_syn_in_ms = 10.0",
    v_init_mv: -60.0,
    current: ("i_pa", 200.0),
    weights: Some(("weight_ns", 6.0, -67.0)),
};

const fn izhikevich(name: &'static str, parameters: &'static str) -> Case {
    Case { name, model: "izhikevich", parameters, v_init_mv: -65.0, current: ("i", 10.0), weights: None }
}

pub(crate) const IZHIKEVICH: [Case; 4] = [
    izhikevich("izhikevich_rs", "a = 0.02, b = 0.2, c_mv = -65.0, d = 8.0"),
    izhikevich("izhikevich_ib", "a = 0.02, b = 0.2, c_mv = -55.0, d = 4.0"),
    izhikevich("izhikevich_ch", "a = 0.02, b = 0.2, c_mv = -50.0, d = 2.0"),
    izhikevich("izhikevich_fs", "a = 0.1, b = 0.2, c_mv = -65.0, d = 2.0"),
];

impl Case {
    /// A scenario in which current flows from one time to another, and in which there may be arrivals at 51, 53, 55 and 101 ms; `more`
    /// parameters may follow.
    pub(crate) fn scenario(&self, dt_ms: f64, (from_ms, until_ms): (f64, f64), arrivals: bool, more: &str) -> String {
        let (key, strength) = self.current;
        let mut text = format!(
            "name = \"trace\"\nversion = 1\ndt_ms = {dt_ms:?}\n\n[[population]]\nname = \"N\"\nsize = 1\nmodel = \"{}\"\nparameters = {{ {}{more} }}\n\
             v_init_mv = {:?}\ncurrent = [{{ from_ms = {from_ms:?}, {key} = {strength:?} }}, {{ from_ms = {until_ms:?}, {key} = 0.0 }}]\n",
            self.model, self.parameters, self.v_init_mv
        );
        if let (Some((key, excitation, inhibition)), true) = (self.weights, arrivals) {
            for (name, times, weight) in [("ex", "50.0, 52.0, 54.0", excitation), ("in", "100.0", inhibition)] {
                text += &format!(
                    "\n[[population]]\nname = \"{name}\"\nsize = 1\nmodel = \"spike_times\"\nspike_times_ms = [{times}]\n\n\
                     [[projection]]\nsource = \"{name}\"\ntarget = \"N\"\nrule = \"one_to_one\"\n{key} = {weight:?}\ndelay_ms = 1.0\n"
                );
            }
        }
        text
    }
}
