//! Pipelines of the passes, with explicit layouts: uniforms take dynamic offsets.

use super::shaders::{Binding, Pass};
use crate::network::{Network, RuleKind};

/// The override constants that leave out connectivity rules no projection uses.
pub(super) fn rule_constants(network: &Network) -> [(&'static str, f64); 4] {
    let uses = |rule| f64::from(u8::from(network.projections.iter().any(|p| p.rule == rule)));
    [
        ("uses_indegree", uses(RuleKind::Indegree)),
        ("uses_subset", uses(RuleKind::Subset)),
        ("uses_lattice", uses(RuleKind::Lattice)),
        ("uses_listed", uses(RuleKind::Listed)),
    ]
}

/// A pass ready to be bound.
#[derive(Debug)]
pub(super) struct Pipeline {
    pass: Pass,
    uniform_constants: bool,
    layout: wgpu::BindGroupLayout,
    pub(super) pipeline: wgpu::ComputePipeline,
}

impl Pipeline {
    /// Compiles a pass with its override constants; the network's own constants are in a uniform buffer if they fit.
    pub(super) fn new(device: &wgpu::Device, pass: Pass, uniform_constants: bool, constants: &[(&str, f64)]) -> Self {
        let buffer = |ty, has_dynamic_offset| wgpu::BindingType::Buffer { ty, has_dynamic_offset, min_binding_size: None };
        let entries: Vec<wgpu::BindGroupLayoutEntry> = pass
            .bindings(uniform_constants)
            .iter()
            .map(|(binding, kind)| wgpu::BindGroupLayoutEntry {
                binding: *binding,
                visibility: wgpu::ShaderStages::COMPUTE,
                ty: match kind {
                    Binding::Texture => wgpu::BindingType::StorageTexture {
                        access: wgpu::StorageTextureAccess::ReadOnly,
                        format: wgpu::TextureFormat::Rgba32Uint,
                        view_dimension: wgpu::TextureViewDimension::D2,
                    },
                    Binding::Uniform | Binding::Whole => buffer(wgpu::BufferBindingType::Uniform, *kind == Binding::Uniform),
                    Binding::Read => buffer(wgpu::BufferBindingType::Storage { read_only: true }, false),
                    Binding::Write => buffer(wgpu::BufferBindingType::Storage { read_only: false }, false),
                },
                count: None,
            })
            .collect();
        let layout =
            device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: Some(pass.entry()), entries: &entries });
        let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(pass.entry()),
            bind_group_layouts: &[Some(&layout)],
            immediate_size: 0,
        });
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(pass.entry()),
            source: wgpu::ShaderSource::Wgsl(pass.source(uniform_constants).into()),
        });
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(pass.entry()),
            layout: Some(&pipeline_layout),
            module: &module,
            entry_point: Some(pass.entry()),
            compilation_options: wgpu::PipelineCompilationOptions { constants, zero_initialize_workgroup_memory: false },
            cache: None,
        });
        Self { pass, uniform_constants, layout, pipeline }
    }

    /// Binds buffers, found by binding number.
    pub(super) fn bind<'a>(&self, device: &wgpu::Device, find: impl Fn(u32) -> wgpu::BindingResource<'a>) -> wgpu::BindGroup {
        let entries: Vec<wgpu::BindGroupEntry<'a>> = self
            .pass
            .bindings(self.uniform_constants)
            .iter()
            .map(|(binding, _)| wgpu::BindGroupEntry { binding: *binding, resource: find(*binding) })
            .collect();
        device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(self.pass.entry()),
            layout: &self.layout,
            entries: &entries,
        })
    }
}
