//! Making buffers: those of a plan, and nothing else that stays.

#![allow(
    clippy::cast_possible_truncation,
    reason = "what stands in words of the device fits them: the plan has checked sizes, and halves of 64 bits are meant"
)]

use wgpu::util::{BufferInitDescriptor, DeviceExt};

use crate::engine::plan::{BufferKind, GpuPlan, PlannedBuffer};
use crate::error::{Error, Result};

pub(super) const STORAGE: wgpu::BufferUsages = wgpu::BufferUsages::STORAGE;

pub(super) const COPIED: wgpu::BufferUsages = STORAGE.union(wgpu::BufferUsages::COPY_SRC).union(wgpu::BufferUsages::COPY_DST);

pub(super) const ONLY_COPIED: wgpu::BufferUsages = wgpu::BufferUsages::COPY_SRC.union(wgpu::BufferUsages::COPY_DST);

pub(super) use crate::engine::plan::UNIFORM_STRIDE;

/// The buffers of a plan, each to be made once.
#[derive(Debug)]
pub(super) struct Arena {
    planned: Vec<(PlannedBuffer, bool)>,
}

impl Arena {
    pub(super) fn new(plan: &GpuPlan) -> Self {
        Self { planned: plan.buffers.iter().map(|buffer| (*buffer, false)).collect() }
    }

    /// Whether a buffer of this name is planned that has not been made.
    pub(super) fn has(&self, name: &str) -> bool {
        self.planned.iter().any(|(buffer, made)| buffer.name == name && !made)
    }

    /// What has been made.
    pub(super) fn made(&self) -> Vec<PlannedBuffer> {
        self.planned.iter().filter(|(_, made)| *made).map(|(buffer, _)| *buffer).collect()
    }

    /// The next buffer of a name.
    fn next(&mut self, name: &str) -> Result<PlannedBuffer> {
        let next = self.planned.iter_mut().find(|(buffer, made)| buffer.name == name && !made);
        let (buffer, made) = next.ok_or_else(|| Error::Internal(format!("no plan asked for one more buffer `{name}`")))?;
        *made = true;
        Ok(*buffer)
    }

    /// Makes the next buffer of a name.
    pub(super) fn buffer(
        &mut self,
        device: &wgpu::Device,
        name: &'static str,
        usage: wgpu::BufferUsages,
    ) -> Result<wgpu::Buffer> {
        let planned = self.next(name)?;
        let fits = match planned.kind {
            BufferKind::Storage => usage.contains(STORAGE),
            BufferKind::Uniform => usage.contains(wgpu::BufferUsages::UNIFORM),
            BufferKind::Copied => !usage.intersects(STORAGE | wgpu::BufferUsages::UNIFORM),
            BufferKind::Texture => false,
        };
        if !fits {
            return Err(Error::Internal(format!("the buffer `{name}` was planned as {:?}, not for {usage:?}", planned.kind)));
        }
        let descriptor = wgpu::BufferDescriptor { label: Some(name), size: planned.bytes, usage, mapped_at_creation: false };
        Ok(device.create_buffer(&descriptor))
    }

    /// Makes the next buffer of a name with contents; what little there is may be followed by zeros.
    pub(super) fn filled(
        &mut self,
        device: &wgpu::Device,
        name: &'static str,
        contents: &[u8],
        usage: wgpu::BufferUsages,
    ) -> Result<wgpu::Buffer> {
        let planned = self.next(name)?.bytes as usize;
        if contents.len() == planned {
            return Ok(device.create_buffer_init(&BufferInitDescriptor { label: Some(name), contents, usage }));
        }
        if contents.len() > planned || planned > 16 {
            let what = format!("the buffer `{name}` was planned with {planned} bytes, but has {}", contents.len());
            return Err(Error::Internal(what));
        }
        let mut padded = contents.to_vec();
        padded.resize(planned, 0);
        Ok(device.create_buffer_init(&BufferInitDescriptor { label: Some(name), contents: &padded, usage }))
    }

    /// Takes note of a texture of a name, which takes so many bytes.
    pub(super) fn texture(&mut self, name: &'static str, bytes: u64) -> Result<()> {
        match self.next(name)?.bytes {
            planned if planned == bytes => Ok(()),
            planned => Err(Error::Internal(format!("the texture `{name}` was planned with {planned} bytes, but has {bytes}"))),
        }
    }
}

/// A buffer that is made for a moment, to read something back, of at least 16 bytes.
pub(super) fn passing(device: &wgpu::Device, label: &str, bytes: u64, usage: wgpu::BufferUsages) -> wgpu::Buffer {
    let size = bytes.max(16).next_multiple_of(4);
    device.create_buffer(&wgpu::BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false })
}

/// Values at multiples of [`UNIFORM_STRIDE`].
pub(super) fn strided<T: bytemuck::Pod>(values: &[T]) -> Vec<u8> {
    let mut bytes = vec![0u8; values.len() * UNIFORM_STRIDE as usize];
    for (value, slot) in values.iter().zip(bytes.chunks_exact_mut(UNIFORM_STRIDE as usize)) {
        slot[..size_of::<T>()].copy_from_slice(bytemuck::bytes_of(value));
    }
    bytes
}
