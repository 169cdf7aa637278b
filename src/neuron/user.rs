//! Neuron models of the user: a WGSL file with a step function, and a TOML header that names state variables and parameters. They run on
//! adapters, in single precision: tolerant class. How to write one: docs/models.md.
//!
//! A model lives as long as the program: it is read once, checked, and interned, so that [`super::Model`] stays a small value.

use std::hash::{Hash, Hasher};
use std::sync::Mutex;

#[cfg(feature = "gpu")]
use wgpu::naga;

use super::parameters::{Parameter, Values};
#[cfg(feature = "gpu")]
use super::scalar;
use super::scalar::{Form, ScalarType};

/// A model that was read from a file.
#[derive(Debug)]
pub struct UserModel {
    /// Its name.
    pub name: &'static str,
    /// The file, for messages.
    pub file: &'static str,
    /// The whole text.
    pub source: &'static str,
    /// `mv`, `pa` or `ns`: what a weight is.
    pub weight_unit: &'static str,
    /// Its state variables and constants: the time step `dt_ms`, then the parameters.
    pub form: Form,
    /// Its parameters.
    pub parameters: &'static [Parameter],
    /// Where the variables start, unless a scenario says otherwise.
    pub initial: Vec<f64>,
}

impl PartialEq for UserModel {
    fn eq(&self, other: &Self) -> bool {
        (self.file, self.source) == (other.file, other.source)
    }
}

impl Eq for UserModel {}

impl Hash for UserModel {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.source.hash(state);
    }
}

/// What a header says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Description {
    pub(crate) name: String,
    pub(crate) weight_unit: &'static str,
    /// Names of the state variables, the potential first, with their initial values.
    pub(crate) variables: Vec<(String, f64)>,
    pub(crate) parameters: Vec<(String, super::ParameterRange, Option<f64>)>,
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

static KNOWN: Mutex<Vec<&'static UserModel>> = Mutex::new(Vec::new());

impl UserModel {
    /// Interns a model whose step has been compiled.
    ///
    /// # Errors
    /// Where in the file it does not compile, and why.
    pub(crate) fn new(file: &str, source: &str, description: &Description) -> Result<&'static Self, Fault> {
        let mut known = KNOWN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(model) = known.iter().find(|m| (m.file, m.source) == (file, source)) {
            return Ok(model);
        }
        let forever = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
        let variables: Vec<&'static str> = description.variables.iter().map(|(name, _)| forever(name)).collect();
        let keys: Vec<Option<&'static str>> = variables.iter().enumerate().map(|(i, name)| (i > 0).then_some(*name)).collect();
        let parameters: Vec<Parameter> = description
            .parameters
            .iter()
            .map(|(key, range, default)| Parameter { key: forever(key), default: *default, range: *range })
            .collect();
        let step = std::iter::once(("dt_ms", ScalarType::F32));
        let constants: Vec<(&'static str, ScalarType)> =
            step.chain(parameters.iter().map(|p| (p.key, ScalarType::F32))).collect();
        let model = Self {
            name: forever(&description.name),
            file: forever(file),
            source: forever(source),
            weight_unit: description.weight_unit,
            form: Form { word: ScalarType::F32, variables: variables.leak(), keys: keys.leak(), constants: constants.leak() },
            parameters: parameters.leak(),
            initial: description.variables.iter().map(|(_, value)| *value).collect(),
        };
        model.compile()?;
        let model: &'static Self = Box::leak(Box::new(model));
        known.push(model);
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
        let before = scalar::structures(&self.form);
        let call = "\n@compute @workgroup_size(1) fn call_step_neuron() {\n    var n: Neuron;\n    var c: Constants;\n    var input: Input;\n    let fired: bool = step_neuron(&n, c, input);\n}\n";
        let text = [&before, self.source, call].concat();
        let module = parse(&text).map_err(|fault| self.locate(&text, before.len(), fault))?;
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

    /// The words of a neuron's constants.
    pub(crate) fn constants(&self, neuron: Values<'_>, dt_ms: f64) -> Vec<u32> {
        std::iter::once(dt_ms).chain(neuron.values.iter().copied()).map(|x| (x as f32).to_bits()).collect()
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
