//! Where the light of spikes comes from: the engine's own device, or the host.

use super::cloud::colour;
use crate::engine::gpu::Device;
use crate::engine::{Engine, LightPlan};
use crate::error::Result;
use crate::network::Network;

/// When neurons fired last, in a buffer of the device that draws.
#[derive(Debug)]
pub struct Lit {
    plan: LightPlan,
    buffer: wgpu::Buffer,
    /// The words, where the host notes spikes; none where the engine's device does.
    words: Option<Vec<u32>>,
}

impl Lit {
    /// Notes the spikes of an engine from here on. If it works on the device that draws, they stay there and the host never sees them; if not,
    /// it records them, and [`Lit::take`] carries them over.
    ///
    /// # Errors
    /// Those of the engine.
    pub fn new(engine: &mut dyn Engine, device: &Device, same_device: bool, plan: LightPlan) -> Result<Self> {
        if same_device && let Some(buffer) = engine.light(&plan)? {
            return Ok(Self { plan, buffer, words: None });
        }
        engine.listen(true)?;
        let words = plan.first_words();
        let (d, queue) = device.handles();
        let buffer = d.create_buffer(&wgpu::BufferDescriptor {
            label: Some("lit"),
            size: 4 * words.len() as u64,
            usage: wgpu::BufferUsages::VERTEX | wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        queue.write_buffer(&buffer, 0, bytemuck::cast_slice(&words));
        device.check()?;
        Ok(Self { plan, buffer, words: Some(words) })
    }

    /// Whether spikes stay on the engine's device.
    pub fn stays_on_the_device(&self) -> bool {
        self.words.is_none()
    }

    /// Notes what the engine has recorded, where the host does that.
    ///
    /// # Errors
    /// Those of the engine.
    pub fn take(&mut self, engine: &mut dyn Engine) -> Result<()> {
        if self.words.is_some() {
            let spikes = engine.take_spikes()?;
            self.note(&spikes);
        }
        Ok(())
    }

    /// Notes spikes, where the host does that.
    pub fn note(&mut self, spikes: &[crate::engine::Spike]) {
        if let Some(words) = &mut self.words {
            self.plan.note(words, spikes);
        }
    }

    /// Hands what the host has noted to the device.
    pub fn hand_over(&self, device: &Device) {
        if let Some(words) = &self.words {
            device.handles().1.write_buffer(&self.buffer, 0, bytemuck::cast_slice(words));
        }
    }

    /// The buffer; its form: [`LightPlan`].
    pub fn buffer(&self) -> &wgpu::Buffer {
        &self.buffer
    }

    /// What is noted.
    pub fn plan(&self) -> &LightPlan {
        &self.plan
    }

    /// The colours of the strip's rows: red, green and blue from the lowest byte on.
    pub fn row_colours(&self, network: &Network) -> Vec<u32> {
        let of = |i: usize| {
            let [r, g, b] = colour(i).map(u32::from);
            r | g << 8 | b << 16
        };
        let rows = network.populations.iter().enumerate().zip(&self.plan.shown);
        rows.flat_map(|((i, _), n)| std::iter::repeat_n(of(i), *n as usize)).collect()
    }
}
