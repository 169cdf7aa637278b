//! The surface of a window and what is drawn on it: the cloud, the strip, and the panels on top.

use std::sync::Arc;
use std::time::Duration;

use winit::event::WindowEvent;
use winit::window::Window;

use super::Room;
use crate::engine::gpu::{Device, FoundAdapter};
use crate::error::{Error, Result};
use crate::network::Network;
use crate::view::{Area, Cloud, Lit, Moment, Scene};

/// Longest wait for a picture.
const PATIENCE: Duration = Duration::from_secs(60);

/// A window that can be drawn on.
pub(super) struct Frame {
    window: Arc<Window>,
    device: Device,
    surface: wgpu::Surface<'static>,
    configuration: wgpu::SurfaceConfiguration,
    context: egui::Context,
    state: egui_winit::State,
    renderer: egui_wgpu::Renderer,
    scene: Option<Scene>,
}

/// What the panels of a picture are.
pub(super) struct Drawn {
    room: Room,
    triangles: Vec<egui::ClippedPrimitive>,
    textures: egui::TexturesDelta,
    points: f32,
}

impl Frame {
    /// Prepares a window for an adapter, on a device that is open already or on one of its own.
    ///
    /// # Errors
    /// [`Error::Input`] if the adapter cannot draw on this window; those of opening it.
    pub(super) fn new(window: &Arc<Window>, adapter: &FoundAdapter, device: Option<&Device>) -> Result<Self> {
        let surface = adapter.surface(Arc::clone(window))?;
        let device = device.map_or_else(|| adapter.open(), |d| Ok(d.clone()))?;
        let size = window.inner_size();
        let capabilities = adapter.on_surface(&surface);
        let format = capabilities.formats.iter().find(|f| f.is_srgb()).or(capabilities.formats.first());
        let Some(format) = format.copied() else {
            return Err(Error::Input(format!("{} cannot draw on this display", adapter.description.name)));
        };
        // Without waiting for the screen where that can be had: the time is chosen elsewhere.
        let modes = [wgpu::PresentMode::Mailbox, wgpu::PresentMode::Immediate];
        let present_mode = modes.into_iter().find(|m| capabilities.present_modes.contains(m));
        let d = device.handles().0;
        let most = d.limits().max_texture_dimension_2d;
        let configuration = wgpu::SurfaceConfiguration {
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT,
            format,
            color_space: Default::default(),
            width: size.width.clamp(1, most),
            height: size.height.clamp(1, most),
            present_mode: present_mode.unwrap_or(wgpu::PresentMode::Fifo),
            desired_maximum_frame_latency: 2,
            alpha_mode: wgpu::CompositeAlphaMode::Auto,
            view_formats: Vec::new(),
        };
        surface.configure(d, &configuration);
        device.check()?;
        let context = egui::Context::default();
        context.set_theme(egui::Theme::Dark);
        let most = usize::try_from(most).ok();
        let state = egui_winit::State::new(context.clone(), egui::ViewportId::ROOT, window.as_ref(), None, None, most);
        let renderer = egui_wgpu::Renderer::new(d, format, egui_wgpu::RendererOptions::default());
        device.check()?;
        Ok(Self { window: Arc::clone(window), surface, configuration, context, state, renderer, scene: None, device })
    }

    pub(super) fn window(&self) -> &Window {
        &self.window
    }

    pub(super) fn device(&self) -> &Device {
        &self.device
    }

    pub(super) fn has_scene(&self) -> bool {
        self.scene.is_some()
    }

    /// Prepares the cloud and the strip, once there is light.
    ///
    /// # Errors
    /// Those of the device.
    pub(super) fn prepare(&mut self, network: &Network, cloud: &Cloud, lit: &Lit) -> Result<()> {
        self.scene = Some(Scene::new(&self.device, network, cloud, lit, self.configuration.format)?);
        Ok(())
    }

    /// Follows the window's size; by what factor there are more pixels now.
    pub(super) fn resize(&mut self, [width, height]: [u32; 2]) -> f64 {
        if width == 0 || height == 0 {
            return 1.0;
        }
        let d = self.device.handles().0;
        let most = d.limits().max_texture_dimension_2d;
        let pixels = |c: &wgpu::SurfaceConfiguration| f64::from(c.width) * f64::from(c.height);
        let before = pixels(&self.configuration);
        (self.configuration.width, self.configuration.height) = (width.min(most), height.min(most));
        self.surface.configure(d, &self.configuration);
        pixels(&self.configuration) / before
    }

