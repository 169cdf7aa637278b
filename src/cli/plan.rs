//! `spikewatt plan`

#![allow(clippy::cast_possible_truncation, reason = "numbers of neurons and synapses are far below 2^63")]

use clap::Args;

use super::table::aligned;
use super::{EngineArgs, SizeArgs, print};
use crate::engine::Options;
use crate::engine::plan::human_bytes;
use crate::engine::ranks::Ranks;
use crate::error::Result;
use crate::network::Network;
use crate::neuron::Class;
use crate::report::Rows;
use crate::report::format::{counted, digits, grouped};
use crate::scenario::Scenario;

/// Arguments of `plan`.
#[derive(Debug, Clone, Args)]
pub(super) struct PlanArgs {
    /// A built-in scenario or a file that ends in .toml
    scenario: String,
    #[command(flatten)]
    size: SizeArgs,
    #[command(flatten)]
    pub(super) engine: EngineArgs,
    /// Show the ways to run that were considered, what each should cost, and why one won
    #[arg(long)]
    explain: bool,
}

impl PlanArgs {
    /// The network it is about.
    ///
    /// # Errors
    /// Those of reading it.
    pub(super) fn scenario(&self) -> Result<Scenario> {
        self.size.load(&self.scenario)
    }
}

pub(super) fn run(args: &PlanArgs) -> Result<()> {
    args.engine.check()?;
    let scenario = args.scenario()?;
    let network = Network::build(&scenario)?;
    let host = args.engine.host()?;
    let options = args.engine.options();
    let trials = if args.engine.tune { host.tune(&network, &options, &mut |text| eprintln!("{text}"))? } else { None };
    let tuned = host.tuned(&network, &options.with_fastest(trials.as_deref()));
    let plan = host.plan(&network, &tuned)?;
    print(&format!("{} version {}, {}, seed {}", scenario.name, scenario.version, scenario.drive.words(), scenario.seed));
    print(&format!("engine      {}", host.line()));
    print(&format!("network     {}, {}", super::inhabitants(&network), counted(network.synapses(), "synapse")));
    for p in &network.populations {
        let bits = match p.model.class() {
            Class::Tolerant => "single precision".to_owned(),
            Class::Exact => format!("potential in 2^-{} mV", p.scales.v_bits),
        };
        print(&format!(
            "            {:<8} {:>11} {}, {bits}, input in 2^-{} {}",
            p.name,
            grouped(i64::from(p.size)),
            p.model.name(),
            p.scales.w_bits,
            p.model.weight_unit().name()
        ));
    }
    if network.max_delay > 0 {
        print(&format!("delays      {} to {} steps of {} ms", network.min_delay, network.max_delay, scenario.dt_ms));
    }
    print(&format!("plan        {}", plan.line));
    if let Some(note) = &plan.note {
        print(&format!("            {note}"));
    }
    if let Some(ranks) = host.ranks() {
        print(&by_rank(ranks, &network, &options)?);
    }
    let (n, memory) = (network.neurons() as f64, plan.memory.unwrap_or_default());
    let parts = [
        ("state", memory.state),
        ("ring", memory.ring),
        ("synapses", memory.synapses),
        ("plastic", memory.plastic),
        ("tables", memory.tables),
    ];
    let needed = parts.into_iter().filter(|(name, bytes)| *name != "plastic" || *bytes > 0);
    for (i, (name, bytes)) in needed.enumerate() {
        let head = if i == 0 { "memory" } else { "" };
        print(&format!("{head:<11} {name:<8} {:>10}  {:>8.1} B per neuron", human_bytes(bytes), bytes as f64 / n));
    }
    if network.synapses() > 0 {
        let bytes = memory.synapses + memory.plastic;
        print(&format!("            {:.2} bytes per synapse", bytes as f64 / network.synapses() as f64));
    }
    #[cfg(feature = "gpu")]
    if args.explain || trials.is_some() {
        print("");
        print(&super::explain::explanation(&host, &network, &options, tuned.candidate, trials.as_deref())?);
    }
    Ok(())
}

/// Who owns what, a row for each rank.
fn by_rank(ranks: &Ranks, network: &Network, options: &Options) -> Result<String> {
    let (_, plans, parts) = ranks.plan(network, options)?;
    let mut rows = Rows::new("", &["rank", "host", "neurons", "synapses that end there", "memory", "its synapses that stay"]);
    for (rank, plan) in plans.iter().enumerate() {
        rows.push([
            rank.to_string(),
            ranks.members()[rank].host.clone(),
            grouped(parts.neurons(network, rank) as i64),
            grouped(parts.synapses(network, rank).round() as i64),
            human_bytes(plan.memory.unwrap_or_default().total()),
            format!("{} %", digits(100.0 * parts.at_home(network, rank))),
        ]);
    }
    Ok(aligned(&rows, |i| i != 1).to_string())
}
