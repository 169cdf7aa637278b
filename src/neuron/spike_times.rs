//! Spike source whose neurons all fire at the times of a list. A spike at time t belongs to the step that ends at t, and acts a delay later,
//! as in NEST. It has no input, and what it sends counts as external arrivals. Exact. Twin: `shaders/neuron/spike_times.wgsl`.

use std::sync::LazyLock;

use super::fault::SPIKE;
use super::form::{Form, Input, Nothing, Scalar, ScalarType, Unit, Variable};
use super::model::{About, NeuronModel, Source, WeightUnit};
use super::parameters::{PopulationValues, Values};
use super::scales::{InputBound, Scales};

/// Fires while its current is not 0: the list reaches it as one.
#[derive(Debug)]
pub struct SpikeTimes;

static FORM: LazyLock<Form> =
    LazyLock::new(|| Form { word: ScalarType::I32, variables: vec![Variable::own("v", Unit::Potential)], constants: Vec::new() });

impl NeuronModel for SpikeTimes {
    fn about(&self) -> About<'_> {
        About {
            name: "spike_times",
            parameters: &[],
            form: &FORM,
            weight_unit: WeightUnit::Mv,
            shader: include_str!("../../shaders/neuron/spike_times.wgsl"),
        }
    }

    fn constants(&self, _: Values<'_>, _: f64, _: &Scales, _: i32) -> Vec<u32> {
        Vec::new()
    }

    fn scales(&self, _: PopulationValues<'_>, _: f64, _: &InputBound) -> Result<Scales, String> {
        Ok(Scales::default())
    }

    fn source(&self) -> Option<Source> {
        Some(Source::List)
    }
}

impl Scalar for SpikeTimes {
    type Word = i32;
    type State = [i32; 1];
    type Constants = Nothing;

    #[inline(always)]
    fn step(_: &mut [i32; 1], _: &Nothing, input: Input<i32>) -> u32 {
        u32::from(input.current != 0) * SPIKE
    }
}
