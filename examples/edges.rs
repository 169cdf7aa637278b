//! Writes every synapse of a scenario as a NumPy array, for other simulators to run the same network: neurons are counted through all populations,
//! weights are in the unit of the target's model, divided by a number.
//!
//! usage: cargo run --release --example edges -- SCENARIO OUT.npy [DIVISOR]

use std::io::{BufWriter, Write};

use spikewatt::network::Network;
use spikewatt::scenario::load;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [scenario, out, rest @ ..] = &args[..] else { return Err("usage: edges SCENARIO OUT.npy [DIVISOR]".into()) };
    let divisor: f64 = rest.first().map_or(Ok(1.0), |d| d.parse())?;
    let network = Network::build(&load(scenario)?)?;
    let mut file = BufWriter::new(std::fs::File::create(out)?);
    let synapses: u64 = network.static_synapses();
    let mut header = format!(
        "{{'descr': [('source', '<u4'), ('target', '<u4'), ('weight', '<f4')], 'fortran_order': False, 'shape': ({synapses},), }}"
    );
    // The format's head is ten bytes, and the whole a multiple of 64.
    header += &" ".repeat(63 - (10 + header.len()) % 64);
    header.push('\n');
    file.write_all(b"\x93NUMPY\x01\x00")?;
    file.write_all(&u16::try_from(header.len())?.to_le_bytes())?;
    file.write_all(header.as_bytes())?;
    let mut first = Vec::new();
    let mut neurons = 0u32;
    for p in &network.populations {
        first.push(neurons);
        neurons += p.size;
    }
    for p in &network.projections {
        let unit = f64::from(network.populations[p.target].scales.w_bits).exp2() * divisor;
        for i in 0..p.source_size {
            let row = p.row(i);
            for s in (0..p.row_length(i)).map(|k| row.synapse(k)) {
                let weight = f64::from(p.weights[s.weight_level as usize]) / unit;
                file.write_all(&(first[p.source] + i).to_le_bytes())?;
                file.write_all(&(first[p.target] + s.target).to_le_bytes())?;
                file.write_all(&(weight as f32).to_le_bytes())?;
            }
        }
    }
    file.flush()?;
    println!("{neurons} neurons, {synapses} synapses: {out}");
    Ok(())
}
