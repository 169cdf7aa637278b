//! What the rest of the house knows of a neuron model.

#![allow(
    clippy::cast_possible_truncation,
    reason = "fixed-point numbers are rounded and held within their range; float casts saturate"
)]

use super::fault::Fault;
use super::fixed_point::REFRACTORY;
use super::form::{Form, ScalarType, Unit};
use super::lif::Constants;
use super::parameters::{Broken, Parameter, PopulationValues, Role, Values};
use super::scales::{InputBound, Scales, scale_bits, too_coarse};
use crate::bounds;

/// How far the results of a model agree between devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// The same spikes everywhere, bit for bit.
    Exact,
    /// The same statistics.
    Tolerant,
}

/// What a synaptic weight is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WeightUnit {
    /// A jump of the potential, mV.
    Mv,
    /// A jump of a current, or its peak, pA.
    Pa,
    /// A jump of a conductance, nS; its sign tells excitation from inhibition.
    Ns,
}

impl WeightUnit {
    /// All of them.
    pub const ALL: [WeightUnit; 3] = [WeightUnit::Mv, WeightUnit::Pa, WeightUnit::Ns];

    /// As it stands behind `weight_` in scenario keys.
    pub fn key(self) -> &'static str {
        match self {
            WeightUnit::Mv => "mv",
            WeightUnit::Pa => "pa",
            WeightUnit::Ns => "ns",
        }
    }

    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            WeightUnit::Mv => "mV",
            WeightUnit::Pa => "pA",
            WeightUnit::Ns => "nS",
        }
    }
}

/// What makes a spike source fire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Chance, as often in a step as is drawn.
    Poisson,
    /// Its own state.
    Clock,
    /// A list of times.
    List,
}

/// How a model is stepped many neurons at a time, where they are all alike and nothing but spikes drives them: a leaky
/// integrate-and-fire membrane ([`super::vector`]).
#[derive(Debug, Clone, Copy)]
pub struct VectorForm {
    /// WGSL of the step of four neurons.
    pub shader: &'static str,
    /// Whether neurons keep a synaptic current per input channel; without, arrivals move the potential.
    pub has_currents: bool,
    /// A neuron's constants, from its values, the time step in ms and the population's scales.
    pub constants: fn(Values<'_>, f64, &Scales) -> Constants,
}

/// What a neuron model says of itself.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// Its name in scenarios.
    pub name: &'a str,
    /// Its parameters, in the order of their values.
    pub parameters: &'a [Parameter],
    /// The shape of its neurons.
    pub form: &'a Form,
    /// What a synaptic weight is.
    pub weight_unit: WeightUnit,
    /// Its step in WGSL, one neuron at a time: `step_neuron`.
    pub shader: &'a str,
}

/// A neuron model: its parameters with their roles, its rules, its scales and constants, and its step in WGSL. The step of a built-in model
/// in Rust is its [`super::form::Scalar`].
pub trait NeuronModel: std::fmt::Debug {
    /// What it says of itself.
    fn about(&self) -> About<'_>;

    /// The words of a neuron's constants. `current_bits` are the digits after the point of a current in the exact class.
    fn constants(&self, n: Values<'_>, dt_ms: f64, scales: &Scales, current_bits: i32) -> Vec<u32>;

    /// The scales of a population.
    ///
    /// # Errors
    /// A sentence that names the quantity for which no scale exists.
    fn scales(&self, _population: PopulationValues<'_>, _dt_ms: f64, bound: &InputBound) -> Result<Scales, String> {
        // Input is counted in integers and used in single precision: as fine as that, whatever the smallest weight.
        let w_bits = scale_bits(bound.per_step(), f64::from(REFRACTORY)).min(24);
        if bound.smallest * libm::exp2(f64::from(w_bits)) < 100.0 && bound.smallest > 0.0 {
            return Err(too_coarse(bound.per_step(), bound.smallest, self.about().weight_unit.name()));
        }
        Ok(Scales { v_bits: 0, origin_mv: 0.0, w_bits })
    }

    /// Refuses values that break a rule of the model's own; those of ranges and roles are looked after already.
    ///
    /// # Errors
    /// The key, and a sentence.
    fn check_own(&self, _n: Values<'_>, _dt_ms: f64) -> Result<(), Broken> {
        Ok(())
    }

    /// What makes it fire if it is a spike source, which has no input.
    fn source(&self) -> Option<Source> {
        None
    }

    /// Whether excitation and inhibition must arrive apart, for one neuron's values.
    fn separates_inhibition(&self, n: Values<'_>) -> bool {
        n.of(Role::ExcitatoryTime) != n.of(Role::InhibitoryTime)
    }

    /// The potential from which those of a population are told, mV.
    fn origin_mv(&self, typical: Values<'_>) -> f64 {
        typical.of(Role::Rest).unwrap_or(0.0)
    }

    /// The potential at which a neuron starts if a scenario does not say, mV.
    fn resting_mv(&self, n: Values<'_>) -> f64 {
        n.of(Role::Rest).unwrap_or(0.0)
    }

    /// Where variable `i` behind the potential starts if a scenario does not say, in its own unit.
    fn initial_value(&self, _n: Values<'_>, _i: usize, _v_mv: f64, _dt_ms: f64) -> f64 {
        0.0
    }

    /// Which constant is the reset potential, where a potential word above [`REFRACTORY`] stands for a neuron that is held there.
    fn coded_reset(&self) -> Option<usize> {
        None
    }

    /// How far a potential may get below and above its origin, mV (exact class).
    fn range_mv(&self, scales: &Scales) -> [f64; 2] {
        [f64::from(REFRACTORY) / libm::exp2(f64::from(scales.v_bits)); 2]
    }

    /// What is the matter with a neuron whose input has left the range of its scale, which ends at `largest`.
    fn input_fault(&self, _n: Values<'_>, _dt_ms: f64, largest: f64) -> String {
        format!(
            "has a synaptic current of over {largest:.4} {}, which is more than its exact scale holds",
            self.about().weight_unit.name()
        )
    }

    /// The unit of currents as it ends keys in scenarios.
    fn current_suffix(&self) -> &'static str {
        "_pa"
    }

