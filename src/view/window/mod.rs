//! A live window: the cloud from all sides, a strip of spikes, speed and power, while the simulation goes on beside it.

#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sizes of windows are small")]

mod frame;
mod pace;
mod panels;
mod simulation;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use egui::Key;
use winit::application::ApplicationHandler;
use winit::dpi::LogicalSize;
use winit::event::{ElementState, MouseButton, MouseScrollDelta, StartCause, WindowEvent};
use winit::event_loop::{ActiveEventLoop, ControlFlow, EventLoop};
use winit::keyboard::{Key as Pressed, NamedKey};
use winit::window::{Window, WindowId};

use self::frame::Frame;
use self::pace::Pace;
use self::panels::{Panels, Room, changed};
use self::simulation::{Orders, Shared, run};
use crate::engine::gpu::{Device, FoundAdapter, adapters_on};
use crate::engine::{Engine, LightPlan};
use crate::error::{Error, Result};
use crate::network::Network;
use crate::view::{Camera, Cloud, Moment};

/// Neurons on the strip, its columns, and the biological time it shows, ms.
const STRIP: (u32, u32, f64) = (160, 800, 400.0);
/// Nearest and farthest the camera goes.
const NEAREST: f32 = 0.6;
const FARTHEST: f32 = 12.0;

/// Power as it is now, W, and how that is had; or why it is not known.
pub type Power<'a> = dyn FnMut() -> std::result::Result<(f64, String), String> + 'a;
/// Builds the engine; it records if asked to. Called in a thread of its own.
pub type MakeEngine = Box<dyn FnOnce(bool) -> Result<Box<dyn Engine>> + Send>;

/// What a window shows.
pub struct Show<'a> {
    /// The network.
    pub network: Network,
    /// What simulates, in words.
    pub engine: String,
    /// What nobody must take for a GPU's figures; empty for a GPU.
    pub stamp: String,
    /// Builds the engine.
    pub make: MakeEngine,
    /// The adapter and device that simulate; none if the processor does.
    pub device: Option<(FoundAdapter, Device)>,
    /// Power as it is now.
    pub power: Box<Power<'a>>,
    /// How amounts with a unit are written.
    pub amount: fn(f64, &str) -> String,
    /// Biological time in which a spike's light fades to 1/e, ms.
    pub fade_ms: f32,
    /// Pictures per second at most.
    pub most_pictures: Option<f64>,
    /// Wall time after which the window closes, s, counted from when the simulation begins.
    pub closes_after_s: Option<f64>,
    /// Set to close the window.
    pub stop: &'static AtomicBool,
}

impl std::fmt::Debug for Show<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Show").field("engine", &self.engine).finish_non_exhaustive()
    }
}

/// What was seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shown {
    /// Wall time for which the simulation ran, s.
    pub ran_s: f64,
    /// Biological time, s.
    pub lived_s: f64,
    /// Pictures drawn.
    pub pictures: u64,
    /// Whether spikes stayed on the device that drew.
    pub stayed_on_the_device: bool,
}

/// Opens a window, and returns when it has been closed.
///
/// # Errors
/// [`Error::Input`] without a display, or an adapter that can draw on it; the engine's and the device's.
pub fn open(show: Show<'_>) -> Result<Shown> {
    if display().is_none() {
        return Err(no_window("there is no display"));
    }
    // Where libraries of the window system are missing, winit panics.
    let events = std::panic::catch_unwind(EventLoop::new).map_err(|_| no_window("its libraries are missing"))?;
    let events = events.map_err(|e| no_window(&e.to_string()))?;
    events.set_control_flow(ControlFlow::Wait);
    let mut app = App::new(show);
    let outcome = events.run_app(&mut app);
    app.close()?;
    outcome.map_err(|e| Error::Internal(format!("the window system: {e}")))?;
    Ok(app.shown)
}

/// The display a window would open on, in words; `None` if none is named.
pub fn display() -> Option<String> {
    if cfg!(not(all(unix, not(target_os = "macos")))) {
        return Some("this machine's".into());
    }
    let named = ["WAYLAND_DISPLAY", "WAYLAND_SOCKET", "DISPLAY"].into_iter().find_map(|name| {
        let value = std::env::var_os(name).filter(|v| !v.is_empty())?;
        Some(format!("{name} {}", value.to_string_lossy()))
    });
    named.map(|text| text.chars().filter(|c| !c.is_control()).collect())
}

