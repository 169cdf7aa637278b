//! Random words as the engines draw them, to be judged by a battery: raw, without an end, on standard output.
//!
//! ```sh
//! cargo run --release --example counters drive | dieharder -a -g 200
//! ```
//!
//! `drive` takes the counters of external arrivals: all lanes of 10,000 neurons in a step, then the next step. `synapse` takes those of a
//! network's wiring: 1,000 synapses of a sender, then the next sender. `stimulus` takes those of one neuron alone, step by step. A number behind
//! it is the rounds, 12 if none is told (6, 8, 10, 12, 20).

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use spikewatt::network::random::{Purpose, key, threefry_rounds};

/// Lanes of 10,000 neurons: 64 for each block of 256.
const LANES: u32 = 40 * 64;
/// Synapses of a sender.
const SYNAPSES: u32 = 1_000;

/// The counter of a stream's n-th four words, and what they are drawn for.
fn counter(stream: &str, n: u64) -> Option<(Purpose, [u32; 4])> {
    let pair = |inner: u32| ((n % u64::from(inner)) as u32, (n / u64::from(inner)) as u32);
    Some(match stream {
        "drive" => {
            let (lane, step) = pair(LANES);
            (Purpose::Drive, [lane, step, 0, 0])
        }
        "synapse" => {
            let (synapse, source) = pair(SYNAPSES);
            (Purpose::Synapse, [source, synapse, 0, 0])
        }
        "stimulus" => (Purpose::Stimulus, [17, n as u32, 0, 0]),
        _ => return None,
    })
}

fn main() -> ExitCode {
    match write() {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("counters: {e}");
            ExitCode::from(2)
        }
    }
}

fn write() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let stream = arguments.next().unwrap_or_default();
    let rounds = arguments.next().unwrap_or_else(|| "12".to_string());
    let draw = match rounds.as_str() {
        "6" => threefry_rounds::<6>,
        "8" => threefry_rounds::<8>,
        "10" => threefry_rounds::<10>,
        "12" => threefry_rounds::<12>,
        "20" => threefry_rounds::<20>,
        _ => return Err(io::Error::other(format!("{rounds} rounds are not there; give 6, 8, 10, 12 or 20"))),
    };
    let mut out = io::stdout().lock();
    let mut words = Vec::with_capacity(1 << 16);
    for n in 0.. {
        let Some((purpose, counter)) = counter(&stream, n) else {
            return Err(io::Error::other(format!("there is no stream \"{stream}\"; give drive, synapse or stimulus")));
        };
        words.extend(draw(key(1, purpose, 0).to_array(), counter).map(u32::to_le_bytes).into_iter().flatten());
        if words.len() >= 1 << 16 {
            match out.write_all(&words) {
                Err(e) if e.kind() == ErrorKind::BrokenPipe => return Ok(()),
                written => written?,
            }
            words.clear();
        }
    }
    Ok(())
}
