//! Building of stored synapses on the device.

#![allow(
    clippy::cast_possible_truncation,
    reason = "what stands in words of the device fits them: the plan has checked sizes, and halves of 64 bits are meant"
)]

use super::buffers::{STORAGE, UNIFORM_STRIDE, strided};
use super::compiled::{PLAIN_GROUP, due_constants};
use super::device::Device;
use super::layout::Shard;
use super::pipelines::{Pipeline, rule_constants};
use super::plastic_words::Words;
use super::resources::{Resources, constants_buffer, shard_uniform, sized};
use super::shaders::Pass;
use super::tables::{Tables, TablesFor};
use crate::engine::plan::{GpuPlan, TEXTURE_WIDTH, pieces, texture_rows};
use crate::error::Result;
use crate::network::Network;

impl Resources {
    /// Evaluates all stored synapses on the device.
    pub(super) fn build_synapses(&mut self, network: &Network, plan: &GpuPlan, device: &Device) -> Result<()> {
        let d = &device.device;
        let pass = match plan.candidate.strategy {
            strategy if strategy.sorts_by_delay() => Pass::BuildByDelay,
            strategy if strategy.pulls() => Pass::BuildSorted,
            _ => Pass::Build,
        };
        let flat = Tables::new(network, plan, TablesFor::Build, &Words::default());
        let constants = constants_buffer(d, &mut self.arena, "build constants", &flat)?;
        let overrides =
            [&[("workgroup_size", f64::from(PLAIN_GROUP))][..], &rule_constants(network), &due_constants(plan)].concat();
        let pipeline = Pipeline::new(d, &pass, constants.is_some(), &overrides)?;
        let tables = self.arena.filled(d, "build tables", bytemuck::cast_slice(&flat.words), STORAGE)?;
        let common = shard_uniform(network, plan, flat.places);
        let listed: Vec<[u32; 2]> = network.kept_projections().iter().flat_map(|p| p.listed.iter().copied()).collect();
        let listed = self.arena.filled(d, "edge lists", bytemuck::cast_slice(&listed), STORAGE)?;
        let split = if pass == Pass::Build { plan.build_split } else { 1 };
        // Where textures hold the synapses, one buffer takes shard after shard on its way there.
        let ferry = match plan.textures {
            Some(_) => Some(self.arena.buffer(d, "synapses under way", STORAGE | wgpu::BufferUsages::COPY_SRC)?),
            None => None,
        };
        for (j, shard) in plan.synapse_shards.iter().enumerate() {
            let pieces: Vec<Shard> = pieces(network, &shard.slots, plan.delay_rows.is_some())
                .into_iter()
                .map(|p| Shard { projection: p.of, first_row: p.first_row, rows: p.rows, out_index: p.out_index, ..common })
                .collect();
            let Some(synapses) = ferry.as_ref().or(self.synapse_shards.get(j)).filter(|_| !pieces.is_empty()) else { continue };
            let uniforms = self.arena.filled(d, "build", &strided(&pieces), wgpu::BufferUsages::UNIFORM)?;
            let group = pipeline.bind(d, |name| match name {
                "shard" => Some(sized::<Shard>(&uniforms)),
                "tables" => Some(tables.as_entire_binding()),
                "constants" => constants.as_ref().map(|buffer| buffer.as_entire_binding()),
                "listed" => Some(listed.as_entire_binding()),
                "synapses" => Some(synapses.as_entire_binding()),
                _ => None,
            })?;
            for (k, piece) in pieces.iter().enumerate() {
                let mut encoder = device.encoder();
                {
                    let mut pass =
                        encoder.begin_compute_pass(&wgpu::ComputePassDescriptor { label: Some("build"), timestamp_writes: None });
                    pass.set_pipeline(&pipeline.pipeline);
                    pass.set_bind_group(0, &group, &[k as u32 * UNIFORM_STRIDE as u32]);
                    pass.dispatch_workgroups(piece.rows.min(self.max_groups), split, 1);
                }
                if k + 1 == pieces.len() && ferry.is_some() {
                    self.copy_to_texture(&mut encoder, plan, synapses, j as u32);
                }
                device.settle(encoder, synapses)?;
            }
        }
        Ok(())
    }

    /// Records the copy of a shard to its place in a texture.
    fn copy_to_texture(&self, encoder: &mut wgpu::CommandEncoder, plan: &GpuPlan, synapses: &wgpu::Buffer, shard: u32) {
        let Some(textures) = plan.textures else { return };
        let rows = texture_rows(plan.synapse_shards[shard as usize].words);
        encoder.copy_buffer_to_texture(
            wgpu::TexelCopyBufferInfo {
                buffer: synapses,
                layout: wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(16 * TEXTURE_WIDTH), rows_per_image: None },
            },
            wgpu::TexelCopyTextureInfo {
                texture: &self.textures[(shard / textures.shards_each) as usize],
                mip_level: 0,
                origin: wgpu::Origin3d { x: 0, y: shard % textures.shards_each * textures.shard_rows, z: 0 },
                aspect: wgpu::TextureAspect::All,
            },
            wgpu::Extent3d { width: TEXTURE_WIDTH, height: rows, depth_or_array_layers: 1 },
        );
    }
}