fn no_window(why: &str) -> Error {
    // What the window system says stands behind where in its library that was.
    let why = why.rsplit(".rs:").next().unwrap_or(why);
    let why = why.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':' || c == ' ').trim().trim_end_matches('.');
    Error::Input(format!(
        "a window cannot be opened ({why}): run it where there is a display (on Linux DISPLAY or WAYLAND_DISPLAY names it, and libxkbcommon-x11, libxcursor and libxi are there); pictures and clips need none"
    ))
}

/// The window and all that it shows.
struct App<'a> {
    show: Show<'a>,
    make: Option<MakeEngine>,
    cloud: Cloud,
    populations: Vec<(String, u32)>,
    frame: Option<Frame>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    pace: Pace,
    camera: Camera,
    visible_populations: [u32; 4],
    panels: bool,
    dragged: bool,
    pointer: Option<(f64, f64)>,
    begun: Option<Instant>,
    failure: Option<Error>,
    shown: Shown,
}

impl<'a> App<'a> {
    fn new(mut show: Show<'a>) -> Self {
        let none: MakeEngine = Box::new(|_| Err(Error::Internal("there is one engine".into())));
        let make = Some(std::mem::replace(&mut show.make, none));
        let cloud = Cloud::new(&show.network);
        let populations = show.network.populations.iter().map(|p| (p.name.clone(), p.size)).collect();
        let pace = Pace::new(show.most_pictures);
        Self {
            show,
            make,
            cloud,
            populations,
            frame: None,
            shared: Arc::default(),
            thread: None,
            pace,
            camera: Camera::default(),
            visible_populations: [u32::MAX; 4],
            panels: true,
            dragged: false,
            pointer: None,
            begun: None,
            failure: None,
            shown: Shown { ran_s: 0.0, lived_s: 0.0, pictures: 0, stayed_on_the_device: false },
        }
    }

    /// Opens the window on the adapter that simulates, or on another one if that cannot draw on it; and begins to build.
    fn begin(&mut self, events: &ActiveEventLoop) -> Result<()> {
        let attributes = Window::default_attributes()
            .with_title(format!("{} - spikewatt", self.show.network.scenario.name))
            .with_inner_size(LogicalSize::new(1200.0, 760.0))
            .with_min_inner_size(LogicalSize::new(420.0, 320.0));
        let window = Arc::new(events.create_window(attributes).map_err(|e| no_window(&e.to_string()))?);
        let own = self.show.device.clone();
        let frame = match own.as_ref().map(|(adapter, device)| Frame::new(&window, adapter, Some(device))) {
            Some(Ok(frame)) => (frame, true),
            _ => {
                let others =
                    adapters_on(events.owned_display_handle()).into_iter().map(|adapter| Frame::new(&window, &adapter, None));
                let frame = others.filter_map(Result::ok).next();
                (frame.ok_or_else(|| no_window("no graphics adapter can draw on this display"))?, false)
            }
        };
        let (frame, same) = frame;
        let network = &self.show.network;
        let per_column = (STRIP.2 / network.scenario.dt_ms / f64::from(STRIP.1)).round().max(1.0) as u32;
        let light = LightPlan::new(network, STRIP.0, STRIP.1, per_column);
        let (shared, device) = (Arc::clone(&self.shared), frame.device().clone());
        if let Some(make) = self.make.take() {
            self.thread = Some(std::thread::spawn(move || run(&shared, || make(!same), &device, same, light)));
        }
        self.frame = Some(frame);
        Ok(())
    }

