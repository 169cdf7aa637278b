//! A cloud and a strip of spikes, drawn onto any picture of a device: off screen or in a window.

#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sizes of pictures are small")]

use bytemuck::{Pod, Zeroable};
use glam::camera::rh::{proj, view};
use glam::{Mat4, Vec3};

use super::{Cloud, Lit};
use crate::engine::gpu::Device;
use crate::error::{Error, Result};
use crate::network::Network;

const NEURONS: &str = include_str!("../../shaders/view/neurons.wgsl");
const TONE: &str = concat!(include_str!("../../shaders/view/encode.wgsl"), include_str!("../../shaders/view/tone.wgsl"));
const STRIP: &str = concat!(include_str!("../../shaders/view/encode.wgsl"), include_str!("../../shaders/view/strip.wgsl"));
/// Light adds up in 16-bit floats: eight bits would burn to white.
const LIGHT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba16Float;

/// Where a picture is taken from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Camera {
    /// Around the vertical axis, radians.
    pub turn: f32,
    /// Above the horizon, radians.
    pub rise: f32,
    /// Distance from the middle, in units of the cloud's size.
    pub distance: f32,
}

impl Default for Camera {
    fn default() -> Self {
        Self { turn: 0.45, rise: 0.32, distance: 3.4 }
    }
}

impl Camera {
    fn projection(&self, [width, height]: [u32; 2]) -> Mat4 {
        let from = Vec3::new(self.rise.cos() * self.turn.sin(), self.rise.sin(), self.rise.cos() * self.turn.cos());
        let look = view::look_at_mat4(self.distance * from, Vec3::ZERO, Vec3::Y);
        proj::directx::perspective(0.7, width as f32 / height as f32, 0.05, 50.0) * look
    }
}

/// What a picture shows.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// From where.
    pub camera: Camera,
    /// Steps since time 0.
    pub step: u64,
    /// Steps in which a spike's light fades to 1/e.
    pub fade_steps: f32,
    /// Which populations are shown, a bit for each.
    pub shown: [u32; 4],
}

impl Moment {
    /// All populations, seen from where one sees them well.
    pub fn new(step: u64, fade_steps: f32) -> Self {
        Self { camera: Camera::default(), step, fade_steps, shown: [u32::MAX; 4] }
    }
}

#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct ViewUniform {
    projection: [f32; 16],
    size: [f32; 2],
    radius: f32,
    rest: f32,
    shown: [u32; 4],
    now: u32,
    fade: f32,
    unused: [f32; 2],
}

#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct StripUniform {
    place: [f32; 4],
    rows: u32,
    columns: u32,
    first: u32,
    steps_per_column: u32,
    now: u32,
    unused: [u32; 3],
}

/// A rectangle of a picture, pixels: left, top, width, height.
pub type Area = [u32; 4];

/// Draws a cloud, and a strip of spikes, onto pictures of one format.
#[derive(Debug)]
pub struct Scene {
    device: Device,
    slots: u32,
    neurons: u64,
    view: wgpu::Buffer,
    strip: wgpu::Buffer,
    places: wgpu::Buffer,
    cloud_pipeline: wgpu::RenderPipeline,
    tone_pipeline: wgpu::RenderPipeline,
    strip_pipeline: wgpu::RenderPipeline,
    view_group: wgpu::BindGroup,
    strip_group: wgpu::BindGroup,
    /// Where light adds up, of the size last drawn.
    light: Option<Light>,
}

#[derive(Debug)]
struct Light {
    size: [u32; 2],
    view: wgpu::TextureView,
    group: wgpu::BindGroup,
}

