//! When neurons fired last, kept on the device for whoever draws there: nothing of it comes back to the host.

use super::GpuEngine;
use super::compiled::PLAIN_GROUP;
use super::pipelines::Pipeline;
use super::shaders::Pass;
use crate::engine::LightPlan;
use crate::error::{Error, Result, TooBig};

/// The pass and what it writes.
#[derive(Debug)]
pub(super) struct Light {
    pub(super) pipeline: Pipeline,
    pub(super) group: wgpu::BindGroup,
    buffer: wgpu::Buffer,
    plan: LightPlan,
}

impl Light {
    /// Forgets what fired; which neurons are on the strip stays.
    pub(super) fn clear(&self, encoder: &mut wgpu::CommandEncoder) {
        let slots = 4 * u64::from(self.plan.slots());
        encoder.clear_buffer(&self.buffer, 0, Some(slots));
        encoder.clear_buffer(&self.buffer, 2 * slots, None);
    }
}

impl GpuEngine {
    /// Notes from here on when neurons fire, as a plan says, and tells in which buffer (its form: [`LightPlan`]); or tells of one that it
    /// has already, for the same plan.
    ///
    /// # Errors
    /// [`Error::TooBig`] if there is no room for it, [`Error::Internal`] for a driver's fault.
    pub(super) fn lit(&mut self, plan: &LightPlan) -> Result<wgpu::Buffer> {
        if let Some(light) = self.resources.light.as_ref().filter(|l| l.plan == *plan) {
            return Ok(light.buffer.clone());
        }
        let (device, resources) = (&self.device, &self.resources);
        let d = &device.device;
        let words = plan.first_words();
        let size = 4 * words.len() as u64;
        if plan.slots() != self.network.slots() {
            return Err(Error::Internal("what is to be lit is another network".into()));
        }
        if size > d.limits().max_storage_buffer_binding_size {
            return Err(TooBig::new("the network has too many neurons for this adapter to draw them from one buffer").into());
        }
        let made = device.making(|| {
            let usage = wgpu::BufferUsages::STORAGE
                | wgpu::BufferUsages::VERTEX
                | wgpu::BufferUsages::COPY_DST
                | wgpu::BufferUsages::COPY_SRC;
            let buffer = d.create_buffer(&wgpu::BufferDescriptor { label: Some("lit"), size, usage, mapped_at_creation: false });
            let flag = |b: bool| f64::from(u8::from(b));
            let constants = [
                ("workgroup_size", f64::from(PLAIN_GROUP)),
                ("slots", f64::from(plan.slots())),
                ("columns", f64::from(plan.columns)),
                ("steps_per_column", f64::from(plan.steps_per_column)),
                ("bursts_after_updates", flag(self.plan.bursts_after_updates())),
            ];
            let pipeline = Pipeline::new(d, &Pass::Light, resources.has_uniform_constants(), &constants)?;
            let group = pipeline.bind(d, |name| match name {
                "lit" => Some(buffer.as_entire_binding()),
                _ => resources.found(name),
            })?;
            Ok(Light { pipeline, group, buffer, plan: plan.clone() })
        })?;
        device.queue.write_buffer(&made.buffer, 0, bytemuck::cast_slice(&words));
        let buffer = made.buffer.clone();
        self.resources.light = Some(made);
        device.check()?;
        Ok(buffer)
    }
}
