//! Tests that need a look inside: drivers that lose work, refuse buffers, report faults.

use super::*;
use crate::engine::advance_quietly;
use crate::engine::plan::Delivery;
use crate::scenario::{Scale, load};

/// A driver that ends a submission early and calls it done must not go unnoticed, whatever the submission was for.
/// A driver that ends a submission early and calls it done must not go unnoticed, whatever the submission was for.
#[test]
fn a_device_copies_its_memory_at_a_rate_that_memory_can_have() {
    let adapter = choose(adapters(), None).expect("an adapter; ./test installs a software one (Debian: mesa-vulkan-drivers)");
    let device = adapter.open().expect("opens");
    let rate = device.copy_bytes_per_s().expect("copies");
    println!("{:.1} GB/s", rate / 1e9);
    assert!((1e8..1e14).contains(&rate), "{rate} bytes per second");
}

#[test]
fn a_lost_submission_is_noticed() {
    let adapter = choose(adapters(), None).expect("an adapter; ./test installs a software one (Debian: mesa-vulkan-drivers)");
    let scenario = load("brunel").expect("built in").scaled(Scale::Factor(0.1)).expect("scales");
    let network = Network::build(&scenario).expect("a network");
    for (when, what) in ["steps", "counts", "saving", "building"].into_iter().enumerate() {
        // What has lost work is not believed any more: a device of its own.
        let device = adapter.open().expect("opens");
        let lose = || device.next.loses.demand();
        let run = || -> Result<()> {
            if when == 3 {
                lose();
            }
            let options = Options { record: when == 0, ..Options::default() };
            let mut engine = GpuEngine::new(network.clone(), &options, &adapter, &device)?;
            advance_quietly(&mut engine, 300)?;
            if when < 3 {
                lose();
            }
            match when {
                0 => advance_quietly(&mut engine, 300)?,
                1 => engine.counts().map(|_| ())?,
                _ => engine.save()?,
            }
            engine.counts().map(|_| ())
        };
        let error = run().expect_err(what).to_string();
        assert!(error.contains("ended work before it was done"), "{what}: {error}");
    }
}

/// The low word of the event counter is set close to its end; the carry must reach the high word.
#[test]
fn synaptic_events_carry_into_64_bits() {
    let adapter = choose(adapters(), None).expect("an adapter; ./test installs a software one (Debian: mesa-vulkan-drivers)");
    let device = adapter.open().expect("opens");
    let scenario = load("brunel").expect("built in").scaled(Scale::Factor(0.1)).expect("scales");
    let network = Network::build(&scenario).expect("a network");
    let mut engine = GpuEngine::new(network, &Options::default(), &adapter, &device).expect("the engine");
    advance_quietly(&mut engine, 300).expect("advances");
    let events = engine.counts().expect("counts").synaptic_events;
    assert!(events > 100_000);
    engine.reset().expect("resets");
    let near_the_end = u32::MAX - 50_000;
    device.queue.write_buffer(&engine.resources.spikes, 0, &near_the_end.to_le_bytes());
    advance_quietly(&mut engine, 300).expect("advances");
    assert_eq!(engine.counts().expect("counts").synaptic_events, events + u64::from(near_the_end));
}

/// A fault is heard by whoever caused it: the next engine on the same device works.
#[test]
fn a_refused_buffer_harms_nobody_else() {
    let adapter = choose(adapters(), None).expect("an adapter; ./test installs a software one (Debian: mesa-vulkan-drivers)");
    let device = adapter.open().expect("opens");
    let scenario = load("brunel").expect("built in").scaled(Scale::Factor(0.1)).expect("scales");
    let network = Network::build(&scenario).expect("a network");
    let spikes = |options: &Options| -> Result<(u64, String)> {
        let mut engine = GpuEngine::new(network.clone(), options, &adapter, &device)?;
        advance_quietly(&mut engine, 300)?;
        let note = engine.plan().note.unwrap_or_default();
        Ok((engine.counts()?.checksum, note))
    };
    let right = spikes(&Options::default()).expect("runs");
    assert_eq!(right.1, "");

    // A fault of nobody's, and one within an engine's making.
    let descriptor = wgpu::BufferDescriptor {
        label: None,
        size: adapter.raw_limits().max_buffer_size.saturating_add(4),
        usage: wgpu::BufferUsages::STORAGE,
        mapped_at_creation: false,
    };
    let _ = device.device.create_buffer(&descriptor);
    assert!(matches!(device.check(), Err(Error::Internal(_))), "the fault is not told");
    assert_eq!(spikes(&Options::default()).expect("runs after a fault"), right);
    let failed = device.making(|| {
        let _ = device.device.create_buffer(&descriptor);
        Ok(())
    });
    assert!(matches!(failed, Err(Error::Internal(_))), "{failed:?}");
    assert_eq!(spikes(&Options::default()).expect("runs after a fault"), right);

    // Without memory for synapses they are evaluated anew, and it is said; without any, it ends, and the next engine has it again.
    device.next.refuses.demand();
    let (checksum, note) = spikes(&Options::default()).expect("runs without stored synapses");
    assert_eq!(checksum, right.0);
    assert!(note.contains("ran out of memory for") && note.ends_with("so synapses are procedural"), "{note}");
    device.next.refuses.demand();
    let stored = Options { delivery: Some(Delivery::Stored), ..Options::default() };
    assert!(matches!(spikes(&stored), Err(Error::TooBig(_))));
    assert_eq!(spikes(&stored).expect("runs").0, right.0);
}