impl Scene {
    /// Prepares a device for pictures of a format.
    ///
    /// # Errors
    /// Those of the device.
    pub fn new(device: &Device, network: &Network, cloud: &Cloud, lit: &Lit, format: wgpu::TextureFormat) -> Result<Self> {
        let (d, queue) = device.handles();
        let buffer = |label, bytes: u64, usage| {
            let usage = usage | wgpu::BufferUsages::COPY_DST;
            d.create_buffer(&wgpu::BufferDescriptor { label: Some(label), size: bytes.max(16), usage, mapped_at_creation: false })
        };
        let places = buffer("places", size_of_val(cloud.places()) as u64, wgpu::BufferUsages::VERTEX);
        queue.write_buffer(&places, 0, bytemuck::cast_slice(cloud.places()));
        let view = buffer("view", size_of::<ViewUniform>() as u64, wgpu::BufferUsages::UNIFORM);
        let strip = buffer("strip", size_of::<StripUniform>() as u64, wgpu::BufferUsages::UNIFORM);
        let row_colours = lit.row_colours(network);
        let colours = buffer("colours", 4 * row_colours.len() as u64, wgpu::BufferUsages::STORAGE);
        queue.write_buffer(&colours, 0, bytemuck::cast_slice(&row_colours));
        let cloud_pipeline = cloud_pipeline(d);
        let tone_pipeline = pipeline(d, "tone", TONE, ["cover", "tone"], &[], format, None);
        let strip_pipeline = pipeline(d, "strip", STRIP, ["cover", "mark"], &[], format, None);
        let view_group = group(d, &cloud_pipeline, &[view.as_entire_binding()]);
        let bound = [strip.as_entire_binding(), lit.buffer().as_entire_binding(), colours.as_entire_binding()];
        let strip_group = group(d, &strip_pipeline, &bound);
        device.check()?;
        let slots = u32::try_from(cloud.places().len()).map_err(|_| Error::Input("more neurons than can be drawn".into()))?;
        let neurons = cloud.len();
        let device = device.clone();
        Ok(Self {
            device,
            slots,
            neurons,
            view,
            strip,
            places,
            cloud_pipeline,
            tone_pipeline,
            strip_pipeline,
            view_group,
            strip_group,
            light: None,
        })
    }

    /// Records the drawing of the cloud onto an area of a picture, on a ground of its own.
    pub fn cloud(&mut self, encoder: &mut wgpu::CommandEncoder, to: &wgpu::TextureView, area: Area, lit: &Lit, moment: &Moment) {
        let size @ [width, height] = [area[2], area[3]];
        if width == 0 || height == 0 {
            return;
        }
        let (d, queue) = self.device.handles();
        let pixels = width as f32 * height as f32;
        let camera = &moment.camera;
        // Dense clouds are dimmer at rest, so that what fires stands out.
        let covered = self.neurons as f32 * 3.0;
        let uniform = ViewUniform {
            projection: camera.projection(size).to_cols_array(),
            size: [width as f32, height as f32],
            radius: 0.0022 * height as f32 * camera.distance.max(1.0),
            rest: (0.10 * pixels / covered.max(1.0)).clamp(0.004, 0.16),
            shown: moment.shown,
            now: moment.step as u32,
            fade: 1.0 / moment.fade_steps,
            unused: [0.0; 2],
        };
        queue.write_buffer(&self.view, 0, bytemuck::bytes_of(&uniform));
        if self.light.as_ref().is_none_or(|l| l.size != size) {
            self.light = Some(light(d, size, &self.tone_pipeline));
        }
        let Some(light) = &self.light else { return };
        {
            let mut pass = begin(encoder, "cloud", &light.view, wgpu::LoadOp::Clear(wgpu::Color::BLACK));
            pass.set_pipeline(&self.cloud_pipeline);
            pass.set_bind_group(0, &self.view_group, &[]);
            pass.set_vertex_buffer(0, self.places.slice(..));
            pass.set_vertex_buffer(1, lit.buffer().slice(..4 * u64::from(self.slots)));
            pass.draw(0..6, 0..self.slots);
        }
        let mut pass = begin(encoder, "tone", to, wgpu::LoadOp::Load);
        within(&mut pass, area);
        pass.set_pipeline(&self.tone_pipeline);
        pass.set_bind_group(0, &light.group, &[]);
        pass.draw(0..3, 0..1);
    }

    /// Records the drawing of the strip onto an area of a picture.
    pub fn strip(&self, encoder: &mut wgpu::CommandEncoder, to: &wgpu::TextureView, area: Area, lit: &Lit, step: u64) {
        let plan = lit.plan();
        if area[2] == 0 || area[3] == 0 || plan.strip_rows() == 0 {
            return;
        }
        let uniform = StripUniform {
            place: area.map(|x| x as f32),
            rows: plan.strip_rows(),
            columns: plan.columns,
            first: plan.strip_at(),
            steps_per_column: plan.steps_per_column,
            now: step as u32,
            unused: [0; 3],
        };
        self.device.handles().1.write_buffer(&self.strip, 0, bytemuck::bytes_of(&uniform));
        let mut pass = begin(encoder, "strip", to, wgpu::LoadOp::Load);
        within(&mut pass, area);
        pass.set_pipeline(&self.strip_pipeline);
        pass.set_bind_group(0, &self.strip_group, &[]);
        pass.draw(0..3, 0..1);
    }
}