    /// The constant current that arrivals of a weight at 1 kHz average to, pA; `None` where it depends on the potential.
    fn mean_current_pa(&self, _n: Values<'_>, _weight: f64) -> Option<f64> {
        None
    }

    /// Numbers that its shader names too: they are written into it from here, and a test compares.
    fn numbers(&self) -> &'static [(&'static str, i32)] {
        &[]
    }

    /// How many neurons are stepped at a time, if they can be.
    fn vector(&self) -> Option<VectorForm> {
        None
    }
}

impl dyn NeuronModel + '_ {
    /// Its name in scenarios.
    pub fn name(&self) -> &str {
        self.about().name
    }

    /// Its parameters, in the order of their values.
    pub fn parameters(&self) -> &[Parameter] {
        self.about().parameters
    }

    /// The shape of its neurons.
    pub fn form(&self) -> &Form {
        self.about().form
    }

    /// What a synaptic weight is.
    pub fn weight_unit(&self) -> WeightUnit {
        self.about().weight_unit
    }

    /// Its step in WGSL, one neuron at a time: `step_neuron`.
    pub fn shader(&self) -> &str {
        self.about().shader
    }

    /// How far its results agree between devices.
    pub fn class(&self) -> Class {
        match self.form().word {
            ScalarType::F32 => Class::Tolerant,
            _ => Class::Exact,
        }
    }

    /// Whether it fires by itself and has no input.
    pub fn is_source(&self) -> bool {
        self.source().is_some()
    }

    /// Longest refractory time that is counted, steps.
    pub fn longest_refractory(&self) -> u32 {
        match self.class() {
            Class::Exact => bounds::LONGEST_REFRACTORY,
            Class::Tolerant => bounds::LONGEST_REFRACTORY_TOLERANT,
        }
    }

    /// Values with the parameters they belong to.
    pub fn values<'a>(&'a self, values: &'a [f64]) -> Values<'a> {
        Values { parameters: self.parameters(), values }
    }

    /// Where the parameter of a role stands among the others, if there is one.
    pub fn position(&self, role: Role) -> Option<usize> {
        self.parameters().iter().position(|p| p.role == role)
    }

    /// Refuses values that break a rule.
    ///
    /// # Errors
    /// The key, and a sentence.
    pub fn check(&self, values: &[f64], dt_ms: f64) -> Result<(), Broken> {
        let n = self.values(values);
        n.check(dt_ms)?;
        self.check_own(n, dt_ms)
    }

    /// The word of a number of variable `i`, given in its own unit.
    pub fn word(&self, i: usize, value: f64, scales: &Scales) -> u32 {
        let form = self.form();
        match (form.word, form.variables[i].unit) {
            (ScalarType::F32, _) => (value as f32).to_bits(),
            (_, Unit::Potential) => scales.potential(value) as u32,
            (_, Unit::Input) => scales.weight(value) as u32,
            (_, Unit::Binary(bits)) => libm::round(value * libm::exp2(f64::from(bits))) as i32 as u32,
            (_, Unit::Whole) => value as u32,
        }
    }

    /// The potential a state's first word stands for, mV.
    pub fn potential_mv(&self, word: i32, scales: &Scales) -> f64 {
        match self.form().word {
            ScalarType::F32 => f64::from(f32::from_bits(word as u32)),
            _ => scales.potential_mv(word),
        }
    }

    /// What is the matter with a neuron, and what helps. `n` are its typical values.
    pub fn fault_words(&self, fault: Fault, n: Values<'_>, scales: &Scales, dt_ms: f64) -> (String, &'static str) {
        let [below_mv, above_mv] = self.range_mv(scales);
        let what = match fault {
            Fault::NotANumber => "has no finite potential any more".to_owned(),
            Fault::Input => {
                let largest = f64::from(super::fixed_point::MAX_CURRENT) / libm::exp2(f64::from(scales.w_bits));
                self.input_fault(n, dt_ms, largest)
            }
            Fault::Potential => {
                format!("has a potential over {below_mv:.0} mV away from rest, which is more than its exact scale holds")
            }
            Fault::Threshold => {
                let threshold = n.of(Role::Threshold).unwrap_or(f64::INFINITY);
                format!(
                    "has a potential over {above_mv:.0} mV above rest, which is more than its exact scale holds, though its threshold of {threshold} mV is not reached"
                )
            }
            Fault::Recovery => "has a recovery variable of over 1024, which is more than its exact scale holds".to_owned(),
        };
        let remedy = match fault {
            Fault::NotANumber => {
                "its parameters or its input make the model blow up; check them, or raise `substeps` or lower dt_ms"
            }
            Fault::Threshold => {
                "so much input must make it fire: lower `v_th_mv` into that range, or lower the weights or currents"
            }
            _ => {
                "so much input at once is beyond what the model is made for; lower the weights, the in-degrees or the currents, or lower dt_ms"
            }
        };
        (what, remedy)
    }
}
