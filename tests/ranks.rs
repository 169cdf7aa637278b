//! Promise: a network on several ranks has the spikes of one engine, bit for bit, and what goes wrong on a rank ends all of them in words.
//!
//! Ranks are threads here; `./test --mpi` does the same with processes.

mod common;

use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use spikewatt::engine::cpu::CpuEngine;
use spikewatt::engine::gpu::GpuEngine;
use spikewatt::engine::ranks::{Decomposition, Maker, Member, RankedEngine, Ranks, ThreadRank};
use spikewatt::engine::{
    Arrival, Counts, Delivery, Engine, Host, Options, PassTime, PlanSummary, Snapshot, Spike, Tick, WindowPlan, advance_quietly,
};
use spikewatt::network::{Network, Projection};
use spikewatt::{Error, Result};

use common::ranks::{adapter, mixed, with_ranks};
use common::workloads::{known, network};

fn plain(_: usize) -> Options {
    Options { partitions: Some(2), ..Options::default() }
}

/// The checksums that are written down, from every scenario, on 1, 2, 3, 4 and 8 ranks, stored and evaluated anew. By default every scenario runs on
/// three ranks and on two or four, and every third on one or eight, too.
#[test]
fn every_number_of_ranks_gives_the_checksums_that_are_written_down() {
    for (i, w) in known().into_iter().enumerate() {
        let n = network(&w);
        let blocks = n.slots() / 256;
        let mut ran = 0;
        for ranks in [1, 2, 3, 4, 8] {
            let turn = match ranks {
                1 => i % 6 == 0 || blocks < 3,
                2 => i % 2 == 0 || blocks < 3,
                4 => i % 2 == 1,
                8 => i % 6 == 3,
                _ => true,
            };
            if ranks > blocks as usize || !(turn || common::full()) {
                continue;
            }
            // Synapses that are evaluated anew by one number of ranks: it takes longest.
            for procedural in [false, true].into_iter().take(1 + usize::from(ranks == 3)) {
                let options = move |rank: usize| Options {
                    partitions: Some(1 + rank % 2),
                    delivery: procedural.then_some(Delivery::Procedural),
                    // Ways to deliver may differ from rank to rank.
                    when_due: if rank % 3 == 2 { Some(false) } else { None },
                    // Spikes travel before the next batch, or while it is advanced.
                    overlap: Some(ranks != 2),
                    ..Options::default()
                };
                let counted = with_ranks(ranks, std::slice::from_ref(&n), &options, |joined| {
                    let mut engine = RankedEngine::new(joined, n.clone(), &options(0))?;
                    advance_quietly(&mut engine, n.steps(w.bio_ms))?;
                    engine.counts()
                });
                let counts = match counted {
                    // Synapses that are data are stored; a population smaller than the ranks leaves one without neurons.
                    Err(Error::Asked(_)) if procedural => continue,
                    Err(Error::Input(why)) if why.contains("without neurons") || why.contains("procedural") => continue,
                    counts => counts.expect("runs"),
                };
                let found = (counts.total_spikes(), format!("{:016x}", counts.checksum));
                assert_eq!(found, (w.spikes, w.checksum.clone()), "{} on {ranks} ranks, procedural: {procedural}", w.scenario);
                ran += 1;
            }
        }
        assert!(ran >= 1, "{}: {ran} runs", w.scenario);
    }
}

