//! How bright every neuron is: spikes light up and fade.

use super::Cloud;
use crate::engine::Spike;

/// Brightness of all neurons of a cloud.
#[derive(Debug, Clone)]
pub struct Glow {
    values: Vec<f32>,
    fade_ms: f32,
}

/// A neuron that fires again and again gets no brighter than this.
const MOST: f32 = 2.0;

impl Glow {
    /// All dark. After `fade_ms` of biological time a spike's light has fallen to 1/e.
    pub fn new(cloud: &Cloud, fade_ms: f32) -> Self {
        Self { values: vec![0.0; cloud.len()], fade_ms }
    }

    /// Lets time pass, in which some neurons fired. `until` is the step of the picture.
    pub fn pass(&mut self, cloud: &Cloud, spikes: &[Spike], ms: f32, until: u64, dt_ms: f32) {
        let fade = (-ms / self.fade_ms).exp();
        self.values.iter_mut().for_each(|v| *v *= fade);
        for s in spikes {
            let age = until.saturating_sub(u64::from(s.step)) as f32 * dt_ms;
            let value = &mut self.values[cloud.number(s.population, s.neuron)];
            *value = (*value + (-age / self.fade_ms).exp()).min(MOST);
        }
    }

    /// Brightness of every neuron, in the cloud's order.
    pub fn values(&self) -> &[f32] {
        &self.values
    }
}
