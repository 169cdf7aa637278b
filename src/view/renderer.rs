//! Drawing a cloud off screen.

#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sizes of pictures are small")]

use std::sync::mpsc;
use std::time::Duration;

use bytemuck::{Pod, Zeroable};
use glam::camera::rh::{proj, view};
use glam::{Mat4, Vec3};

use super::Cloud;
use crate::engine::gpu::{Device, FoundAdapter};
use crate::error::{Error, Result};

const NEURONS: &str = include_str!("../../shaders/view/neurons.wgsl");
const TONE: &str = include_str!("../../shaders/view/tone.wgsl");
/// Light adds up in 16-bit floats: eight bits would burn to white.
const LIGHT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba16Float;
const PICTURE: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8UnormSrgb;
/// Rows that are read back begin at multiples of this many bytes.
const ROW: u32 = wgpu::COPY_BYTES_PER_ROW_ALIGNMENT;
/// Longest wait for a picture.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where a picture is taken from.
#[derive(Debug, Clone, Copy)]
pub struct Camera {
    /// Around the vertical axis, radians.
    pub turn: f32,
    /// Above the horizon, radians.
    pub rise: f32,
    /// Distance from the middle, in units of the cloud's size.
    pub distance: f32,
}

impl Camera {
    fn projection(&self, [width, height]: [u32; 2]) -> Mat4 {
        let from = Vec3::new(self.rise.cos() * self.turn.sin(), self.rise.sin(), self.rise.cos() * self.turn.cos());
        let look = view::look_at_mat4(self.distance * from, Vec3::ZERO, Vec3::Y);
        proj::directx::perspective(0.7, width as f32 / height as f32, 0.05, 50.0) * look
    }
}

#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct View {
    projection: [f32; 16],
    size: [f32; 2],
    radius: f32,
    rest: f32,
}

/// Draws pictures of a cloud of one size.
#[derive(Debug)]
pub struct Renderer {
    device: Device,
    size: [u32; 2],
    neurons: u32,
    view: wgpu::Buffer,
    places: wgpu::Buffer,
    glow: wgpu::Buffer,
    light: wgpu::TextureView,
    picture: wgpu::Texture,
    staging: wgpu::Buffer,
    cloud_pipeline: wgpu::RenderPipeline,
    tone_pipeline: wgpu::RenderPipeline,
    view_group: wgpu::BindGroup,
    light_group: wgpu::BindGroup,
}