/// Everything else that an engine tells, of a network in which everything is plastic that may be.
#[test]
fn whatever_an_engine_tells_is_that_of_one() {
    let n = common::network(&common::lively());
    let windows = WindowPlan::new(&n, 400).expect("a plan");
    let tell = |engine: &mut dyn Engine| {
        advance_quietly(engine, 700)?;
        engine.save()?;
        let listens = engine.listen(true)?;
        engine.watch(&windows)?;
        let arrival = Arrival { population: 1, neuron: 299, channel: 1, step: 702, input: -40_000 };
        engine.inject(&[arrival, Arrival { population: 0, neuron: 0, channel: 0, ..arrival }])?;
        advance_quietly(engine, 400)?;
        let told = (
            engine.counts()?,
            engine.take_spikes()?,
            engine.watched()?,
            engine.snapshot()?,
            engine.plastic_words(0)?,
            engine.potentials_mv(0, 250..520)?,
        );
        engine.restore()?;
        advance_quietly(engine, 100)?;
        Ok((told, engine.counts()?, engine.step(), listens))
    };
    let mut one = CpuEngine::new(n.clone(), &plain(0)).expect("an engine");
    let alone = tell(&mut one).expect("runs");
    assert!(alone.0.1.len() > 500 && alone.0.2.iter().any(|word| *word > 0) && alone.3);
    for ranks in [2, 3, 7] {
        let shared = with_ranks(ranks, std::slice::from_ref(&n), &plain, |joined| {
            tell(&mut RankedEngine::new(joined, n.clone(), &plain(0))?)
        })
        .expect("runs");
        assert!(shared.0.3 == alone.0.3, "the states on {ranks} ranks differ");
        assert!(shared == alone, "on {ranks} ranks: {:?} and {:?}", shared.0.0, alone.0.0);
        // A state goes from ranks to one engine, and back.
        let (snapshot, mut other) = (&shared.0.3, CpuEngine::new(n.clone(), &plain(0)).expect("an engine"));
        other.resume(snapshot).expect("resumes");
        advance_quietly(&mut other, 150).expect("advances");
        let back = with_ranks(ranks, std::slice::from_ref(&n), &plain, |joined| {
            let mut engine = RankedEngine::new(joined, n.clone(), &plain(0))?;
            engine.resume(snapshot)?;
            advance_quietly(&mut engine, 150)?;
            Ok((engine.counts()?, engine.snapshot()?))
        })
        .expect("resumes");
        assert!(back == (other.counts().expect("counts"), other.snapshot().expect("a state")), "{ranks} ranks");
    }
}

/// Ranks on an adapter and on the CPU engine side by side: networks with and without synapses, with delays long and short, at rest, from a list.
/// By default they take turns, on two ranks or on three.
#[test]
fn an_adapter_and_the_processor_share_a_network() {
    let names = ["membrane", "brunel", "microcircuit:dc", "sheet", "cuba", "izhikevich", "celegans", "fly:sham"];
    for (i, w) in known().into_iter().filter(|w| names.contains(&w.scenario.as_str())).enumerate() {
        let n = network(&w);
        let blocks = n.slots() as usize / 256;
        for (ranks, adapters) in [(2, &[1][..]), (3, &[0, 2][..])] {
            let turn = (ranks == 2) == (i % 2 == 0) || blocks < 3;
            if ranks > blocks || !(turn || common::full()) {
                continue;
            }
            let counted = mixed(ranks, (adapters, &adapter()), std::slice::from_ref(&n), &plain, |joined| {
                let mut engine = RankedEngine::new(joined, n.clone(), &plain(0))?;
                advance_quietly(&mut engine, n.steps(w.bio_ms))?;
                Ok((engine.counts()?, engine.snapshot()?))
            });
            let (counts, state) = counted.expect("runs");
            let found = (counts.total_spikes(), format!("{:016x}", counts.checksum));
            assert_eq!(found, (w.spikes, w.checksum.clone()), "{} on {ranks} ranks, adapters {adapters:?}", w.scenario);
            let mut one = CpuEngine::new(n.clone(), &plain(0)).expect("an engine");
            advance_quietly(&mut one, n.steps(w.bio_ms)).expect("advances");
            assert_eq!(counts, one.counts().expect("counts"), "{}", w.scenario);
            assert!(state == one.snapshot().expect("a state"), "{}: the states differ", w.scenario);
        }
    }
}