/// Draws on an area only, whose upper left corner the tone's shader takes for the picture's.
fn within(pass: &mut wgpu::RenderPass<'_>, [x, y, width, height]: Area) {
    pass.set_viewport(x as f32, y as f32, width as f32, height as f32, 0.0, 1.0);
    pass.set_scissor_rect(x, y, width, height);
}

fn light(d: &wgpu::Device, size: [u32; 2], tone: &wgpu::RenderPipeline) -> Light {
    let view = drawn_on(d, "light", size, LIGHT, wgpu::TextureUsages::TEXTURE_BINDING).create_view(&Default::default());
    let group = group(d, tone, &[wgpu::BindingResource::TextureView(&view)]);
    Light { size, view, group }
}

/// A texture that is drawn on, and used otherwise too.
pub(super) fn drawn_on(
    d: &wgpu::Device,
    label: &str,
    [width, height]: [u32; 2],
    format: wgpu::TextureFormat,
    usage: wgpu::TextureUsages,
) -> wgpu::Texture {
    d.create_texture(&wgpu::TextureDescriptor {
        label: Some(label),
        size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: usage | wgpu::TextureUsages::RENDER_ATTACHMENT,
        view_formats: &[],
    })
}

fn group(d: &wgpu::Device, pipeline: &wgpu::RenderPipeline, resources: &[wgpu::BindingResource<'_>]) -> wgpu::BindGroup {
    let entries: Vec<wgpu::BindGroupEntry<'_>> =
        (0..).zip(resources).map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource: resource.clone() }).collect();
    let layout = pipeline.get_bind_group_layout(0);
    d.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout: &layout, entries: &entries })
}

pub(super) fn begin<'e>(
    encoder: &'e mut wgpu::CommandEncoder,
    label: &str,
    target: &wgpu::TextureView,
    load: wgpu::LoadOp<wgpu::Color>,
) -> wgpu::RenderPass<'e> {
    encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some(label),
        color_attachments: &[Some(wgpu::RenderPassColorAttachment {
            view: target,
            depth_slice: None,
            resolve_target: None,
            ops: wgpu::Operations { load, store: wgpu::StoreOp::Store },
        })],
        ..Default::default()
    })
}

fn cloud_pipeline(d: &wgpu::Device) -> wgpu::RenderPipeline {
    let places = wgpu::VertexBufferLayout {
        array_stride: size_of::<super::Place>() as u64,
        step_mode: wgpu::VertexStepMode::Instance,
        attributes: &wgpu::vertex_attr_array![0 => Float32x3, 1 => Uint8x4],
    };
    let fired = wgpu::VertexBufferLayout {
        array_stride: 4,
        step_mode: wgpu::VertexStepMode::Instance,
        attributes: &wgpu::vertex_attr_array![2 => Uint32],
    };
    let add = wgpu::BlendComponent {
        src_factor: wgpu::BlendFactor::One,
        dst_factor: wgpu::BlendFactor::One,
        operation: wgpu::BlendOperation::Add,
    };
    let blend = wgpu::BlendState { color: add, alpha: add };
    pipeline(d, "cloud", NEURONS, ["place", "shine"], &[Some(places), Some(fired)], LIGHT, Some(blend))
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
    // What is drawn light by light is linear; what is shown is encoded, here if the picture does not do so itself.
    let encode = f64::from(u8::from(format != LIGHT && !format.is_srgb()));
    let constants: &[(&str, f64)] = if text.contains("override encode") { &[("encode", encode)] } else { &[] };
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
            compilation_options: wgpu::PipelineCompilationOptions { constants, ..Default::default() },
            targets: &[Some(wgpu::ColorTargetState { format, blend, write_mask: wgpu::ColorWrites::ALL })],
        }),
        multiview_mask: None,
        cache: None,
    })
}
