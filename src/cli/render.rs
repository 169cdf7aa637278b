//! `spikewatt render`

#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "times of pictures are short, rows of a raster few")]

use std::io::BufWriter;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use clap::Args;

use super::progress::Display;
use super::{EngineArgs, STOP, SizeArgs, print};
use crate::bench::Progress;
use crate::engine::{Engine, LightPlan, Options, Spike, gpu};
use crate::error::{Error, Result};
use crate::network::Network;
use crate::report::Figure;
use crate::report::figures::Spikes;
use crate::report::format::{counted, digits};
use crate::view::{Camera, Clip, Cloud, Kind, Lit, Moment, Renderer, png};

/// Arguments of `render`.
#[derive(Debug, Clone, Args)]
pub(super) struct RenderArgs {
    /// A built-in scenario or a file that ends in .toml
    scenario: String,
    /// Where to; the ending chooses: .png (the end of the time), .apng or .gif (a clip of all of it)
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    /// Width of the picture, pixels
    #[arg(long, value_name = "PIXELS", default_value_t = 960, value_parser = clap::value_parser!(u32).range(16..=8192))]
    width: u32,
    /// Height of the picture, pixels
    #[arg(long, value_name = "PIXELS", default_value_t = 540, value_parser = clap::value_parser!(u32).range(16..=8192))]
    height: u32,
    /// Pictures of a clip
    #[arg(long, value_name = "N", default_value_t = 48, value_parser = clap::value_parser!(u32).range(2..=10_000))]
    frames: u32,
    /// Pictures per second of a clip
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u16).range(1..=60))]
    fps: u16,
    /// Biological time in which a spike's light fades to 1/e, in ms
    #[arg(long, value_name = "T", default_value_t = 12.0, value_parser = above_0)]
    fade_ms: f32,
    /// Degrees the camera turns over a clip
    #[arg(long, value_name = "DEGREES", default_value_t = 40.0, allow_negative_numbers = true, value_parser = degrees)]
    turn: f32,
    /// Also write the spikes of some neurons over time, with the rates below (.svg or .png)
    #[arg(long, value_name = "FILE")]
    raster: Option<PathBuf>,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    size: SizeArgs,
    /// Print nothing but errors
    #[arg(long)]
    quiet: bool,
}

fn degrees(text: &str) -> std::result::Result<f32, String> {
    let wrong = || format!("{text}: give degrees, from -36000 to 36000");
    text.parse::<f32>().ok().filter(|v| v.is_finite() && v.abs() <= 36_000.0).ok_or_else(wrong)
}

pub(super) fn above_0(text: &str) -> std::result::Result<f32, String> {
    let wrong = || format!("{text}: give a number above 0");
    text.parse::<f32>().ok().filter(|v| v.is_finite() && *v > 0.0).ok_or_else(wrong)
}

/// What the ending of a name asks for; `None` is a still.
fn kind(path: &Path) -> Result<Option<Kind>> {
    match path.extension().and_then(|e| e.to_str()) {
        Some("png") => Ok(None),
        Some("apng") => Ok(Some(Kind::Apng)),
        Some("gif") => Ok(Some(Kind::Gif)),
        _ => Err(Error::File { path: path.to_owned(), reason: "give a name that ends in .png, .apng or .gif".into() }),
    }
}

