//! Who fires in windows of several lengths, counted on the device while somebody asks.

use super::GpuEngine;
use super::compiled::PLAIN_GROUP;
use super::pipelines::Pipeline;
use super::shaders::Pass;
use crate::engine::WindowPlan;
use crate::error::{Error, Result, TooBig};

/// Neurons a thread may have to see to, if all fire.
const NEURONS_EACH: u32 = 16;

/// The pass and what it writes.
#[derive(Debug)]
pub(super) struct Windows {
    pub(super) pipeline: Pipeline,
    pub(super) group: wgpu::BindGroup,
    /// Workgroups of a dispatch.
    pub(super) groups: u32,
    buffer: wgpu::Buffer,
    words: u64,
}

impl GpuEngine {
    /// See [`crate::engine::Engine::watch`].
    pub(super) fn watch_windows(&mut self, plan: &WindowPlan) -> Result<()> {
        let (device, resources) = (&self.device, &self.resources);
        let d = &device.device;
        if plan.slots() != self.network.slots() {
            return Err(Error::Internal("what is to be watched is another network".into()));
        }
        let words = plan.words() as u64;
        let most = d.limits().max_storage_buffer_binding_size;
        if 4 * words > most {
            return Err(TooBig::new("counts of who fires in windows need more than a binding of this adapter holds")
                .bytes(4 * words, most)
                .into());
        }
        let made = device.making(|| {
            let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::COPY_SRC;
            // New buffers are full of 0.
            let buffer = d.create_buffer(&wgpu::BufferDescriptor {
                label: Some("windows"),
                size: 4 * words,
                usage,
                mapped_at_creation: false,
            });
            let after = f64::from(u8::from(self.plan.bursts_after_updates()));
            let constants = [("workgroup_size", f64::from(PLAIN_GROUP)), ("bursts_after_updates", after)];
            let pipeline = Pipeline::new(d, &Pass::Windows, resources.has_uniform_constants(), &constants)?;
            let group = pipeline.bind(d, |name| match name {
                "windows" => Some(buffer.as_entire_binding()),
                _ => resources.found(name),
            })?;
            let groups =
                plan.slots().div_ceil(NEURONS_EACH * PLAIN_GROUP).clamp(1, d.limits().max_compute_workgroups_per_dimension);
            Ok(Windows { pipeline, group, groups, buffer, words })
        })?;
        device.queue.write_buffer(&made.buffer, 0, bytemuck::cast_slice(&plan.head(self.at.step as u32)));
        self.resources.windows = Some(made);
        device.check()
    }

    /// See [`crate::engine::Engine::watched`].
    pub(super) fn watched_windows(&mut self) -> Result<Vec<u32>> {
        let Some(windows) = self.resources.windows.take() else { return Ok(Vec::new()) };
        self.read_words(&windows.buffer, 0, windows.words)
    }
}