    /// Tells the panels what happened; whether it is for them alone.
    pub(super) fn hears(&mut self, event: &WindowEvent) -> bool {
        let response = self.state.on_window_event(&self.window, event);
        match event {
            WindowEvent::KeyboardInput { .. } => self.context.egui_wants_keyboard_input(),
            WindowEvent::MouseInput { .. } | WindowEvent::CursorMoved { .. } | WindowEvent::MouseWheel { .. } => {
                self.context.egui_wants_pointer_input() || self.context.is_pointer_over_egui()
            }
            _ => response.consumed,
        }
    }

    /// Lays the panels out.
    pub(super) fn panels(&mut self, mut lay_out: impl FnMut(&mut egui::Ui) -> Room) -> Drawn {
        let input = self.state.take_egui_input(&self.window);
        let mut room = Room { cloud: egui::Rect::NOTHING, strip: None };
        let output = self.context.run_ui(input, |ui| room = lay_out(ui));
        self.state.handle_platform_output(&self.window, output.platform_output);
        let triangles = self.context.tessellate(output.shapes, output.pixels_per_point);
        Drawn { room, triangles, textures: output.textures_delta, points: output.pixels_per_point }
    }

    /// Draws everything and shows it; a window that cannot be drawn on now is drawn on another time.
    ///
    /// # Errors
    /// Those of the device.
    pub(super) fn draw(&mut self, mut drawn: Drawn, lit: Option<&Lit>, moment: &Moment) -> Result<()> {
        let (d, queue) = self.device.handles();
        for (id, deltas) in drawn.textures.set.drain() {
            deltas.iter().for_each(|delta| self.renderer.update_texture(d, queue, id, delta));
        }
        let texture = match self.surface.get_current_texture() {
            wgpu::CurrentSurfaceTexture::Success(texture) | wgpu::CurrentSurfaceTexture::Suboptimal(texture) => Some(texture),
            wgpu::CurrentSurfaceTexture::Timeout | wgpu::CurrentSurfaceTexture::Occluded => None,
            _ => {
                self.surface.configure(d, &self.configuration);
                None
            }
        };
        if let Some(texture) = texture {
            let target = texture.texture.create_view(&Default::default());
            let mut encoder = d.create_command_encoder(&Default::default());
            let ground = wgpu::Color { r: 0.006, g: 0.007, b: 0.009, a: 1.0 };
            drop(crate::view::scene::begin(&mut encoder, "clear", &target, wgpu::LoadOp::Clear(ground)));
            let whole = [self.configuration.width, self.configuration.height];
            if let (Some(scene), Some(lit)) = (&mut self.scene, lit) {
                lit.hand_over(&self.device);
                scene.cloud(&mut encoder, &target, area(drawn.room.cloud, drawn.points, whole), lit, moment);
                if let Some(strip) = drawn.room.strip {
                    scene.strip(&mut encoder, &target, area(strip, drawn.points, whole), lit, moment.step);
                }
            }
            let screen = egui_wgpu::ScreenDescriptor { size_in_pixels: whole, pixels_per_point: drawn.points };
            let before = self.renderer.update_buffers(d, queue, &mut encoder, &drawn.triangles, &screen);
            let pass = crate::view::scene::begin(&mut encoder, "panels", &target, wgpu::LoadOp::Load);
            self.renderer.render(&mut pass.forget_lifetime(), &drawn.triangles, &screen);
            queue.submit(before.into_iter().chain([encoder.finish()]));
            self.window.pre_present_notify();
            queue.present(texture);
        }
        drawn.textures.free.drain().for_each(|id| self.renderer.free_texture(&id));
        self.device.check()
    }

    /// Waits until everything is drawn.
    ///
    /// # Errors
    /// [`Error::Internal`] if that takes for ever.
    pub(super) fn finish(&self) -> Result<()> {
        let wait = wgpu::PollType::Wait { submission_index: None, timeout: Some(PATIENCE) };
        let late = |_| Error::Internal(format!("the adapter has not drawn a picture within {} s", PATIENCE.as_secs()));
        self.device.handles().0.poll(wait).map(|_| ()).map_err(late)
    }
}

/// Points as pixels, within the window.
fn area(rect: egui::Rect, points: f32, [width, height]: [u32; 2]) -> Area {
    let pixel = |x: f32, most: u32| (x * points).round().clamp(0.0, most as f32) as u32;
    let [left, right] = [rect.left(), rect.right()].map(|x| pixel(x, width));
    let [top, bottom] = [rect.top(), rect.bottom()].map(|y| pixel(y, height));
    [left, top, right.saturating_sub(left), bottom.saturating_sub(top)]
}