/// Of synapses that are data, a rank on an adapter stores those that end at its neurons, all ranks together each of them once, and it delivers to
/// them itself what others have fired.
#[test]
fn adapters_store_what_ends_at_their_neurons_and_hear_others() {
    for w in known().into_iter().filter(|w| ["celegans", "fly:sham"].contains(&w.scenario.as_str())) {
        let n = network(&w);
        let words = |engine: &GpuEngine| -> u64 {
            let of_synapses = engine.buffers().into_iter().filter(|b| b.name == "synapses");
            of_synapses.map(|b| b.bytes / 4).sum()
        };
        let (adapter, device) = common::adapter();
        let options = Options { delivery: Some(Delivery::Stored), ..Options::default() };
        let alone = Decomposition::of(&n, 1).expect("one part").share(&n, 0);
        let pushes = Options { share: Some(alone), ..options.clone() };
        let whole = words(&GpuEngine::new(n.clone(), &pushes, adapter, device).expect("an engine"));
        for ranks in [2, 3].into_iter().take_while(|ranks| *ranks <= n.slots() as usize / 256) {
            let parts = Decomposition::of(&n, ranks).expect("parts");
            let (mut synapses, mut stored) = (0, 0);
            for rank in 0..ranks {
                let share = parts.share(&n, rank);
                let own = n.ending_at(|slot| share.owns(slot));
                assert_eq!(own.out_degrees(), n.out_degrees());
                for (p, all) in own.projections.iter().zip(&n.projections) {
                    let first = n.populations[p.target].first_slot;
                    for source in 0..p.source_size {
                        let row =
                            |p: &Projection| -> Vec<_> { (0..p.row_length(source)).map(|k| p.row(source).synapse(k)).collect() };
                        let (own, mut all) = (row(p), row(all));
                        all.retain(|s| share.owns(first + s.target));
                        assert_eq!(own, all, "{} from {source}", w.scenario);
                    }
                }
                synapses += own.static_synapses();
                let mut engine =
                    GpuEngine::new(own, &Options { share: Some(share), ..options.clone() }, adapter, device).expect("an engine");
                stored += words(&engine);
                assert!(engine.hear(&[]).expect("hears"), "{}", w.scenario);
            }
            assert_eq!(synapses, n.static_synapses(), "{} on {ranks} ranks", w.scenario);
            // Every rank has a few words for each row, too.
            let heads = ranks as u64 * u64::from(n.slots()) * (n.projections.len() as u64 + 4);
            assert!(stored <= whole + heads, "{} on {ranks} ranks: {stored} words, {whole} on one", w.scenario);
            println!("{} on {ranks} ranks: {stored} words of synapses, {whole} on one", w.scenario);
        }
    }
}

/// A break ends all ranks at the same batch, and they go on afterwards as if nothing had been: processors only and with an adapter, told before the
/// next batch or while it is advanced.
#[test]
fn a_break_ends_all_ranks_together() {
    let n = network(&known().into_iter().find(|w| w.scenario == "brunel").expect("is there"));
    for (overlap, adapters) in [(false, &[][..]), (true, &[]), (false, &[1]), (true, &[0]), (true, &[1])] {
        let options = move |rank: usize| Options { overlap: Some(overlap), ..plain(rank) };
        let ended = mixed(3, (adapters, &adapter()), std::slice::from_ref(&n), &options, |joined| {
            let mut engine = RankedEngine::new(joined, n.clone(), &options(0))?;
            let broken =
                engine.advance(100_000, &mut |done| if done > 300 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) });
            assert!(matches!(broken, Err(Error::Interrupted)), "{broken:?}");
            let broken_at = engine.step();
            assert!(broken_at > 300 && broken_at < 90_000, "{broken_at}");
            // Steps that no batch divides.
            advance_quietly(&mut engine, 101)?;
            let went_on = (engine.counts()?, engine.snapshot()?);
            engine.reset()?;
            advance_quietly(&mut engine, 500)?;
            Ok((broken_at + 101, went_on, engine.counts()?))
        });
        let (steps, went_on, anew) = ended.expect("runs");
        let mut one = CpuEngine::new(n.clone(), &plain(0)).expect("an engine");
        advance_quietly(&mut one, 500).expect("advances");
        assert_eq!(anew, one.counts().expect("counts"));
        one.reset().expect("resets");
        advance_quietly(&mut one, steps).expect("advances");
        assert_eq!(went_on.0, one.counts().expect("counts"), "overlap {overlap}, adapters {adapters:?}");
        assert!(went_on.1 == one.snapshot().expect("a state"), "overlap {overlap}, adapters {adapters:?}: the states differ");
    }
}

