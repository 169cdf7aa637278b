//! Parameters of neuron models as data: what scenario files may give, with which defaults, within which ranges, and what a parameter is to
//! a neuron, so that nobody has to know models by name.

use std::borrow::Cow;

use crate::bounds;

/// Range a parameter must lie in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterRange {
    /// Any finite number.
    Any,
    /// Above 0.
    Positive,
    /// At least 0.
    NotNegative,
    /// One of some words, told by its place among them.
    Word(&'static [&'static str]),
    /// False or true, told as 0 or 1.
    Flag,
}

impl ParameterRange {
    /// Whether it holds a number.
    pub fn holds(self, x: f64) -> bool {
        match self {
            ParameterRange::Any => x.is_finite(),
            ParameterRange::Positive => x.is_finite() && x > 0.0,
            ParameterRange::NotNegative => x.is_finite() && x >= 0.0,
            ParameterRange::Word(words) => x.fract() == 0.0 && (0.0..words.len() as f64).contains(&x),
            ParameterRange::Flag => x == 0.0 || x == 1.0,
        }
    }
}

/// What a parameter is to a neuron, where something besides its own model's equations depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Nothing but a number in the equations.
    Plain,
    /// Potential at which a neuron rests.
    Rest,
    /// Potential at which it fires.
    Threshold,
    /// Potential above that, at which an upstroke is cut off.
    Peak,
    /// Potential after a spike.
    Reset,
    /// Time for which it is held there.
    Refractory,
    /// Capacitance of the membrane.
    Capacitance,
    /// A time constant.
    TimeConstant,
    /// Time constant of excitatory input.
    ExcitatoryTime,
    /// Time constant of inhibitory input.
    InhibitoryTime,
    /// Reversal potential of excitatory input.
    ExcitatoryReversal,
    /// Reversal potential of inhibitory input.
    InhibitoryReversal,
    /// A current that flows all the time.
    ConstantCurrent,
    /// Parts a step is divided into; one number for all neurons.
    Substeps,
}

impl Role {
    /// Whether it is the time in which something decays.
    fn is_time_constant(self) -> bool {
        matches!(self, Role::TimeConstant | Role::ExcitatoryTime | Role::InhibitoryTime)
    }
}

/// A parameter of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its key: the name NEST gives it, in lower case, and its unit.
    pub key: Cow<'static, str>,
    /// Its value if none is given; `None` where one must be.
    pub default: Option<f64>,
    /// Where it must lie.
    pub range: ParameterRange,
    /// What it is to a neuron.
    pub role: Role,
}

impl Parameter {
    /// The same with a role.
    pub(super) const fn role(mut self, role: Role) -> Self {
        self.role = role;
        self
    }
}

/// A parameter that must be given.
pub(super) const fn required(key: &'static str, range: ParameterRange) -> Parameter {
    Parameter { key: Cow::Borrowed(key), default: None, range, role: Role::Plain }
}

/// A parameter with a default.
pub(super) const fn optional(key: &'static str, range: ParameterRange, default: f64) -> Parameter {
    Parameter { key: Cow::Borrowed(key), default: Some(default), range, role: Role::Plain }
}

/// A rule that values break: the key it is about, and a sentence.
pub type Broken = (String, String);

/// The values of one neuron's parameters.
#[derive(Debug, Clone, Copy)]
pub struct Values<'a> {
    /// The parameters of its model.
    pub parameters: &'a [Parameter],
    /// One value for each of them.
    pub values: &'a [f64],
}

impl Values<'_> {
    /// The value of a parameter the model has.
    pub fn get(&self, key: &str) -> f64 {
        self.find(key).unwrap_or_else(|| panic!("no parameter {key} among {:?}", self.parameters))
    }

    /// The value of a parameter, if the model has it.
    pub fn find(&self, key: &str) -> Option<f64> {
        self.parameters.iter().position(|p| p.key == key).map(|i| self.values[i])
    }

    /// The value of the parameter that has a role, if there is one.
    pub fn of(&self, role: Role) -> Option<f64> {
        self.with(role).map(|(_, value)| value)
    }

    fn with(&self, role: Role) -> Option<(&str, f64)> {
        self.parameters.iter().position(|p| p.role == role).map(|i| (&*self.parameters[i].key, self.values[i]))
    }

    /// Refuses values that break a rule of their ranges and roles.
    pub(super) fn check(&self, dt_ms: f64) -> Result<(), Broken> {
        for (p, value) in self.parameters.iter().zip(self.values) {
            // A default may stand for "not given", outside of what may be.
            if p.default != Some(*value) && !p.range.holds(*value) {
                let words = match p.range {
                    ParameterRange::Any => "a finite number",
                    ParameterRange::Positive => "a finite number above 0",
                    ParameterRange::NotNegative => "a finite number of at least 0",
                    ParameterRange::Word(_) => "one of its words",
                    ParameterRange::Flag => "true or false",
                };
                return Err((p.key.to_string(), format!("`{}` = {value} must be {words}", p.key)));
            }
        }
        for (p, value) in self.parameters.iter().zip(self.values) {
            if p.role.is_time_constant() && *value > bounds::SLOWEST * dt_ms {
                let most = bounds::SLOWEST;
                return Err((
                    p.key.to_string(),
                    format!(
                        "`{}` = {value} ms is over {most} steps of {dt_ms} ms, too slow for what a step leaves of it to be told; lower it, or take a longer dt_ms",
                        p.key
                    ),
                ));
            }
        }
        let above = |low: Role, high: Role, why: &str| match (self.with(low), self.with(high)) {
            (Some((low, a)), Some((high, b))) if a >= b => {
                Err((low.to_owned(), format!("`{low}` = {a} must lie below `{high}` = {b}, {why}")))
            }
            _ => Ok(()),
        };
        above(Role::Reset, Role::Threshold, "or the neuron fires for ever")?;
        above(Role::Reset, Role::Peak, "or the neuron fires for ever")?;
        above(Role::InhibitoryReversal, Role::ExcitatoryReversal, "or inhibition excites")?;
        match self.with(Role::Substeps) {
            Some((key, n)) if n.fract() != 0.0 || !(1.0..=64.0).contains(&n) => {
                Err((key.to_owned(), format!("`{key}` = {n} must be a whole number from 1 to 64")))
            }
            _ => Ok(()),
        }
    }
}

/// Calls back with values of parameters, again and again.
pub type Visit<'a> = &'a dyn Fn(&mut dyn FnMut(Values<'_>));

/// Parameter values of a population's neurons.
#[derive(Clone, Copy)]
pub struct PopulationValues<'a> {
    /// Those of a typical neuron.
    pub typical: Values<'a>,
    /// Calls back with those of every neuron.
    pub visit: Visit<'a>,
}

impl PopulationValues<'_> {
    /// Calls back with the values of every neuron.
    pub fn each(&self, mut seen: impl FnMut(Values<'_>)) {
        (self.visit)(&mut seen);
    }
}

impl std::fmt::Debug for PopulationValues<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PopulationValues").field("typical", &self.typical).finish_non_exhaustive()
    }
}
