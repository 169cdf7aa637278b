//! Spike source of independent Poisson trains: as many spikes in a step as are drawn. It has no input, and what it sends counts as external
//! arrivals. Exact. Twin: `shaders/neuron/poisson_source.wgsl`.

use std::sync::LazyLock;

use super::fault::SPIKE;
use super::form::{Form, Input, Nothing, Scalar, ScalarType, Unit, Variable};
use super::model::{About, NeuronModel, Source, WeightUnit};
use super::parameters::{Parameter, ParameterRange, PopulationValues, Values, required};
use super::scales::{InputBound, Scales};

static PARAMETERS: [Parameter; 1] = [required("rate_hz", ParameterRange::NotNegative)];

/// Fires where its drive has an arrival.
#[derive(Debug)]
pub struct PoissonSource;

static FORM: LazyLock<Form> =
    LazyLock::new(|| Form { word: ScalarType::I32, variables: vec![Variable::own("v", Unit::Potential)], constants: Vec::new() });

impl NeuronModel for PoissonSource {
    fn about(&self) -> About<'_> {
        About {
            name: "poisson_source",
            parameters: &PARAMETERS,
            form: &FORM,
            weight_unit: WeightUnit::Mv,
            shader: include_str!("../../shaders/neuron/poisson_source.wgsl"),
        }
    }

    fn constants(&self, _: Values<'_>, _: f64, _: &Scales, _: i32) -> Vec<u32> {
        Vec::new()
    }

    fn scales(&self, _: PopulationValues<'_>, _: f64, _: &InputBound) -> Result<Scales, String> {
        Ok(Scales::default())
    }

    fn source(&self) -> Option<Source> {
        Some(Source::Poisson)
    }
}

impl Scalar for PoissonSource {
    type Word = i32;
    type State = [i32; 1];
    type Constants = Nothing;
    const MANY: bool = true;

    #[inline(always)]
    fn step(_: &mut [i32; 1], _: &Nothing, input: Input<i32>) -> u32 {
        u32::from(input.excitatory > 0) * SPIKE
    }
}