impl Renderer {
    /// Prepares an adapter for pictures of a size.
    ///
    /// # Errors
    /// [`Error::Input`] for a size that the adapter cannot draw; those of opening it.
    pub fn new(adapter: &FoundAdapter, cloud: &Cloud, size: [u32; 2]) -> Result<Self> {
        let most = adapter.raw_limits().max_texture_dimension_2d;
        if size.iter().any(|s| *s == 0 || *s > most) {
            return Err(Error::Input(format!(
                "a picture of {} x {} pixels: this adapter draws 1 to {most} a side",
                size[0], size[1]
            )));
        }
        let device = adapter.open()?;
        let (d, queue) = device.handles();
        let buffer = |label, bytes: u64, usage| {
            let usage = usage | wgpu::BufferUsages::COPY_DST;
            d.create_buffer(&wgpu::BufferDescriptor { label: Some(label), size: bytes.max(16), usage, mapped_at_creation: false })
        };
        let vertex = wgpu::BufferUsages::VERTEX;
        let places = buffer("places", size_of_val(cloud.places()) as u64, vertex);
        queue.write_buffer(&places, 0, bytemuck::cast_slice(cloud.places()));
        let glow = buffer("glow", 4 * cloud.len() as u64, vertex);
        let view = buffer("view", size_of::<View>() as u64, wgpu::BufferUsages::UNIFORM);
        let row = (4 * size[0]).next_multiple_of(ROW);
        let staging = d.create_buffer(&wgpu::BufferDescriptor {
            label: Some("picture, read back"),
            size: u64::from(row) * u64::from(size[1]),
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        let texture = |label, format, usage| {
            d.create_texture(&wgpu::TextureDescriptor {
                label: Some(label),
                size: wgpu::Extent3d { width: size[0], height: size[1], depth_or_array_layers: 1 },
                mip_level_count: 1,
                sample_count: 1,
                dimension: wgpu::TextureDimension::D2,
                format,
                usage: usage | wgpu::TextureUsages::RENDER_ATTACHMENT,
                view_formats: &[],
            })
        };
        let light = texture("light", LIGHT, wgpu::TextureUsages::TEXTURE_BINDING).create_view(&Default::default());
        let picture = texture("picture", PICTURE, wgpu::TextureUsages::COPY_SRC);
        let cloud_pipeline = cloud_pipeline(d);
        let tone_pipeline = pipeline(d, "tone", TONE, ["cover", "tone"], &[], PICTURE, None);
        let group = |pipeline: &wgpu::RenderPipeline, resource| {
            d.create_bind_group(&wgpu::BindGroupDescriptor {
                label: None,
                layout: &pipeline.get_bind_group_layout(0),
                entries: &[wgpu::BindGroupEntry { binding: 0, resource }],
            })
        };
        let view_group = group(&cloud_pipeline, view.as_entire_binding());
        let light_group = group(&tone_pipeline, wgpu::BindingResource::TextureView(&light));
        device.check()?;
        let neurons = u32::try_from(cloud.len()).map_err(|_| Error::Input("more neurons than can be drawn".into()))?;
        Ok(Self {
            size,
            neurons,
            view,
            places,
            glow,
            light,
            picture,
            staging,
            cloud_pipeline,
            tone_pipeline,
            view_group,
            light_group,
            device,
        })
    }

    /// A picture: red, green, blue and 255 of every pixel, row by row from the top.
    ///
    /// # Errors
    /// Those of the device.
    pub fn draw(&self, glow: &[f32], camera: &Camera) -> Result<Vec<u8>> {
        let (d, queue) = self.device.handles();
        let [width, height] = self.size;
        let pixels = width as f32 * height as f32;
        let radius = 0.0022 * height as f32 * camera.distance.max(1.0);
        // Dense clouds are dimmer at rest, so that what fires stands out.
        let covered = self.neurons as f32 * 3.0;
        let rest = (0.10 * pixels / covered.max(1.0)).clamp(0.004, 0.16);
        let view =
            View { projection: camera.projection(self.size).to_cols_array(), size: [width as f32, height as f32], radius, rest };
        queue.write_buffer(&self.view, 0, bytemuck::bytes_of(&view));
        queue.write_buffer(&self.glow, 0, bytemuck::cast_slice(glow));
        let mut encoder = d.create_command_encoder(&Default::default());
        {
            let mut pass = begin(&mut encoder, "cloud", &self.light);
            pass.set_pipeline(&self.cloud_pipeline);
            pass.set_bind_group(0, &self.view_group, &[]);
            pass.set_vertex_buffer(0, self.places.slice(..));
            pass.set_vertex_buffer(1, self.glow.slice(..));
            pass.draw(0..6, 0..self.neurons);
        }
        {
            let target = self.picture.create_view(&Default::default());
            let mut pass = begin(&mut encoder, "tone", &target);
            pass.set_pipeline(&self.tone_pipeline);
            pass.set_bind_group(0, &self.light_group, &[]);
            pass.draw(0..3, 0..1);
        }
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

fn begin<'e>(encoder: &'e mut wgpu::CommandEncoder, label: &str, target: &wgpu::TextureView) -> wgpu::RenderPass<'e> {
    encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some(label),
        color_attachments: &[Some(wgpu::RenderPassColorAttachment {
            view: target,
            depth_slice: None,
            resolve_target: None,
            ops: wgpu::Operations { load: wgpu::LoadOp::Clear(wgpu::Color::BLACK), store: wgpu::StoreOp::Store },
        })],
        ..Default::default()
    })
}

fn cloud_pipeline(d: &wgpu::Device) -> wgpu::RenderPipeline {
    let places = wgpu::VertexBufferLayout {
        array_stride: size_of::<super::Place>() as u64,
        step_mode: wgpu::VertexStepMode::Instance,
        attributes: &wgpu::vertex_attr_array![0 => Float32x3, 1 => Unorm8x4],
    };
    let glow = wgpu::VertexBufferLayout {
        array_stride: 4,
        step_mode: wgpu::VertexStepMode::Instance,
        attributes: &wgpu::vertex_attr_array![2 => Float32],
    };
    let add = wgpu::BlendComponent {
        src_factor: wgpu::BlendFactor::One,
        dst_factor: wgpu::BlendFactor::One,
        operation: wgpu::BlendOperation::Add,
    };
    let blend = wgpu::BlendState { color: add, alpha: add };
    pipeline(d, "cloud", NEURONS, ["place", "shine"], &[Some(places), Some(glow)], LIGHT, Some(blend))
}

fn pipeline(
    d: &wgpu::Device,
    label: &str,
    text: &str,
    [vertex, fragment]: [&str; 2],
    buffers: &[Option<wgpu::VertexBufferLayout<'_>>],
    format: wgpu::TextureFormat,
    blend: Option<wgpu::BlendState>,
) -> wgpu::RenderPipeline {
    let source = wgpu::ShaderSource::Wgsl(text.into());
    let module = d.create_shader_module(wgpu::ShaderModuleDescriptor { label: Some(label), source });
    d.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some(label),
        layout: None,
        vertex: wgpu::VertexState {
            module: &module,
            entry_point: Some(vertex),
            compilation_options: Default::default(),
            buffers,
        },
        primitive: Default::default(),
        depth_stencil: None,
        multisample: Default::default(),
        fragment: Some(wgpu::FragmentState {
            module: &module,
            entry_point: Some(fragment),
            compilation_options: Default::default(),
            targets: &[Some(wgpu::ColorTargetState { format, blend, write_mask: wgpu::ColorWrites::ALL })],
        }),
        multiview_mask: None,
        cache: None,
    })
}
