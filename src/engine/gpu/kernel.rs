//! A compute pass that is not one of the simulator's own, for rooms above that have work of another kind: a text, two inputs, an output.

use super::buffers::passing;
use super::device::Device;
use crate::error::Result;

/// A text that is compiled, with the device it runs on. It binds four numbers (uniform) at 0, two inputs (read-only) at 1 and 2, its output at 3.
#[derive(Debug)]
pub(crate) struct Kernel {
    device: Device,
    pipeline: wgpu::ComputePipeline,
}

impl Kernel {
    /// Compiles the function `main` of a text.
    ///
    /// # Errors
    /// [`crate::Error::Internal`] with the compiler's words.
    pub(crate) fn new(device: &Device, label: &str, text: String) -> Result<Self> {
        let pipeline = device.making(|| {
            let source = wgpu::ShaderSource::Wgsl(text.into());
            let module = device.device.create_shader_module(wgpu::ShaderModuleDescriptor { label: Some(label), source });
            // As for the simulator's own passes: Apple's compiler drops barriers otherwise (wgpu 4500).
            let compilation_options = wgpu::PipelineCompilationOptions {
                zero_initialize_workgroup_memory: device.device.adapter_info().backend == wgpu::Backend::Metal,
                ..wgpu::PipelineCompilationOptions::default()
            };
            Ok(device.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(label),
                layout: None,
                module: &module,
                entry_point: Some("main"),
                compilation_options,
                cache: None,
            }))
        })?;
        Ok(Self { device: device.clone(), pipeline })
    }

    /// Runs workgroups and reads their output back.
    ///
    /// # Errors
    /// [`crate::Error::TooBig`] if memory runs out, [`crate::Error::Internal`] if the device fails or does not answer.
    pub(crate) fn run(&self, numbers: [u32; 4], inputs: [&[u32]; 2], out_words: u64, groups: [u32; 2]) -> Result<Vec<u32>> {
        let Device { device, queue, .. } = &self.device;
        let copied = |label, words: &[u32], usage| {
            let buffer = passing(device, label, words.len() as u64 * 4, usage | wgpu::BufferUsages::COPY_DST);
            queue.write_buffer(&buffer, 0, bytemuck::cast_slice(words));
            buffer
        };
        let (buffers, out) = self.device.making(|| {
            let first = copied("numbers", &numbers, wgpu::BufferUsages::UNIFORM);
            let [a, b] = inputs.map(|words| copied("input", words, wgpu::BufferUsages::STORAGE));
            let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC;
            Ok(([first, a, b], passing(device, "output", out_words * 4, usage)))
        })?;
        let entries: Vec<wgpu::BindGroupEntry<'_>> = (0..)
            .zip(buffers.iter().chain([&out]))
            .map(|(binding, buffer)| wgpu::BindGroupEntry { binding, resource: buffer.as_entire_binding() })
            .collect();
        let layout = self.pipeline.get_bind_group_layout(0);
        let group = device.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout: &layout, entries: &entries });
        let mut encoder = self.device.encoder();
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &group, &[]);
        pass.dispatch_workgroups(groups[0], groups[1], 1);
        drop(pass);
        self.device.settle(encoder, &out)?;
        self.device.read_words(&out, 0, out_words)
    }
}
