//! Loading of edge lists: 10 million edges as CSV and as Parquet, and 15 million rows between neurons that have names of 64 bits, mapped through
//! a list of neurons, as connectomes are published; time and peak memory of each, in a process of its own.
//!
//! `cargo bench --bench edges`, or with another number of edges in the first two: `cargo bench --bench edges -- 1000000`

use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use parquet::data_type::{DoubleType, Int32Type, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use spikewatt::network::Network;
use spikewatt::scenario::load;

const NEURONS: u32 = 100_000;

/// Edge i of a list without duplicates: (source, target, weight, delay in ms).
fn edge(i: u32) -> (u32, u32, f64, f64) {
    let (source, k) = (i % NEURONS, i / NEURONS);
    let target = (source.wrapping_mul(31) + k * 997) % NEURONS;
    (source, target, 0.01 * f64::from(i.wrapping_mul(2_654_435_761) >> 20) - 8.0, 0.5 + 0.1 * f64::from(i % 20))
}

fn write_csv(path: &Path, edges: u32) -> std::io::Result<()> {
    let mut file = BufWriter::new(std::fs::File::create(path)?);
    writeln!(file, "source,target,weight,delay")?;
    for (s, t, w, d) in (0..edges).map(edge) {
        writeln!(file, "{s},{t},{w:.2},{d:.1}")?;
    }
    file.flush()
}

fn write_parquet(path: &Path, edges: u32) -> Result<(), Box<dyn std::error::Error>> {
    let schema = "message m { REQUIRED INT32 source; REQUIRED INT32 target; REQUIRED DOUBLE weight; REQUIRED DOUBLE delay; }";
    let schema = Arc::new(parse_message_type(schema)?);
    let mut writer = SerializedFileWriter::new(std::fs::File::create(path)?, schema, Arc::new(WriterProperties::default()))?;
    for first in (0..edges).step_by(1 << 20) {
        let some: Vec<_> = (first..edges.min(first + (1 << 20))).map(edge).collect();
        let mut group = writer.next_row_group()?;
        for column in 0.. {
            let Some(mut c) = group.next_column()? else { break };
            let whole = |e: &(u32, u32, f64, f64)| if column == 0 { e.0 as i32 } else { e.1 as i32 };
            // Rounded as the text is.
            let real =
                |e: &(u32, u32, f64, f64)| if column == 2 { (e.2 * 100.0).round() / 100.0 } else { (e.3 * 10.0).round() / 10.0 };
            match column {
                0 | 1 => c.typed::<Int32Type>().write_batch(&some.iter().map(whole).collect::<Vec<_>>(), None, None)?,
                _ => c.typed::<DoubleType>().write_batch(&some.iter().map(real).collect::<Vec<_>>(), None, None)?,
            };
            c.close()?;
        }
        group.close()?;
    }
    writer.close()?;
    Ok(())
}

/// Neurons and rows of the fly's tables, and the first name.
const NAMED: u32 = 138_639;
const NAMED_ROWS: u32 = 15_091_983;
const FIRST_NAME: i64 = 720_575_940_600_000_000;

/// Name of a neuron.
fn name(neuron: u32) -> i64 {
    FIRST_NAME + 7 * i64::from(neuron)
}

/// Row i of a connectome: names of source and target, synapses with their sign.
fn row(i: u32) -> [i64; 3] {
    let (source, k) = (i % NAMED, i / NAMED);
    let target = (source.wrapping_mul(31) + k * 997) % NAMED;
    [name(source), name(target), if source % 5 == 4 { -5 } else { 5 + i64::from(k % 20) }]
}

fn write_named(folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let mut list = BufWriter::new(std::fs::File::create(folder.join("neurons.csv"))?);
    writeln!(list, ",Completed")?;
    (0..NAMED).try_for_each(|n| writeln!(list, "{},True", name(n)))?;
    list.flush()?;
    let mut csv = BufWriter::new(std::fs::File::create(folder.join("named.csv"))?);
    writeln!(csv, "pre,post,syn")?;
    (0..NAMED_ROWS).map(row).try_for_each(|[s, t, w]| writeln!(csv, "{s},{t},{w}"))?;
    csv.flush()?;
    let schema = "message m { REQUIRED INT64 pre; REQUIRED INT64 post; REQUIRED INT64 syn; }";
    let schema = Arc::new(parse_message_type(schema)?);
    let file = std::fs::File::create(folder.join("named.parquet"))?;
    let mut writer = SerializedFileWriter::new(file, schema, Arc::new(WriterProperties::default()))?;
    for first in (0..NAMED_ROWS).step_by(1 << 20) {
        let some: Vec<[i64; 3]> = (first..NAMED_ROWS.min(first + (1 << 20))).map(row).collect();
        let mut group = writer.next_row_group()?;
        for column in 0..3 {
            let Some(mut c) = group.next_column()? else { break };
            c.typed::<Int64Type>().write_batch(&some.iter().map(|r| r[column]).collect::<Vec<_>>(), None, None)?;
            c.close()?;
        }
        group.close()?;
    }
    writer.close()?;
    Ok(())
}

fn named_scenario(ending: &str) -> String {
    "name = \"named\"\nversion = 1\n\n[[population]]\nname = \"N\"\nids = \"neurons.csv\"\nmodel = \"lif_psc_delta\"\n\
     parameters = { tau_m_ms = 20.0, e_l_mv = 0.0, v_th_mv = 20.0, v_reset_mv = 10.0, t_ref_ms = 2.0 }\n\n\
     [[projection]]\nsource = \"N\"\ntarget = \"N\"\nrule = \"edge_list\"\nduplicates = \"sum\"\nweight_mv = 0.01\ndelay_ms = 1.8\n\
     columns = { source = \"pre\", target = \"post\", weight = \"syn\" }\n"
        .to_owned()
        + &format!("file = \"named.{ending}\"\n")
}

fn scenario(ending: &str) -> String {
    format!(
        "name = \"edges\"\nversion = 1\n\n[[population]]\nname = \"N\"\nsize = {NEURONS}\nmodel = \"lif_psc_delta\"\n\
         parameters = {{ tau_m_ms = 20.0, e_l_mv = 0.0, v_th_mv = 20.0, v_reset_mv = 10.0, t_ref_ms = 2.0 }}\n\n\
         [[projection]]\nsource = \"N\"\ntarget = \"N\"\nrule = \"edge_list\"\nfile = \"edges.{ending}\"\nweight_mv = 0.01\n"
    )
}

/// Loads a scenario and tells time and peak memory.
fn measure(file: &str) -> Result<(), Box<dyn std::error::Error>> {
    let begin = Instant::now();
    let scenario = load(file)?;
    let read_s = begin.elapsed().as_secs_f64();
    let network = Network::build(&scenario)?;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap_or("unknown").trim().to_owned();
    println!(
        "{}: {} edges, read in {read_s:.1} s, network after {:.1} s, peak memory {peak}",
        Path::new(file).file_stem().unwrap_or_default().to_string_lossy(),
        network.synapses(),
        begin.elapsed().as_secs_f64()
    );
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    if let [only] = &arguments[..]
        && only.ends_with(".toml")
    {
        return measure(only);
    }
    let edges = arguments.first().map_or(Ok(10_000_000), |n| n.parse())?;
    let folder = tempfile::tempdir()?;
    write_csv(&folder.path().join("edges.csv"), edges)?;
    write_parquet(&folder.path().join("edges.parquet"), edges)?;
    write_named(folder.path())?;
    let texts = [("csv", scenario("csv")), ("parquet", scenario("parquet"))];
    let named = [("named-csv", named_scenario("csv")), ("named-parquet", named_scenario("parquet"))];
    for (name, text) in texts.into_iter().chain(named) {
        let file = folder.path().join(format!("{name}.toml"));
        std::fs::write(&file, text)?;
        let status = std::process::Command::new(std::env::current_exe()?).arg(&file).status()?;
        if !status.success() {
            return Err("loading failed".into());
        }
    }
    Ok(())
}