/// What goes wrong on one rank is told by the leader with the rank's name, and the next network runs.
#[test]
fn what_goes_wrong_on_a_rank_is_told_with_its_name() {
    let n = network(&known().into_iter().find(|w| w.scenario == "brunel").expect("is there"));
    let mut other = n.scenario.clone();
    other.seed += 1;
    let other = Network::build(&other).expect("builds");
    let small = |rank: usize| Options { memory_bytes: (rank == 2).then_some(10_000), ..plain(rank) };
    let (said, runs) = with_ranks(3, std::slice::from_ref(&n), &small, |joined| {
        let said = RankedEngine::new(joined.clone(), n.clone(), &plain(0)).expect_err("rank 2 has no memory").to_string();
        let unlike = RankedEngine::new(joined.clone(), other, &plain(0)).expect_err("another seed").to_string();
        assert!(unlike.starts_with("rank 1 on ") && unlike.contains("start the same program with the same scenario"), "{unlike}");
        Ok((said, joined.size()))
    })
    .expect("ends");
    assert!(said.starts_with("rank 2 on ") && said.contains("but this machine's memory has 9.8 KiB free"), "{said}");
    assert_eq!(runs, 3);
}

/// An engine whose device is lost after some steps.
struct Failing(Box<dyn Engine>, u64);

impl Engine for Failing {
    fn network(&self) -> &Network {
        self.0.network()
    }
    fn plan(&self) -> PlanSummary {
        self.0.plan()
    }
    fn reset(&mut self) -> Result<()> {
        self.1 = u64::MAX;
        self.0.reset()
    }
    fn save(&mut self) -> Result<()> {
        self.0.save()
    }
    fn restore(&mut self) -> Result<()> {
        self.0.restore()
    }
    fn snapshot(&mut self) -> Result<Snapshot> {
        self.0.snapshot()
    }
    fn resume(&mut self, snapshot: &Snapshot) -> Result<()> {
        self.0.resume(snapshot)
    }
    fn inject(&mut self, arrivals: &[Arrival]) -> Result<()> {
        // Between two batches.
        if self.0.step() > self.1 { Err(Error::Internal("the device was lost".into())) } else { self.0.inject(arrivals) }
    }
    fn hear(&mut self, spikes: &[Spike]) -> Result<bool> {
        self.0.hear(spikes)
    }
    fn advance(&mut self, steps: u64, tick: &mut Tick<'_>) -> Result<()> {
        // Within a batch.
        if self.0.step() + steps > self.1.saturating_add(50) {
            Err(Error::Internal("the device was lost".into()))
        } else {
            self.0.advance(steps, tick)
        }
    }
    fn counts(&mut self) -> Result<Counts> {
        self.0.counts()
    }
    fn step(&self) -> u64 {
        self.0.step()
    }
    fn listen(&mut self, on: bool) -> Result<bool> {
        self.0.listen(on)
    }
    fn take_spikes(&mut self) -> Result<Vec<Spike>> {
        self.0.take_spikes()
    }
    fn time_passes(&mut self, steps: u64) -> Result<Vec<PassTime>> {
        self.0.time_passes(steps)
    }
    fn plastic_words(&mut self, index: usize) -> Result<Vec<i32>> {
        self.0.plastic_words(index)
    }
    fn potentials_mv(&mut self, population: usize, neurons: Range<u32>) -> Result<Vec<f64>> {
        self.0.potentials_mv(population, neurons)
    }
}

