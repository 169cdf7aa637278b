//! What counts the submissions of a device; `submission.rs` tells why.

use std::sync::{Arc, Mutex};

use super::buffers::passing;
use super::pipelines::Pipeline;
use super::shaders::Pass;
use crate::engine::plan::SEAL_BYTES;
use crate::error::Result;

/// What counts the submissions of a device.
#[derive(Debug, Clone)]
pub(super) struct Seal {
    pub(super) pipeline: Arc<Pipeline>,
    /// How many the device has done.
    pub(super) done: wgpu::Buffer,
    /// How many there have been.
    pub(super) submitted: Arc<Mutex<u32>>,
}

impl Seal {
    pub(super) fn new(device: &wgpu::Device) -> Result<Self> {
        let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC;
        Ok(Self {
            pipeline: Arc::new(Pipeline::new(device, &Pass::Seal, false, &[])?),
            done: passing(device, "seal", SEAL_BYTES, usage),
            submitted: Arc::default(),
        })
    }
}
