//! Pipelines of the passes, with explicit layouts: uniforms take dynamic offsets. What a shader binds is read off its text, and buffers are
//! bound by the names it gives them.

use wgpu::naga;

use super::shaders::Pass;
use crate::error::{Error, Result};
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

/// Something a shader binds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bound {
    /// Its name in the shader.
    pub(super) name: String,
    /// Its number there.
    pub(super) binding: u32,
    /// What it is.
    pub(super) ty: wgpu::BindingType,
}

/// Uniforms of which a dispatch sees one at an offset.
const AT_AN_OFFSET: [&str; 2] = ["batch", "shard"];

/// What a WGSL text binds, in the order of the numbers.
///
/// # Errors
/// [`Error::Internal`] for a text that is no WGSL.
pub(super) fn bound(text: &str) -> Result<Vec<Bound>> {
    let module = naga::front::wgsl::parse_str(text).map_err(|e| Error::Internal(e.emit_to_string(text)))?;
    let buffer = |ty, has_dynamic_offset| wgpu::BindingType::Buffer { ty, has_dynamic_offset, min_binding_size: None };
    let mut all = Vec::new();
    for (_, variable) in module.global_variables.iter() {
        let (Some(place), Some(name)) = (&variable.binding, &variable.name) else { continue };
        let ty = match variable.space {
            naga::AddressSpace::Uniform => buffer(wgpu::BufferBindingType::Uniform, AT_AN_OFFSET.contains(&name.as_str())),
            naga::AddressSpace::Storage { access } => {
                let read_only = !access.contains(naga::StorageAccess::STORE);
                buffer(wgpu::BufferBindingType::Storage { read_only }, false)
            }
            _ => wgpu::BindingType::StorageTexture {
                access: wgpu::StorageTextureAccess::ReadOnly,
                format: wgpu::TextureFormat::Rgba32Uint,
                view_dimension: wgpu::TextureViewDimension::D2,
            },
        };
        all.push(Bound { name: name.clone(), binding: place.binding, ty });
    }
    all.sort_by_key(|b| b.binding);
    Ok(all)
}

/// A pass ready to be bound.
#[derive(Debug)]
pub(super) struct Pipeline {
    label: &'static str,
    bound: Vec<Bound>,
    layout: wgpu::BindGroupLayout,
    pub(super) pipeline: wgpu::ComputePipeline,
}

impl Pipeline {
    /// Compiles a pass with its override constants; the network's own constants are in a uniform buffer if they fit.
    ///
    /// # Errors
    /// [`Error::Internal`] for a text that is no WGSL.
    pub(super) fn new(device: &wgpu::Device, pass: &Pass, uniform_constants: bool, constants: &[(&str, f64)]) -> Result<Self> {
        let label = pass.entry();
        let source = pass.source(uniform_constants);
        let bound = bound(&source)?;
        let entries: Vec<wgpu::BindGroupLayoutEntry> = bound
            .iter()
            .map(|b| wgpu::BindGroupLayoutEntry {
                binding: b.binding,
                visibility: wgpu::ShaderStages::COMPUTE,
                ty: b.ty,
                count: None,
            })
            .collect();
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: Some(label), entries: &entries });
        let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(label),
            bind_group_layouts: &[Some(&layout)],
            immediate_size: 0,
        });
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(label),
            source: wgpu::ShaderSource::Wgsl(source.into()),
        });
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(label),
            layout: Some(&pipeline_layout),
            module: &module,
            entry_point: Some(label),
            // Apple's compiler drops barriers behind workgroup memory that is not initialised (wgpu 4500); others need no such work, and AMD's
            // for Windows gets it wrong (wgpu 4591).
            compilation_options: wgpu::PipelineCompilationOptions {
                constants,
                zero_initialize_workgroup_memory: device.adapter_info().backend == wgpu::Backend::Metal,
            },
            cache: None,
        });
        Ok(Self { label, bound, layout, pipeline })
    }

    /// Binds what the shader asks for, found by name.
    ///
    /// # Errors
    /// [`Error::Internal`] for a name that is not found.
    pub(super) fn bind<'a>(
        &self,
        device: &wgpu::Device,
        find: impl Fn(&str) -> Option<wgpu::BindingResource<'a>>,
    ) -> Result<wgpu::BindGroup> {
        let entry = |b: &Bound| {
            let resource = find(&b.name)
                .ok_or_else(|| Error::Internal(format!("the pass {} binds `{}`, which it is not given", self.label, b.name)))?;
            Ok(wgpu::BindGroupEntry { binding: b.binding, resource })
        };
        let entries = self.bound.iter().map(entry).collect::<Result<Vec<_>>>()?;
        Ok(device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(self.label),
            layout: &self.layout,
            entries: &entries,
        }))
    }
}