pub(super) fn run(args: &RenderArgs) -> Result<()> {
    args.engine.check()?;
    let kind = kind(&args.output)?;
    let cannot = |e: std::io::Error| Error::File {
        path: args.output.clone(),
        reason: format!("the picture cannot be written here ({e}); give another place with --output"),
    };
    let drawn = |p: &Path| p.extension().is_some_and(|e| e == "svg" || e == "png");
    if let Some(path) = args.raster.as_ref().filter(|p| !drawn(p)) {
        let reason = "a raster is drawn as SVG or PNG; give a name that ends in .svg or .png".into();
        return Err(Error::File { path: path.clone(), reason });
    }
    let inputs = [Path::new(args.scenario.as_str())].map(|p| if p.is_file() { p } else { Path::new("") });
    super::report::apart(&inputs, &[("--output", Some(&args.output)), ("--raster", args.raster.as_deref())])?;
    if crate::files::is_stream(&args.output) {
        return Err(cannot(std::io::Error::other("it is no file")));
    }
    super::sweep::sweep_beside(&args.output);
    super::catch_interrupts();
    let scenario = args.size.load(&args.scenario)?;
    let network = Network::build(&scenario)?;
    let (transient, steps) = (network.steps(scenario.transient_ms), network.steps(scenario.bio_ms));
    let frames = if kind.is_some() { u64::from(args.frames).min(steps) } else { 1 };
    // The adapter that draws need not be the one that simulates: the CPU engine's spikes are drawn as well.
    let found = gpu::adapters();
    if found.is_empty() {
        let none = "pictures are drawn by an adapter, and there is none; install a driver (Mesa's software one is the package mesa-vulkan-drivers on Debian and Ubuntu)";
        return Err(Error::Input(none.into()));
    }
    let adapter = gpu::choose(found, args.engine.adapter.as_deref())?;
    let cloud = Cloud::new(&network);
    let host = args.engine.host()?;
    if !args.quiet {
        print(&format!("engine  {}", host.line()));
    }
    let mut display = Display::new(&scenario.name, (1, 1), args.quiet);
    display.note("compiling its passes, storing its synapses");
    // The device that simulates draws, so that spikes stay there; where a raster is wanted, or the processor simulates, the host sees them.
    let own = host.device().map(|(_, device)| device.clone());
    let same = own.is_some();
    let device = own.map_or_else(|| adapter.open(), Ok)?;
    let options = Options { record: args.raster.is_some() || !same, ..args.engine.options() };
    let mut engine = host.ready(network.clone(), &options, args.engine.tune, &mut |text| display.remark(text))?;
    let plan = LightPlan::new(&network, 0, 1, 1);
    let lit = Lit::new(engine.as_mut(), &device, same, plan)?;
    let size = [args.width, args.height];
    let renderer = Renderer::new(&device, &network, &cloud, &lit, size)?;
    display.stage("simulating the transient", transient);
    advance(engine.as_mut(), transient)?;
    let spikes = engine.take_spikes()?;
    let before = engine.counts()?.total_spikes();
    let file = crate::files::temporary_beside(&args.output).map_err(cannot)?;
    let out = BufWriter::new(file.reopen().map_err(cannot)?);
    display.stage("drawing", steps);
    let mut film = Film { args, renderer, engine: engine.as_mut(), lit, seen: Vec::new() };
    film.lit.note(&spikes);
    match kind {
        None => {
            // What fired before the fading time cannot be seen any more; it is simulated all the same.
            let picture = film.frame(0, steps, 0.0)?;
            png(out, size, &picture).map_err(cannot)?;
        }
        Some(kind) => {
            let pictures = u32::try_from(frames).map_err(|_| Error::Internal("more pictures than 32 bits".into()))?;
            let mut clip = Clip::new(out, kind, size, pictures, args.fps).map_err(cannot)?;
            for i in 0..frames {
                let (from, to) = (steps * i / frames, steps * (i + 1) / frames);
                let mut picture = film.frame(from, to, i as f32 / frames as f32)?;
                clip.add(&mut picture).map_err(cannot)?;
                display.steps(to);
            }
            clip.finish().map_err(cannot)?;
        }
    }
    let seen = std::mem::take(&mut film.seen);
    let spikes = engine.counts()?.total_spikes() - before;
    if let Some(path) = &args.raster {
        let figure = crate::report::figures::spikes(&seen_of(engine.as_ref(), transient, steps, &seen));
        raster(path, &figure)?;
        if !args.quiet {
            print(&format!("{}: {}", path.display(), figure.description));
        }
    }
    drop(display);
    file.persist(&args.output).map_err(|e| cannot(e.error))?;
    if !args.quiet {
        let what = if kind.is_some() { counted(frames, "picture") } else { "a picture".to_owned() };
        print(&format!(
            "{}: {what} of {}, {} ms, {}",
            args.output.display(),
            counted(cloud.len(), "neuron"),
            digits(scenario.bio_ms),
            counted(spikes, "spike")
        ));
    }
    Ok(())
}

