//! `spikewatt verify`

use clap::Args;

use super::{EngineArgs, SizeArgs, print};
use crate::bench::{first_divergence, verify};
use crate::engine::{Delivery, Engine, Options, cpu::CpuEngine};
use crate::error::{Error, Result};
use crate::network::Network;
use crate::neuron::Class;
use crate::report::format::{counted, grouped};
use crate::scenario::{Scale, Scenario};

/// Neurons and synapses a workload is scaled down to, so that both engines take seconds.
const MOST_NEURONS: f64 = 20_000.0;
const MOST_SYNAPSES: f64 = 3.2e7;
/// Biological time compared, ms.
const BIO_MS: f64 = 100.0;

/// Arguments of `verify`.
#[derive(Debug, Clone, Args)]
pub(super) struct VerifyArgs {
    /// Built-in scenarios or files that end in .toml; all built-in ones by default
    scenarios: Vec<String>,
    #[command(flatten)]
    size: SizeArgs,
    #[command(flatten)]
    pub(super) engine: EngineArgs,
    /// Compare the engines' states as they go, and name the first pass after which they differ (exact class)
    #[arg(long)]
    by_pass: bool,
}

impl VerifyArgs {
    /// The networks it is about.
    ///
    /// # Errors
    /// Those of reading them.
    pub(super) fn scenarios(&self) -> Result<Vec<Scenario>> {
        let names: Vec<String> = match self.scenarios.is_empty() {
            // Those whose data the program holds, or all if it is told where the others are.
            true => {
                let held = crate::scenario::catalog().iter().filter(|e| e.data.is_none() || self.size.data.is_some());
                held.map(|e| e.name.to_owned()).collect()
            }
            false => self.scenarios.clone(),
        };
        names.iter().map(|name| scaled_down(self, name)).collect()
    }
}

pub(super) fn run(args: &VerifyArgs) -> Result<()> {
    args.engine.check()?;
    let scenarios = args.scenarios()?;
    let host = args.engine.host()?;
    print(&format!("first   {}", host.line()));
    let other =
        if host.adapter().is_some() { "built-in CPU engine" } else { "built-in CPU engine, one partition, procedural synapses" };
    print(&format!("second  {other}"));
    let (mut differing, mut unequal) = (Vec::new(), false);
    for scenario in &scenarios {
        let network = Network::build(scenario)?;
        let options = Options { record: true, ..args.engine.options() };
        let say = &mut |text: &str| eprintln!("{}: {text}", scenario.name);
        let mut first = host.ready(network.clone(), &options, args.engine.tune, say)?;
        // Two runs of the CPU engine should differ in all they can; edge lists are always stored.
        let second_options = match host.adapter().is_none() {
            true => {
                let delivery = (!network.has_lists()).then_some(Delivery::Procedural);
                Options { partitions: Some(1), delivery, ..Options::default() }
            }
            false => Options::default(),
        };
        let mut second = CpuEngine::new(network.clone(), &Options { record: true, ..second_options })?;
        let steps = network.steps(scenario.bio_ms);
        let tolerant = network.class() == Class::Tolerant;
        let v = verify(first.as_mut(), &mut second as &mut dyn Engine, steps)?;
        let [a, b] = &v.counts;
        print(&format!(
            "{:<17} {}, {}, {} ms: {:016x} and {:016x}, {} and {}, {} and {}: {}",
            scenario.name,
            super::inhabitants(&network),
            counted(network.synapses(), "synapse"),
            scenario.bio_ms,
            a.checksum,
            b.checksum,
            grouped(a.total_spikes() as i64),
            counted(b.total_spikes(), "spike"),
            grouped(a.synaptic_events as i64),
            counted(b.synaptic_events, "synaptic event"),
            match (v.agrees(), tolerant, v.is_alike()) {
                (true, ..) => "EQUAL",
                (false, true, true) => "ALIKE (tolerant class)",
                (false, ..) => "DIFFERENT",
            }
        ));
        unequal |= !v.agrees();
        if let (Some(d), false) = (v.difference, tolerant) {
            let population = &network.populations[d.spike.population as usize].name;
            let who = if d.in_first { "first" } else { "second" };
            print(&format!(
                "    first difference: step {}, population {population}, neuron {}: only the {who} engine has this spike",
                d.spike.step, d.spike.neuron
            ));
        }
        if args.by_pass && !tolerant {
            let batch = u64::from(network.max_batch());
            print(&match first_divergence(first.as_mut(), &mut second, steps, batch)? {
                None => "    by pass: the same state after every batch".to_owned(),
                Some(p) if p.steps.is_empty() => format!("    by pass: different at time 0: {}", p.what),
                Some(p) => format!(
                    "    by pass: {} in steps {} to {} is the first to differ: {}",
                    p.stage,
                    p.steps.start,
                    p.steps.end - 1,
                    p.what
                ),
            });
        }
        let fine = v.agrees() || tolerant && v.is_alike();
        if !fine {
            differing.push(scenario.name.clone());
        }
    }
    if differing.is_empty() {
        print(match unequal {
            false => "The same spikes, bit for bit.",
            true => "The same spikes, bit for bit, in the exact class; in the tolerant class numbers of spikes within 10 %.",
        });
        Ok(())
    } else {
        Err(Error::Mismatch(format!(
            "the two engines differ on {}; please report this with the lines above",
            differing.join(", ")
        )))
    }
}

fn scaled_down(args: &VerifyArgs, name: &str) -> Result<Scenario> {
    let mut scenario = args.size.load(name)?;
    if args.size.bio_ms.is_none() {
        scenario.bio_ms = (BIO_MS / scenario.dt_ms).round() * scenario.dt_ms;
    }
    if args.size.neurons.is_none() && args.size.scale.is_none() {
        let synapses = Network::build(&scenario)?.synapses() as f64;
        // Networks from edge lists are what they are.
        if scenario.projections.iter().any(|p| p.edges.is_some()) {
            return Ok(scenario);
        }
        let factor = (MOST_NEURONS / scenario.neurons() as f64).min(MOST_SYNAPSES / synapses.max(1.0)).min(1.0);
        if factor < 1.0 {
            // One significant digit reads better than all of them.
            let digit = 10f64.powf(factor.log10().floor());
            scenario = scenario.scaled(Scale::Factor((factor / digit).floor() * digit))?;
        }
    }
    Ok(scenario)
}
