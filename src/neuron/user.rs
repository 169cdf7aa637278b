//! Neuron models of the user: a WGSL file with a step function, and a TOML header that names state variables and parameters. They run on
//! adapters, in single precision: tolerant class. How to write one: docs/models.md.

#![allow(clippy::cast_possible_truncation, reason = "the tolerant class computes in single precision")]

use std::hash::{Hash, Hasher};

#[cfg(feature = "gpu")]
use wgpu::naga;

#[cfg(feature = "gpu")]
use super::effort;
#[cfg(feature = "gpu")]
use super::form;
use super::form::{Form, ScalarType, Unit, Variable};
use super::model::{About, NeuronModel, WeightUnit};
use super::parameters::{Parameter, ParameterRange, Role, Values};
use super::scales::Scales;

/// A model that was read from a file.
#[derive(Debug)]
pub struct UserModel {
    /// Its name.
    pub name: String,
    /// The file, for messages.
    pub file: String,
    /// The whole text.
    pub source: String,
    weight_unit: WeightUnit,
    /// Its state variables and constants: the time step `dt_ms`, then the parameters.
    form: Form,
    parameters: Vec<Parameter>,
    /// Where the variables start, unless a scenario says otherwise.
    initial: Vec<f64>,
}

impl PartialEq for UserModel {
    fn eq(&self, other: &Self) -> bool {
        (&self.file, &self.source) == (&other.file, &other.source)
    }
}

impl Eq for UserModel {}

impl Hash for UserModel {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.source.hash(state);
    }
}

impl NeuronModel for UserModel {
    fn about(&self) -> About<'_> {
        About {
            name: &self.name,
            parameters: &self.parameters,
            form: &self.form,
            weight_unit: self.weight_unit,
            shader: &self.source,
        }
    }

    fn constants(&self, n: Values<'_>, dt_ms: f64, _: &Scales, _: i32) -> Vec<u32> {
        std::iter::once(dt_ms).chain(n.values.iter().copied()).map(|x| (x as f32).to_bits()).collect()
    }

    fn separates_inhibition(&self, _: Values<'_>) -> bool {
        true
    }

    fn resting_mv(&self, _: Values<'_>) -> f64 {
        self.initial[0]
    }

    fn initial_value(&self, _: Values<'_>, i: usize, _: f64, _: f64) -> f64 {
        self.initial[i]
    }
}

/// What a header says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Description {
    pub(crate) name: String,
    pub(crate) weight_unit: WeightUnit,
    /// Names of the state variables, the potential first, with their initial values.
    pub(crate) variables: Vec<(String, f64)>,
    pub(crate) parameters: Vec<(String, ParameterRange, Option<f64>)>,
}

/// Something wrong at a place of a model's file, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

/// What a parameter of a user's model is held to by its name. Whether the model heeds it otherwise only its text knows.
fn role(key: &str) -> Role {
    match key {
        "v_th_mv" => Role::Threshold,
        "v_peak_mv" => Role::Peak,
        "v_reset_mv" | "c_mv" => Role::Reset,
        "e_ex_mv" => Role::ExcitatoryReversal,
        "e_in_mv" => Role::InhibitoryReversal,
        _ if key.starts_with("tau_") => Role::TimeConstant,
        _ => Role::Plain,
    }
}

impl UserModel {
    /// A model whose step has been compiled.
    ///
    /// # Errors
    /// Where in the file it does not compile, and why.
    pub(crate) fn new(file: &str, source: &str, description: &Description) -> Result<Self, Fault> {
        let variable = |(i, (name, _)): (usize, &(String, f64))| Variable {
            name: name.clone().into(),
            key: (i > 0).then(|| name.clone().into()),
            unit: if i == 0 { Unit::Potential } else { Unit::Whole },
        };
        let parameter = |(key, range, default): &(String, ParameterRange, Option<f64>)| Parameter {
            key: key.clone().into(),
            default: *default,
            range: *range,
            role: role(key),
        };
        let parameters: Vec<Parameter> = description.parameters.iter().map(parameter).collect();
        let step = std::iter::once(("dt_ms".into(), ScalarType::F32));
        let model = Self {
            name: description.name.clone(),
            file: file.to_owned(),
            source: source.to_owned(),
            weight_unit: description.weight_unit,
            form: Form {
                word: ScalarType::F32,
                variables: description.variables.iter().enumerate().map(variable).collect(),
                constants: step.chain(parameters.iter().map(|p| (p.key.clone(), ScalarType::F32))).collect(),
            },
            parameters,
            initial: description.variables.iter().map(|(_, value)| *value).collect(),
        };
        model.compile()?;
        Ok(model)
    }

