//! Making buffers.

use wgpu::util::{BufferInitDescriptor, DeviceExt};

pub(super) const STORAGE: wgpu::BufferUsages = wgpu::BufferUsages::STORAGE;

pub(super) const COPIED: wgpu::BufferUsages = STORAGE.union(wgpu::BufferUsages::COPY_SRC).union(wgpu::BufferUsages::COPY_DST);

/// Dynamic uniform offsets are multiples of this on every device.
pub(super) const UNIFORM_STRIDE: u64 = 256;

/// A buffer of at least 16 bytes.
pub(super) fn buffer(device: &wgpu::Device, label: &str, bytes: u64, usage: wgpu::BufferUsages) -> wgpu::Buffer {
    let size = bytes.max(16).next_multiple_of(4);
    device.create_buffer(&wgpu::BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false })
}

/// A read-only buffer with contents.
pub(super) fn upload(device: &wgpu::Device, label: &str, contents: &[u8]) -> wgpu::Buffer {
    device.create_buffer_init(&BufferInitDescriptor { label: Some(label), contents, usage: STORAGE })
}

/// Values at multiples of [`UNIFORM_STRIDE`].
pub(super) fn strided<T: bytemuck::Pod>(values: &[T]) -> Vec<u8> {
    let mut bytes = vec![0u8; values.len() * UNIFORM_STRIDE as usize];
    for (value, slot) in values.iter().zip(bytes.chunks_exact_mut(UNIFORM_STRIDE as usize)) {
        slot[..size_of::<T>()].copy_from_slice(bytemuck::bytes_of(value));
    }
    bytes
}
