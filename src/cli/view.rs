//! `spikewatt view`

use std::sync::Arc;

use clap::Args;

use super::meters::MeterArgs;
use super::{EngineArgs, STOP, SizeArgs, print};
use crate::bench::{Instruments, site};
use crate::energy::SystemClock;
use crate::engine::Options;
use crate::error::Result;
use crate::network::Network;
use crate::report::format::{counted, digits, si};
use crate::view::window::{Show, Shown, open};

/// Seconds over which live power is averaged at least.
const AVERAGED_S: f64 = 2.0;

/// Arguments of `view`.
#[derive(Debug, Clone, Args)]
pub(super) struct ViewArgs {
    /// A built-in scenario or a file that ends in .toml
    scenario: String,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    size: SizeArgs,
    #[command(flatten)]
    meters: MeterArgs,
    /// Biological time in which a spike's light fades to 1/e, in ms
    #[arg(long, value_name = "T", default_value_t = 12.0, value_parser = super::render::above_0)]
    fade_ms: f32,
    /// Pictures per second at most; by default as many as leave the simulation nine tenths of its speed
    #[arg(long, value_name = "N", value_parser = pictures)]
    fps: Option<f64>,
    /// Close the window after so many seconds
    #[arg(long, value_name = "S", value_parser = super::render::above_0)]
    seconds: Option<f32>,
    /// Print nothing but errors
    #[arg(long)]
    quiet: bool,
}

fn pictures(text: &str) -> std::result::Result<f64, String> {
    let wrong = || format!("{text}: give a number of pictures per second, from 0.01 to 240");
    text.parse::<f64>().ok().filter(|n| (0.01..=240.0).contains(n)).ok_or_else(wrong)
}

pub(super) fn run(args: &ViewArgs) -> Result<()> {
    args.engine.check()?;
    let choice = args.meters.choice()?;
    let scenario = args.size.load(&args.scenario)?;
    let network = Network::build(&scenario)?;
    super::catch_interrupts();
    let host = Arc::new(args.engine.host()?);
    let bus = host.adapter().and_then(|a| a.pci_bus_id.clone());
    let instruments = Instruments::open(Arc::new(SystemClock::default()), &choice, site(&host), bus.as_deref())?;
    if !args.quiet {
        print(&format!("engine  {}", host.line()));
        if let Some(note) = &host.note {
            print(&format!("        {}", note.in_words_of(&super::words::flag)));
        }
    }
    let (options, tune, builder, of) = (args.engine.options(), args.engine.tune, Arc::clone(&host), network.clone());
    let shown = open(Show {
        network,
        engine: host.line(),
        stamp: host.stamp().into(),
        make: Box::new(move |record| {
            let options = Options { record: options.record || record, ..options };
            builder.ready(of, &options, tune, &mut |text| eprintln!("spikewatt: {text}"))
        }),
        device: host.device().map(|(adapter, device)| (adapter.clone(), device.clone())),
        power: Box::new(|| power(&instruments)),
        amount: si,
        fade_ms: args.fade_ms,
        most_pictures: args.fps,
        closes_after_s: args.seconds.map(f64::from),
        stop: &STOP,
    })?;
    if !args.quiet {
        print(&seen(&scenario.name, &shown));
    }
    Ok(())
}

/// Power as it is now by the meter that would decide.
fn power(instruments: &Instruments) -> std::result::Result<(f64, String), String> {
    let Some(index) = instruments.chosen else { return Err(instruments.why.clone()) };
    let channel = instruments.monitor.channel(index);
    let info = channel.info();
    let how = format!("{}, {}, {}", info.name, info.tier.words(), info.scope.words());
    let now_s = instruments.monitor.clock().now_s();
    let over_s = AVERAGED_S.max(3.0 * channel.trace.period_s().unwrap_or(0.0));
    channel
        .trace
        .mean_power_w(now_s - over_s, now_s)
        .map(|watts| (watts, how))
        .ok_or_else(|| format!("{}: no reading yet", info.name))
}

/// What was seen: times only, as joules of a viewed run are those of the drawing too.
fn seen(scenario: &str, shown: &Shown) -> String {
    let speed = match shown.lived_s > 0.0 {
        true => format!(", RTF {} while viewed", digits(shown.ran_s / shown.lived_s)),
        false => String::new(),
    };
    let from = if shown.stayed_on_the_device { "from the engine's own device" } else { "carried over by the host" };
    let pictures = counted(shown.pictures, "picture");
    format!(
        "{scenario}: {} of life in {}{speed}; {pictures}, {from}. No joules: those of a viewed run are the window's too.",
        si(shown.lived_s, "s"),
        si(shown.ran_s, "s")
    )
}