/// A submission that never returns ends after a stated time, and a device that is gone stays gone: each with its own error, and another device of
/// the same adapter is none the worse.
#[test]
fn a_hang_and_a_lost_device_end_their_work_and_no_other() {
    let adapter = choose(adapters(), None).expect("an adapter; ./test installs a software one (Debian: mesa-vulkan-drivers)");
    let scenario = load("brunel").expect("built in").scaled(Scale::Factor(0.1)).expect("scales");
    let network = Network::build(&scenario).expect("a network");
    let checksum = |device: &Device, fault: &dyn Fn(&Device)| -> Result<u64> {
        let mut engine = GpuEngine::new(network.clone(), &Options::default(), &adapter, device)?;
        advance_quietly(&mut engine, 200)?;
        fault(device);
        advance_quietly(&mut engine, 200)?;
        Ok(engine.counts()?.checksum)
    };
    let open = || adapter.open().expect("opens");
    let right = checksum(&open(), &|_| ()).expect("runs");
    let hung = open();
    let error = checksum(&hung, &|device| device.next.hangs.demand()).expect_err("it hangs").to_string();
    assert!(error.contains("has not answered for 600 s"), "{error}");
    let gone = open();
    let error = checksum(&gone, &|device| device.is_taken_out()).expect_err("it is gone").to_string();
    assert!(error.contains("the device was lost"), "{error}");
    assert!(checksum(&gone, &|_| ()).is_err(), "a device that is gone does not come back");
    assert_eq!(checksum(&open(), &|_| ()).expect("runs"), right);
}

/// An adapter may be gone between being listed and being used.
#[test]
fn an_adapter_that_vanishes_is_an_error_and_no_panic() {
    let adapter = choose(adapters(), None).expect("an adapter; ./test installs a software one (Debian: mesa-vulkan-drivers)");
    let mut gone = adapter.clone();
    gone.vanished = true;
    let error = gone.open().expect_err("it is gone");
    assert!(matches!(&error, Error::Internal(words) if words.contains("refused a device")), "{error}");
    assert_eq!(error.exit_code(), 1);
    adapter.open().expect("another one is none the worse");
}

/// What comes back is what was recorded, and a header for every submission; and these begin short, however fast the adapter may be.
#[test]
fn what_is_read_back_is_in_proportion_to_the_spikes() {
    let adapter = choose(adapters(), None).expect("an adapter; ./test installs a software one (Debian: mesa-vulkan-drivers)");
    let device = adapter.open().expect("opens");
    let scenario = load("brunel").expect("built in").scaled(Scale::Factor(0.1)).expect("scales");
    let network = Network::build(&scenario).expect("a network");
    let options = Options { record: true, ..Options::default() };
    let mut engine = GpuEngine::new(network, &options, &adapter, &device).expect("the engine");
    let batch = u64::from(engine.gpu_plan().candidate.batch);
    advance_quietly(&mut engine, 3 * batch).expect("advances");
    assert_eq!((engine.work().submissions, engine.work().batches), (3, 3), "the first submissions are a batch each");
    advance_quietly(&mut engine, 3000).expect("advances");
    let (spikes, work) = (engine.take_spikes().expect("spikes").len() as u64, engine.work());
    assert!(spikes > 1000 && work.batches > 2 * work.submissions, "{spikes} spikes, {work:?}");
    let headers = work.submissions * 2 * (16 + passes::SPIKES_HEADER);
    assert!(work.read_back <= 8 * spikes + headers, "{spikes} spikes, {work:?}");
    assert!(work.dispatches >= work.batches);
}

/// What is noted on the device is what the host would note of the same spikes, however the network is run.
#[test]
fn light_on_the_device_is_that_of_the_recorded_spikes() {
    use crate::engine::LightPlan;
    let adapter = choose(adapters(), None).expect("an adapter; ./test installs a software one (Debian: mesa-vulkan-drivers)");
    let device = adapter.open().expect("opens");
    let recording = || Options { record: true, ..Options::default() };
    let small = |name: &str, scale| load(name).and_then(|s| s.scaled(Scale::Factor(scale))).expect("scales");
    for (scenario, options) in [
        (small("brunel", 0.1), recording()),
        (small("brunel", 0.1), Options { most_dispatch_events: Some(500), ..recording() }),
        (small("brunel", 0.1), Options { delivery: Some(Delivery::Procedural), batch: Some(3), ..recording() }),
        (small("microcircuit", 0.03), Options { max_binding_bytes: Some(60_000), ..recording() }),
        (small("membrane", 0.01), recording()),
        (load("celegans").expect("built in"), recording()),
    ] {
        let network = Network::build(&scenario).expect("a network");
        let mut engine = GpuEngine::new(network.clone(), &options, &adapter, &device).expect("the engine");
        let plan = LightPlan::new(&network, 40, 50, 7);
        let buffer = engine.light(&plan).expect("lights").expect("an engine with a device");
        // More than the strip is long, so that its columns are written again.
        advance_quietly(&mut engine, 613).expect("advances");
        let spikes = engine.take_spikes().expect("spikes");
        assert!(spikes.len() > 20, "{}: {} spikes", scenario.name, spikes.len());
        let mut words = plan.first_words();
        plan.note(&mut words, &spikes);
        let read = |engine: &GpuEngine| engine.read_words(&buffer, 0, words.len() as u64).expect("words");
        assert!(read(&engine) == words, "{}, {}", scenario.name, engine.plan().line);
        assert!(words[plan.strip_at() as usize..].iter().filter(|w| **w > 0).count() > 0, "{}: a strip", scenario.name);
        engine.reset().expect("resets");
        assert!(read(&engine) == plan.first_words(), "{}: dark again", scenario.name);
    }
}
