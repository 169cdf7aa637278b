//! Pictures of a cloud without a window.

use std::sync::mpsc;
use std::time::Duration;

use super::scene::{begin, drawn_on};
use super::{Cloud, Lit, Moment, Scene};
use crate::engine::gpu::Device;
use crate::error::{Error, Result};
use crate::network::Network;

const PICTURE: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8UnormSrgb;
/// Rows that are read back begin at multiples of this many bytes.
const ROW: u32 = wgpu::COPY_BYTES_PER_ROW_ALIGNMENT;
/// Longest wait for a picture.
const PATIENCE: Duration = Duration::from_secs(60);

/// Draws pictures of a cloud of one size.
#[derive(Debug)]
pub struct Renderer {
    device: Device,
    size: [u32; 2],
    scene: Scene,
    picture: wgpu::Texture,
    staging: wgpu::Buffer,
}

impl Renderer {
    /// Prepares a device for pictures of a size.
    ///
    /// # Errors
    /// [`Error::Input`] for a size that the device cannot draw, and its own.
    pub fn new(device: &Device, network: &Network, cloud: &Cloud, lit: &Lit, size: [u32; 2]) -> Result<Self> {
        let d = device.handles().0;
        let most = d.limits().max_texture_dimension_2d;
        if size.iter().any(|s| *s == 0 || *s > most) {
            return Err(Error::Input(format!(
                "a picture of {} x {} pixels: this adapter draws 1 to {most} a side",
                size[0], size[1]
            )));
        }
        let row = (4 * size[0]).next_multiple_of(ROW);
        let staging = d.create_buffer(&wgpu::BufferDescriptor {
            label: Some("picture, read back"),
            size: u64::from(row) * u64::from(size[1]),
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        let picture = drawn_on(d, "picture", size, PICTURE, wgpu::TextureUsages::COPY_SRC);
        let scene = Scene::new(device, network, cloud, lit, PICTURE)?;
        Ok(Self { device: device.clone(), size, scene, picture, staging })
    }

    /// A picture: red, green, blue and 255 of every pixel, row by row from the top.
    ///
    /// # Errors
    /// Those of the device.
    pub fn draw(&mut self, lit: &Lit, moment: &Moment) -> Result<Vec<u8>> {
        let (d, queue) = self.device.handles();
        let [width, height] = self.size;
        lit.hand_over(&self.device);
        let mut encoder = d.create_command_encoder(&Default::default());
        let target = self.picture.create_view(&Default::default());
        drop(begin(&mut encoder, "clear", &target, wgpu::LoadOp::Clear(wgpu::Color::BLACK)));
        self.scene.cloud(&mut encoder, &target, [0, 0, width, height], lit, moment);
        let row = (4 * width).next_multiple_of(ROW);
        encoder.copy_texture_to_buffer(
            self.picture.as_image_copy(),
            wgpu::TexelCopyBufferInfo {
                buffer: &self.staging,
                layout: wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(row), rows_per_image: Some(height) },
            },
            wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
        );
        queue.submit([encoder.finish()]);
        let rows = self.read_back(d)?;
        self.device.check()?;
        let mut picture = Vec::with_capacity((4 * width * height) as usize);
        rows.chunks(row as usize).for_each(|r| picture.extend_from_slice(&r[..4 * width as usize]));
        Ok(picture)
    }

    fn read_back(&self, d: &wgpu::Device) -> Result<Vec<u8>> {
        let (send, receive) = mpsc::channel();
        self.staging.slice(..).map_async(wgpu::MapMode::Read, move |outcome| {
            let _ = send.send(outcome);
        });
        let late = || Error::Internal(format!("the adapter has not drawn a picture within {} s", PATIENCE.as_secs()));
        d.poll(wgpu::PollType::Wait { submission_index: None, timeout: Some(PATIENCE) }).map_err(|_| late())?;
        match receive.recv_timeout(PATIENCE) {
            Ok(Ok(())) => {}
            Ok(Err(e)) => return Err(Error::Internal(format!("a picture cannot be read back: {e}"))),
            Err(_) => return Err(late()),
        }
        let rows = self.staging.slice(..).get_mapped_range().map_err(|e| Error::Internal(e.to_string()))?.to_vec();
        self.staging.unmap();
        Ok(rows)
    }
}