    /// Draws a picture.
    fn draw(&mut self) -> Result<()> {
        let Some(frame) = &mut self.frame else { return Ok(()) };
        if self.shared.is_ready()
            && !frame.has_scene()
            && let Some(lit) = self.shared.lit().as_ref()
        {
            frame.prepare(&self.show.network, &self.cloud, lit)?;
        }
        // What a picture costs is found out before the simulation begins.
        if frame.has_scene() && !self.pace.is_known() {
            let mut least = f64::INFINITY;
            for _ in 0..4 {
                let begin = Instant::now();
                self.picture()?;
                if let Some(frame) = &self.frame {
                    frame.finish()?;
                }
                least = least.min(begin.elapsed().as_secs_f64());
            }
            self.pace.cost(least);
            self.begun = Some(Instant::now());
            self.shared.begin();
            return Ok(());
        }
        self.picture()
    }

    fn picture(&mut self) -> Result<()> {
        let Some(frame) = &mut self.frame else { return Ok(()) };
        let network = &self.show.network;
        let (told, step) = (self.shared.told(), self.shared.step());
        let orders = self.shared.orders();
        let mut changed = orders;
        let power = (self.show.power)();
        let mut panels =
            Panels {
                scenario: &network.scenario.name,
                engine: &self.show.engine,
                stamp: &self.show.stamp,
                populations: &self.populations,
                shown: &mut self.visible_populations,
                told: &told,
                orders: &mut changed,
                time_s: self.shared.is_ready().then_some(step as f64 * network.scenario.dt_ms * 1e-3),
                power: &power,
                amount: self.show.amount,
                strip_s: self.shared.lit().as_ref().map_or(0.0, |lit| {
                    f64::from(lit.plan().columns * lit.plan().steps_per_column) * network.scenario.dt_ms * 1e-3
                }),
                visible: self.panels,
            };
        let drawn = frame.panels(|ui| panels.show(ui));
        let moment = Moment {
            camera: self.camera,
            step,
            fade_steps: self.show.fade_ms / network.scenario.dt_ms as f32,
            shown: self.visible_populations,
        };
        frame.draw(drawn, self.shared.lit().as_ref(), &moment)?;
        self.shown.pictures += 1;
        let now = Instant::now();
        self.pace.drew(now);
        if changed != orders {
            // The simulation may have taken a step meanwhile.
            self.order(|o| {
                (o.paused, o.speed) = (changed.paused, changed.speed);
                o.single += changed.single - orders.single;
            });
        }
        Ok(())
    }

    fn order(&mut self, change: impl FnOnce(&mut Orders)) {
        self.shared.order(change);
        self.moved();
    }

    fn moved(&mut self) {
        self.pace.moved(Instant::now());
    }

    fn turn(&mut self, by: f32, up: f32) {
        self.camera.turn = (self.camera.turn + by) % std::f32::consts::TAU;
        self.camera.rise = (self.camera.rise + up).clamp(-1.5, 1.5);
        self.moved();
    }

    fn zoom(&mut self, factor: f32) {
        self.camera.distance = (self.camera.distance * factor).clamp(NEAREST, FARTHEST);
        self.moved();
    }

    fn key(&mut self, key: &Pressed, events: &ActiveEventLoop) {
        match key {
            Pressed::Named(NamedKey::Space) => self.order(|o| o.paused = !o.paused),
            Pressed::Named(NamedKey::Escape) => events.exit(),
            Pressed::Named(NamedKey::ArrowLeft) => self.turn(-0.1, 0.0),
            Pressed::Named(NamedKey::ArrowRight) => self.turn(0.1, 0.0),
            Pressed::Named(NamedKey::ArrowUp) => self.turn(0.0, 0.1),
            Pressed::Named(NamedKey::ArrowDown) => self.turn(0.0, -0.1),
            Pressed::Character(text) => self.letter(text, events),
            _ => {}
        }
    }

    fn letter(&mut self, text: &str, events: &ActiveEventLoop) {
        match text {
            "q" | "Q" => events.exit(),
            "+" | "=" => self.zoom(0.9),
            "-" => self.zoom(1.0 / 0.9),
            "." => self.order(|o| {
                o.paused = true;
                o.single += 1;
            }),
            "[" => self.order(|o| o.speed = changed(o.speed, Key::OpenBracket)),
            "]" => self.order(|o| o.speed = o.speed.and_then(|s| changed(Some(s), Key::CloseBracket))),
            "r" | "R" => {
                self.camera = Camera::default();
                self.visible_populations = [u32::MAX; 4];
                self.moved();
            }
            "h" | "H" => {
                self.panels = !self.panels;
                self.moved();
            }
            digit => {
                let number = digit.parse::<usize>().ok().filter(|n| (1..=self.populations.len().min(9)).contains(n));
                if let Some(i) = number {
                    self.visible_populations[0] ^= 1 << (i - 1);
                    self.moved();
                }
            }
        }
    }