    /// Refuses a model that nothing here could run.
    #[cfg(not(feature = "gpu"))]
    fn compile(&self) -> Result<(), Fault> {
        let message = "a neuron model in WGSL runs on adapters, and this was built without them; build it with the feature `gpu`"
            .to_owned();
        Err(Fault { line: 1, column: 1, message })
    }

    /// Compiles the step function between the structures it sees and a call of it.
    #[cfg(feature = "gpu")]
    fn compile(&self) -> Result<(), Fault> {
        let before = form::structures(&self.form);
        let call = "\n@compute @workgroup_size(1) fn call_step_neuron() {\n    var n: Neuron;\n    var c: Constants;\n    var input: Input;\n    let fired: bool = step_neuron(&n, c, input);\n}\n";
        let text = [&before, &self.source, call].concat();
        let whole = |message: String| Fault { line: 1, column: 1, message };
        if let Some(message) = effort::too_long(&self.source) {
            return Err(whole(message));
        }
        let module = parse(&text).map_err(|fault| self.locate(&text, before.len(), fault))?;
        if let Some(message) = effort::too_much(&module) {
            return Err(whole(message));
        }
        if let Some((_, variable)) = module.global_variables.iter().next() {
            let name = variable.name.as_deref().unwrap_or("a variable");
            return Err(Fault {
                line: 1,
                column: 1,
                message: format!(
                    "the global variable `{name}` is not allowed; keep what a neuron remembers in its state variables"
                ),
            });
        }
        if module.entry_points.len() > 1 {
            return Err(Fault {
                line: 1,
                column: 1,
                message: "an entry point is not allowed; the model is `step_neuron`".into(),
            });
        }
        Ok(())
    }

    /// A fault of a longer text as one of this file, which begins at a byte of it.
    #[cfg(feature = "gpu")]
    pub(crate) fn locate(&self, text: &str, begin: usize, (places, message): (Vec<usize>, String)) -> Fault {
        const SIGNATURE: &str = "fn step_neuron(n: ptr<function, Neuron>, c: Constants, input: Input) -> bool";
        let own = begin..=begin + self.source.len();
        let Some(at) = places.into_iter().find(|at| own.contains(at)) else {
            return Fault { line: 1, column: 1, message: format!("{message}; a model's step is `{SIGNATURE}`") };
        };
        let before = &text[begin..at];
        let line_begin = before.rfind('\n').map_or(0, |i| i + 1);
        Fault { line: before.matches('\n').count() + 1, column: before[line_begin..].chars().count() + 1, message }
    }
}

/// Parses and checks a WGSL text; tells at which bytes it is wrong, and why.
#[cfg(feature = "gpu")]
pub(crate) fn parse(text: &str) -> Result<naga::Module, (Vec<usize>, String)> {
    let module = naga::front::wgsl::parse_str(text).map_err(|e| {
        let places = e.labels().filter_map(|(span, _)| span.to_range()).map(|r| r.start).collect();
        (places, e.message().to_owned())
    })?;
    let mut validator = naga::valid::Validator::new(naga::valid::ValidationFlags::all(), naga::valid::Capabilities::empty());
    match validator.validate(&module) {
        Ok(_) => Ok(module),
        Err(e) => {
            // The innermost comes last.
            let places = e.spans().filter_map(|(span, _)| span.to_range()).map(|r| r.start).collect::<Vec<_>>().into_iter().rev();
            let mut message = e.as_inner().to_string();
            let mut cause = std::error::Error::source(e.as_inner());
            while let Some(e) = cause {
                message = format!("{message}: {e}");
                cause = e.source();
            }
            Err((places.collect(), message))
        }
    }
}