/// What is drawn, picture by picture.
struct Film<'a> {
    args: &'a RenderArgs,
    renderer: Renderer,
    engine: &'a mut dyn Engine,
    lit: Lit,
    /// All spikes, where a raster is wanted.
    seen: Vec<Spike>,
}

impl Film<'_> {
    /// Simulates from one step of the counted time to another, and draws what one sees then; `part` is how much of the clip has passed.
    fn frame(&mut self, from: u64, to: u64, part: f32) -> Result<Vec<u8>> {
        advance(self.engine, to - from)?;
        let spikes = self.engine.take_spikes()?;
        self.lit.note(&spikes);
        if self.args.raster.is_some() {
            self.seen.extend_from_slice(&spikes);
        }
        let dt = self.engine.network().scenario.dt_ms as f32;
        let still = Moment::new(self.engine.step(), self.args.fade_ms / dt);
        let turn = (still.camera.turn + part * self.args.turn.to_radians()) % std::f32::consts::TAU;
        self.renderer.draw(&self.lit, &Moment { camera: Camera { turn, ..still.camera }, ..still })
    }
}

/// Writes a raster: as SVG, or as a picture of twice as many pixels.
fn raster(path: &Path, figure: &Figure) -> Result<()> {
    if path.extension().is_none_or(|e| e != "png") {
        return super::report::write_whole(path, figure.svg());
    }
    let failed = |e: std::io::Error| Error::Internal(format!("the raster as a picture: {e}"));
    let (size, pixels) = crate::view::from_svg(&figure.plain_svg(), 2 * figure.width() as u32).map_err(failed)?;
    let mut bytes = Vec::new();
    png(&mut bytes, size, &pixels).map_err(failed)?;
    super::report::write_whole(path, bytes)
}

/// What a raster shows: spikes of some neurons of each population in proportion, and everybody's rates.
fn seen_of(engine: &dyn Engine, transient: u64, steps: u64, spikes: &[Spike]) -> Spikes {
    /// Neurons shown, and bins of the rates.
    const ROWS: u32 = 240;
    const BINS: usize = 120;
    let network = engine.network();
    let dt = network.scenario.dt_ms;
    let chosen = network.some_neurons(ROWS, 1);
    let first_row: Vec<u32> =
        chosen.iter().scan(0, |rows, some| Some(std::mem::replace(rows, *rows + some.len() as u32))).collect();
    let with_rates = network.populations.iter().zip(&chosen);
    let mut populations: Vec<(String, u32, Vec<f64>)> =
        with_rates.map(|(p, some)| (p.name.clone(), some.len() as u32, vec![0.0; BINS])).collect();
    let duration_ms = steps as f64 * dt;
    let mut marks = Vec::new();
    for s in spikes {
        let ms = (u64::from(s.step).saturating_sub(transient)) as f64 * dt;
        let p = s.population as usize;
        let bin = ((ms / duration_ms * BINS as f64) as usize).min(BINS - 1);
        populations[p].2[bin] += 1e3 * BINS as f64 / (duration_ms * f64::from(network.populations[p].size.max(1)));
        if let Ok(row) = chosen[p].binary_search(&s.neuron) {
            marks.push((ms, first_row[p] + row as u32));
        }
    }
    Spikes { scenario: network.scenario.name.clone(), duration_ms, populations, marks }
}

fn advance(engine: &mut dyn Engine, steps: u64) -> Result<()> {
    engine.advance(steps, &mut |_| match STOP.load(Ordering::Relaxed) {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    })
}