/// A device that is lost in the middle of a run, while the others wait for its spikes, ends all ranks with its own error and name.
#[test]
fn a_device_that_is_lost_ends_all_ranks() {
    let n = network(&known().into_iter().find(|w| w.scenario == "brunel").expect("is there"));
    let alone = {
        let mut one = CpuEngine::new(n.clone(), &plain(0)).expect("an engine");
        advance_quietly(&mut one, 300).expect("advances");
        one.counts().expect("counts")
    };
    for lost_at in [150, 1_000_000] {
        // An engine that hears nothing of others by itself, as an adapter's.
        let make: Maker =
            Arc::new(move |network, options| Ok(Box::new(Failing(Box::new(CpuEngine::new(network, options)?), lost_at))));
        let counts = mixed(2, (&[1], &make), std::slice::from_ref(&n), &plain, |joined| {
            let mut engine = RankedEngine::new(joined, n.clone(), &plain(0))?;
            let ended = advance_quietly(&mut engine, 300);
            if lost_at == 150 {
                let said = ended.expect_err("the device is lost").to_string();
                assert!(said.contains("rank 1 on ") && said.contains("the device was lost"), "{said}");
                // Another device takes its place.
                engine.reset()?;
                advance_quietly(&mut engine, 300)?;
            }
            engine.counts()
        });
        assert_eq!(counts.expect("runs"), alone);
    }
}

/// Ranks that were started for something else refuse to begin, all of them, with the name of who differs.
#[test]
fn ranks_that_are_not_alike_are_refused() {
    let said: Vec<String> = std::thread::scope(|scope| {
        let join = |rank: ThreadRank| {
            let seed = u64::from(rank_of(&rank) == 1);
            let member = Member {
                host: "node7".into(),
                networks: vec![("brunel".into(), "abc".into(), seed)],
                ..Member::here("CPU engine", &[])
            };
            Ranks::join(Arc::new(rank), &member).expect_err("seeds differ").to_string()
        };
        let threads: Vec<_> = ThreadRank::all(3).into_iter().map(|rank| scope.spawn(move || join(rank))).collect();
        threads.into_iter().map(|t| t.join().expect("ends")).collect()
    });
    assert!(said.iter().all(|s| s == &said[0]), "{said:?}");
    assert!(
        said[0].starts_with("rank 1 on node7 was started with brunel (hash abc, seed 1), rank 0 on node7 with brunel"),
        "{}",
        said[0]
    );
}

/// What the self-check of a rank's adapter barred is said where the run is started, with the rank's name.
#[test]
fn what_an_adapter_of_a_rank_barred_is_said() {
    let barred = "the way by index gave wrong spikes and is not taken";
    for (noted, said) in [
        ([None, Some(barred), None], Some(format!("rank 1 on node7: {barred}"))),
        ([Some(barred), None, Some("slow")], Some(format!("rank 0 on node7: {barred}; rank 2 on node7: slow"))),
        ([None; 3], None),
    ] {
        let heard: Vec<Option<String>> = std::thread::scope(|scope| {
            let join = |rank: ThreadRank| {
                let note = noted[rank_of(&rank)].map(str::to_owned);
                let member = Member { host: "node7".into(), note, ..Member::here("adapter", &[]) };
                let ranks = Ranks::join(Arc::new(rank), &member).expect("all are alike");
                Host::on(ranks).note.map(|note| note.to_string())
            };
            let threads: Vec<_> = ThreadRank::all(3).into_iter().map(|rank| scope.spawn(move || join(rank))).collect();
            threads.into_iter().map(|t| t.join().expect("ends")).collect()
        });
        assert_eq!(heard, [said.clone(), said.clone(), said], "every rank knows of all");
    }
}

fn rank_of(rank: &ThreadRank) -> usize {
    use spikewatt::engine::ranks::Communicator;
    rank.rank()
}