    /// Ends the simulation, and tells what went wrong, if something did.
    fn close(&mut self) -> Result<()> {
        self.shared.order(|o| o.quit = true);
        self.shared.begin();
        if let Some(thread) = self.thread.take() {
            thread.join().map_err(|_| Error::Internal("the simulation ended in a panic".into()))?;
        }
        let told = self.shared.told();
        (self.shown.ran_s, self.shown.lived_s) = (told.ran_s, told.lived_s);
        // The device outlives what was made on it.
        self.shown.stayed_on_the_device = self.shared.lit().take().is_some_and(|lit| lit.stays_on_the_device());
        self.frame = None;
        match self.failure.take().or_else(|| self.shared.take_failure()) {
            Some(e) => Err(e),
            None => Ok(()),
        }
    }

    fn is_over(&self) -> bool {
        let late = self.show.closes_after_s.zip(self.begun).is_some_and(|(s, begun)| begun.elapsed().as_secs_f64() >= s);
        late || self.shared.has_failed() || self.show.stop.load(Ordering::Relaxed)
    }
}

impl ApplicationHandler for App<'_> {
    fn resumed(&mut self, events: &ActiveEventLoop) {
        if self.frame.is_none()
            && let Err(e) = self.begin(events)
        {
            self.failure = Some(e);
            events.exit();
        }
    }

    fn new_events(&mut self, events: &ActiveEventLoop, _: StartCause) {
        if self.is_over() {
            events.exit();
        }
    }

    fn about_to_wait(&mut self, events: &ActiveEventLoop) {
        let Some(frame) = &self.frame else { return };
        let now = Instant::now();
        let running = self.shared.has_begun() && !self.shared.orders().paused;
        let due = self.pace.due(now, running);
        if due <= now {
            frame.window().request_redraw();
        }
        // Whoever wants it closed is heard soon.
        events.set_control_flow(ControlFlow::WaitUntil(
            due.max(now + Duration::from_millis(4)).min(now + Duration::from_millis(100)),
        ));
    }

    fn window_event(&mut self, events: &ActiveEventLoop, _: WindowId, event: WindowEvent) {
        let Some(frame) = &mut self.frame else { return };
        let taken = frame.hears(&event);
        match event {
            WindowEvent::CloseRequested | WindowEvent::Destroyed => events.exit(),
            WindowEvent::Resized(size) => {
                let ratio = frame.resize([size.width, size.height]);
                self.pace.resized(ratio);
                self.moved();
            }
            WindowEvent::RedrawRequested => {
                if let Err(e) = self.draw() {
                    self.failure = Some(e);
                    events.exit();
                }
            }
            WindowEvent::KeyboardInput { event, .. } if event.state == ElementState::Pressed && !taken => {
                self.key(&event.logical_key, events);
            }
            WindowEvent::MouseInput { state, button: MouseButton::Left, .. } => {
                self.dragged = state == ElementState::Pressed && !taken;
                self.moved();
            }
            WindowEvent::CursorMoved { position, .. } => {
                let before = self.pointer.replace((position.x, position.y));
                if let Some((x, y)) = before.filter(|_| self.dragged) {
                    self.turn(-0.006 * (position.x - x) as f32, 0.006 * (position.y - y) as f32);
                } else if taken {
                    self.moved();
                }
            }
            WindowEvent::MouseWheel { delta, .. } if !taken => {
                let notches = match delta {
                    MouseScrollDelta::LineDelta(_, y) => y,
                    MouseScrollDelta::PixelDelta(p) => (p.y / 40.0) as f32,
                };
                self.zoom(0.9f32.powf(notches));
            }
            _ => {}
        }
    }
}
