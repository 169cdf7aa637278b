//! Promise: connectomes as their authors publish them can be simulated: columns by any name, neurons by names of 64 bits, a row per region,
//! signs in words, compressed; and spikes carry the neurons' names.

mod common;
#[path = "common/python.rs"]
mod python;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use common::{cpu, gpu, recording, run};
use parquet::basic::{Repetition, Type as PhysicalType};
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::Type;
use spikewatt::network::Network;
use spikewatt::scenario::{Positions, Scenario, load, load_with};

const NEURONS: u32 = 120;
/// Beyond what a double can tell apart.
const FIRST_ID: u64 = 720_575_940_600_000_001;

fn id(neuron: u32) -> u64 {
    FIRST_ID + u64::from(neuron.wrapping_mul(7919) % 100_003)
}

/// (source, target, count, transmitter): a pair stands in up to three rows, as in a table by regions.
fn rows() -> Vec<(u32, u32, u32, &'static str)> {
    let mut all = Vec::new();
    for source in 0..NEURONS {
        let word = ["ACH", "GABA", "ACH", "GLUT"][source as usize % 4];
        for k in 0..12 {
            let target = (source * 31 + k * 17 + 5) % NEURONS;
            for region in 0..=(k % 3) {
                all.push((source, target, 1 + (source + k + region) % 9, word));
            }
        }
    }
    all.sort_by_key(|r| (r.2, r.1, r.0));
    all
}

fn sign(word: &str) -> f64 {
    if word == "ACH" { 1.0 } else { -1.5 }
}

const SIGNS: &str = "sign = { ACH = 1, GABA = -1.5, GLUT = -1.5 }";

fn text(population: &str, projection: &str) -> String {
    format!(
        "name = \"fly\"\nversion = 1\ndt_ms = 0.1\n\n[[population]]\nname = \"brain\"\n{population}\nmodel = \"lif_psc_exp\"\n\
         parameters = {{ tau_m_ms = 20.0, c_m_pf = 200.0, e_l_mv = -52.0, v_th_mv = -45.0, v_reset_mv = -52.0, t_ref_ms = 2.2, tau_syn_ex_ms = 5.0, tau_syn_in_ms = 5.0 }}\n\
         poisson = {{ rate_hz = 3000.0, weight_pa = 30.0 }}\n\n[[projection]]\nsource = \"brain\"\ntarget = \"brain\"\nrule = \"edge_list\"\nweight_pa = 3.0\ndelay_ms = 1.8\n{projection}\n"
    )
}

fn scenario(folder: &Path, text: &str) -> spikewatt::Result<Scenario> {
    let file = folder.join("s.toml");
    std::fs::write(&file, text).expect("written");
    load(file.to_str().expect("a path"))
}

fn gz(path: &Path, text: &str) {
    let mut out = flate2::write::GzEncoder::new(std::fs::File::create(path).expect("created"), flate2::Compression::fast());
    out.write_all(text.as_bytes()).expect("written");
    out.finish().expect("written");
}

fn write_parquet(path: &Path) {
    let message = "message m { REQUIRED INT64 Presynaptic_ID; REQUIRED INT64 Postsynaptic_ID; REQUIRED INT64 Presynaptic_Index; REQUIRED INT64 Postsynaptic_Index; REQUIRED INT64 Connectivity; REQUIRED BYTE_ARRAY nt (UTF8); }";
    let schema = Arc::new(parse_message_type(message).expect("a schema"));
    let file = std::fs::File::create(path).expect("created");
    let mut writer = SerializedFileWriter::new(file, schema, Arc::new(WriterProperties::default())).expect("a writer");
    for rows in rows().chunks(700) {
        let mut group = writer.next_row_group().expect("a group");
        for column in 0.. {
            let Some(mut c) = group.next_column().expect("a column") else { break };
            let number = |r: &(u32, u32, u32, &str)| match column {
                0 => id(r.0).cast_signed(),
                1 => id(r.1).cast_signed(),
                2 => i64::from(r.0),
                3 => i64::from(r.1),
                _ => i64::from(r.2),
            };
            if column == 5 {
                let words: Vec<ByteArray> = rows.iter().map(|r| ByteArray::from(r.3)).collect();
                c.typed::<ByteArrayType>().write_batch(&words, None, None).expect("written");
            } else {
                let numbers: Vec<i64> = rows.iter().map(number).collect();
                c.typed::<Int64Type>().write_batch(&numbers, None, None).expect("written");
            }
            c.close().expect("closed");
        }
        group.close().expect("closed");
    }
    writer.close().expect("closed");
}

/// Lists of neurons and tables of connections in every form.
fn files(folder: &Path) {
    let list: String = (0..NEURONS).map(|n| format!("{},True\n", id(n))).collect();
    // As pandas writes an index: its column has no name.
    std::fs::write(folder.join("list.csv"), format!(",Completed\n{list}")).expect("written");
    let named: String = (0..NEURONS).map(|n| format!("x,{}\n", id(n))).collect();
    gz(&folder.join("neurons.csv.gz"), &format!("group,root_id\n{named}"));
    let by_id: String = rows().iter().map(|(s, t, n, w)| format!("{},{},MB,{n},{w}\n", id(*s), id(*t))).collect();
    gz(&folder.join("connections.csv.gz"), &format!("pre_root_id,post_root_id,neuropil,syn_count,nt_type\n{by_id}"));
    write_parquet(&folder.join("connectivity.parquet"));
    // The same with everything done by hand: pairs once, numbers, signed weights.
    let mut pairs = std::collections::BTreeMap::new();
    rows().iter().for_each(|(s, t, n, w)| *pairs.entry((*s, *t)).or_insert(0.0) += sign(w) * f64::from(*n));
    let by_hand: String = pairs.iter().map(|((s, t), w)| format!("{s},{t},{w}\n")).collect();
    std::fs::write(folder.join("by_hand.csv"), format!("source,target,weight\n{by_hand}")).expect("written");
}

const CODEX: &str =
    "columns = { source = \"pre_root_id\", target = \"post_root_id\", weight = \"syn_count\", sign = \"nt_type\" }";

#[test]
fn published_tables_are_the_networks_they_would_be_by_hand() {
    let folder = tempfile::tempdir().expect("a folder");
    files(folder.path());
    let build = |population: &str, projection: &str| {
        Network::build(&scenario(folder.path(), &text(population, projection)).expect("a scenario")).expect("a network")
    };
    let by_hand = build("size = 120", "file = \"by_hand.csv\"");
    let expected = run(cpu(&by_hand, &recording()).as_mut(), 3000);
    assert!(expected.0.len() > 300 && by_hand.synapses() < rows().len() as u64, "{} spikes", expected.0.len());
    let shiu =
        "columns = { source = \"Presynaptic_ID\", target = \"Postsynaptic_ID\", weight = \"Connectivity\", sign = \"nt\" }";
    let by_number =
        "columns = { source = \"Presynaptic_Index\", target = \"Postsynaptic_Index\", weight = \"Connectivity\", sign = \"nt\" }";
    for (population, projection) in [
        ("ids = \"list.csv\"", format!("file = \"connections.csv.gz\"\nduplicates = \"sum\"\n{CODEX}\n{SIGNS}")),
        (
            "ids = { file = \"neurons.csv.gz\", column = \"root_id\" }\nsize = 120",
            format!("file = \"connections.csv.gz\"\nduplicates = \"sum\"\n{CODEX}\n{SIGNS}"),
        ),
        ("ids = \"list.csv\"", format!("file = \"connectivity.parquet\"\nduplicates = \"sum\"\n{shiu}\n{SIGNS}")),
        (
            "ids = \"list.csv\"",
            format!("file = \"connectivity.parquet\"\nby = \"number\"\nduplicates = \"sum\"\n{by_number}\n{SIGNS}"),
        ),
        ("size = 120", format!("file = \"connectivity.parquet\"\nduplicates = \"sum\"\n{by_number}\n{SIGNS}")),
    ] {
        let n = build(population, &projection);
        assert_eq!(n.synapses(), by_hand.synapses(), "{projection}");
        assert!(run(cpu(&n, &recording()).as_mut(), 3000) == expected, "{population}\n{projection}");
    }
}

fn spikewatt(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_spikewatt")).args(arguments).current_dir(folder).output().expect("runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}

#[test]
fn recordings_carry_the_neurons_names() {
    let folder = tempfile::tempdir().expect("a folder");
    files(folder.path());
    let projection = format!("file = \"connections.csv.gz\"\nduplicates = \"sum\"\n{CODEX}\n{SIGNS}");
    std::fs::write(folder.path().join("fly.toml"), text("ids = \"list.csv\"", &projection)).expect("written");
    let mut known = None;
    for ending in ["csv", "parquet", "npz"] {
        let file = format!("spikes.{ending}");
        let output = spikewatt(
            folder.path(),
            &["simulate", "fly.toml", "--bio-ms", "200", "--engine", "cpu", "--record", "spikes", "--out", &file],
        );
        assert!(output.status.success(), "{}", said(&output));
        // What is read back is as before: names are beside the numbers.
        let read = spikewatt::recording::read(&folder.path().join(&file)).expect("a recording");
        assert!(read.rows.len() > 20, "{} spikes", read.rows.len());
        let first = known.get_or_insert_with(|| read.rows.clone());
        assert_eq!(read.rows, *first, "{ending}");
    }
    let rows = known.expect("rows");
    let mut csv = csv::ReaderBuilder::new().comment(Some(b'#')).from_path(folder.path().join("spikes.csv")).expect("rows");
    assert_eq!(csv.headers().expect("names"), vec!["time_ms", "population", "neuron", "id"]);
    for (i, row) in csv.records().enumerate() {
        assert_eq!(row.expect("a row")[3], id(rows.neuron[i]).to_string(), "row {i}");
    }
    // The others as their own readers see them.
    let script = "import numpy, pyarrow.parquet as p\n\
        a = [int(x) for x in numpy.load('spikes.npz')['id']]\nb = p.read_table('spikes.parquet').column('id').to_pylist()\nprint(a == b, a[0], len(a))";
    let output = Command::new(python::python()).args(["-c", script]).current_dir(folder.path()).output().expect("Python runs");
    assert!(output.status.success(), "{}", said(&output));
    let told = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    assert_eq!(told, format!("True {} {}", id(rows.neuron[0]), rows.len()));
}

#[test]
fn what_is_wrong_with_a_table_is_told_row_by_row() {
    let folder = tempfile::tempdir().expect("a folder");
    files(folder.path());
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    put("stranger.csv", &format!("source,target\n{},{}\n{},5\n", id(0), id(1), id(2)));
    put("word.csv", "source,target,weight,nt\n0,1,2,ACH\n1,2,3,DA\n");
    put("delays.csv", "source,target,weight,delay\n0,1,2,1.0\n0,1,2,1.5\n");
    put("twice.csv", &format!("id\n{}\n7\n{}\n", id(0), id(0)));
    put("minus.csv", "id\n-1\n");
    put("empty.csv", "id\n");
    std::fs::write(folder.path().join("no.csv.gz"), b"not compressed").expect("written");
    let pairs = "columns = { source = \"source\", target = \"target\", sign = \"nt\" }";
    for (population, projection, words) in [
        ("ids = \"list.csv\"", "file = \"stranger.csv\"".to_owned(), vec!["stranger.csv:3", "target 5 is not among the neurons"]),
        ("size = 120", format!("file = \"word.csv\"\n{pairs}\nsign = {{ ACH = 1 }}"), vec!["word.csv:3", "sign of \"DA\""]),
        ("size = 120", format!("file = \"word.csv\"\n{pairs}"), vec!["sign = { ACH = 1, GABA = -1 }"]),
        ("size = 120", "file = \"word.csv\"\nsign = { ACH = 1 }".to_owned(), vec!["columns = { sign"]),
        (
            "size = 120",
            "file = \"word.csv\"\ncolumns = { source = \"pre\", target = \"post\" }".to_owned(),
            vec!["no columns pre and post, but source, target"],
        ),
        ("size = 120", "file = \"word.csv\"\ncolumns = { weight = \"syn_count\" }".to_owned(), vec!["no column syn_count"]),
        ("size = 120", "file = \"word.csv\"\ncolumns = { wieght = \"weight\" }".to_owned(), vec!["did you mean `weight`"]),
        ("size = 120", "file = \"word.csv\"\nby = \"name\"".to_owned(), vec!["`by` must be"]),
        ("size = 120", "file = \"delays.csv\"\nduplicates = \"sum\"".to_owned(), vec!["delays of 10 and 15 steps"]),
        ("size = 120", "file = \"no.csv.gz\"".to_owned(), vec!["no.csv.gz"]),
        ("ids = \"twice.csv\"", "file = \"by_hand.csv\"".to_owned(), vec!["row 3 names the neuron of row 1 again"]),
        ("ids = \"minus.csv\"", "file = \"by_hand.csv\"".to_owned(), vec!["minus.csv:2", "no neuron's name"]),
        ("ids = \"empty.csv\"", "file = \"by_hand.csv\"".to_owned(), vec!["is empty"]),
        ("ids = \"nowhere.csv\"", "file = \"by_hand.csv\"".to_owned(), vec!["no such list of neurons"]),
        ("ids = \"list.txt\"", "file = \"by_hand.csv\"".to_owned(), vec![".csv, .csv.gz or .parquet"]),
        ("ids = { file = \"list.csv\", column = \"root_id\" }", "file = \"by_hand.csv\"".to_owned(), vec!["no column root_id"]),
        (
            "ids = \"list.csv\"\nsize = 5",
            "file = \"by_hand.csv\"".to_owned(),
            vec!["`size` is 5, and the list of neurons has 120"],
        ),
        ("ids = 3", "file = \"by_hand.csv\"".to_owned(), vec!["a table"]),
    ] {
        // One delay stands in the list itself.
        let mut whole = text(population, &projection);
        if projection.contains("delays.csv") {
            whole = whole.replace("delay_ms = 1.8\n", "");
        }
        let error = scenario(folder.path(), &whole).expect_err(&projection).to_string();
        for word in words {
            assert!(error.contains(word), "{population}, {projection}: {error}");
        }
    }
}

/// The positions of the first population, as data list them.
fn listed(s: &Scenario) -> &[[f32; 3]] {
    match &s.populations[0].positions {
        Some(Positions::Listed(all)) => all,
        other => panic!("{other:?} are no listed positions"),
    }
}

/// Positions of neurons, named or in their order, in the list or a table of its own; and what is wrong with them, row by row.
#[test]
fn neurons_stand_where_data_say() {
    let folder = tempfile::tempdir().expect("a folder");
    files(folder.path());
    let at = |n: u32| [f64::from(n) * 8.0, 1e5 - f64::from(n), 0.25];
    let row = |n: u32| at(n).map(|x| x.to_string()).join(",");
    let put = |name: &str, text: String| std::fs::write(folder.path().join(name), text).expect("written");
    let named: String = (0..NEURONS).rev().map(|n| format!("{},{}\n", id(n), row(n))).collect();
    put("places.csv", format!("root_id,pos_x,pos_y,pos_z\n5,0,0,0\n{named}"));
    put(
        "mirrored.csv",
        format!(
            "pos_x,root_id,pos_z,pos_y\n{}",
            (0..NEURONS).map(|n| format!("{},{},{},{}\n", at(n)[0], id(n), at(n)[2], at(n)[1])).collect::<String>()
        ),
    );
    let in_order: String = (0..NEURONS).map(|n| row(n) + "\n").collect();
    put("in_order.csv", format!("x,y,z\n{in_order}"));
    put("listed.csv", format!("id,x,y,z\n{named}"));
    put("few.csv", format!("x,y,z\n{}", (0..7).map(|n| row(n) + "\n").collect::<String>()));
    put("many.csv", format!("x,y,z\n{in_order}1,2,3\n"));
    put("word.csv", "x,y,z\n1,2,nan\n".into());
    put("twice.csv", format!("id,x,y,z\n{},1,2,3\n{},1,2,3\n", id(3), id(3)));
    put("lacking.csv", format!("id,x,y,z\n{},1,2,3\n", id(0)));
    let read = |population: &str| scenario(folder.path(), &text(population, "file = \"by_hand.csv\"\nby = \"number\""));
    let axes = "x = \"pos_x\", y = \"pos_y\", z = \"pos_z\"";
    for population in [
        format!("ids = \"list.csv\"\npositions = {{ file = \"places.csv\", {axes} }}"),
        format!("ids = \"list.csv\"\npositions = {{ file = \"mirrored.csv\", id = \"root_id\", {axes} }}"),
        "size = 120\npositions = { file = \"in_order.csv\" }".to_owned(),
    ] {
        let s = read(&population).unwrap_or_else(|e| panic!("{population}: {e}"));
        let positions = listed(&s);
        assert!((0..NEURONS).all(|n| positions[n as usize].map(f64::from) == at(n)), "{population}");
        // Whoever stands in data is not scaled.
        let error = s.scaled(spikewatt::scenario::Scale::Factor(0.5)).expect_err("scaled").to_string();
        assert!(error.contains("stand in data"), "{error}");
    }
    // A list that holds both; its own order counts.
    let s = read("ids = \"listed.csv\"\npositions = {}").expect("a scenario");
    assert_eq!(listed(&s)[0].map(f64::from), at(NEURONS - 1));
    for (population, words) in [
        ("size = 120\npositions = {}", "needs the `file`"),
        ("size = 120\npositions = { centre = [1, 2] , radii = [1, 1, 1] }", "three numbers"),
        ("size = 120\npositions = { centre = [1, 2, 3] }", "needs `radii`"),
        ("size = 120\npositions = { centre = [1, 2, 3], radii = [1, 0, 1] }", "above 0"),
        ("size = 120\npositions = { file = \"few.csv\" }", "120 neurons and 7 rows"),
        ("size = 120\npositions = { file = \"many.csv\" }", "many.csv:122"),
        ("size = 120\npositions = { file = \"word.csv\" }", "word.csv:2"),
        ("size = 120\npositions = { file = \"in_order.csv\", id = \"x\" }", "no names"),
        ("size = 120\npositions = { file = \"in_order.csv\", x = \"pos\" }", "no column pos, but x, y, z"),
        ("size = 120\npositions = { file = \"in_order.csv\", w = \"x\" }", "unknown key `w`"),
        ("size = 120\npositions = \"in_order.csv\"", "a table"),
        ("ids = \"list.csv\"\npositions = { file = \"twice.csv\" }", "stands in this table twice"),
        ("ids = \"list.csv\"\npositions = { file = \"lacking.csv\" }", "has no row"),
        ("ids = \"list.csv\"\npositions = { file = \"nowhere.csv\" }", "no such table of positions"),
    ] {
        let error = read(population).expect_err(population).to_string();
        assert!(error.contains(words), "{population}: {error}");
    }
}

/// A table of connections as it is published with the fly's model, by rows of the list of neurons.
fn write_connectivity(path: &Path, pairs: &[(i64, i64, i64)]) {
    let field = |name: &str| {
        let built = Type::primitive_type_builder(name, PhysicalType::INT64).with_repetition(Repetition::REQUIRED).build();
        Arc::new(built.expect("a column"))
    };
    let columns = ["Presynaptic_Index", "Postsynaptic_Index", "Excitatory x Connectivity"].map(field).to_vec();
    let schema = Arc::new(Type::group_type_builder("m").with_fields(columns).build().expect("a schema"));
    let file = std::fs::File::create(path).expect("created");
    let mut writer = SerializedFileWriter::new(file, schema, Arc::new(WriterProperties::default())).expect("a writer");
    let mut group = writer.next_row_group().expect("a group");
    for column in 0..3 {
        let numbers: Vec<i64> = pairs.iter().map(|p| [p.0, p.1, p.2][column]).collect();
        let mut c = group.next_column().expect("a column").expect("one more");
        c.typed::<Int64Type>().write_batch(&numbers, None, None).expect("written");
        c.close().expect("closed");
    }
    group.close().expect("closed");
    writer.close().expect("closed");
}

#[test]
fn the_fly_is_read_from_the_tables_as_they_are_published() {
    let folder = tempfile::tempdir().expect("a folder");
    let words = |data: Option<&Path>| load_with("fly", data).expect_err("no data").to_string();
    assert!(words(None).contains("needs data") && words(None).contains("Connectivity_783.parquet and Completeness_783.csv"));
    assert!(words(Some(folder.path())).contains("does not find all of its data in"));
    // The stimulated neurons are those the scenario names, here in rows 7, 17, 27 ... of a small list.
    let text = include_str!("../assets/scenarios/fly.toml");
    let sugar: Vec<u64> = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|word| word.len() == 18)
        .map(|word| word.parse().expect("a name"))
        .collect();
    assert_eq!(sugar.len(), 21);
    let list: Vec<u64> =
        (0..400u64).map(|n| if n % 10 == 7 && n / 10 < 21 { sugar[(n / 10) as usize] } else { FIRST_ID + n }).collect();
    let rows: String = list.iter().map(|id| format!("{id},True\n")).collect();
    std::fs::write(folder.path().join("Completeness_783.csv"), format!(",Completed\n{rows}")).expect("written");
    let pairs: Vec<(i64, i64, i64)> = (0..400i64)
        .flat_map(|s| (0..15).map(move |k| (s, (s * 31 + k * 17 + 5) % 400, if s % 5 == 4 { -30 } else { 25 + k })))
        .collect();
    write_connectivity(&folder.path().join("Connectivity_783.parquet"), &pairs);
    let scenario = load_with("fly", Some(folder.path())).expect("the fly");
    let n = Network::build(&scenario).expect("a network");
    assert_eq!((n.neurons(), n.synapses(), scenario.name.as_str()), (400, 6000, "fly"));
    let (spikes, counts) = run(cpu(&n, &recording()).as_mut(), 2000);
    let (others, same) = run(gpu(&n, &recording()).as_mut(), 2000);
    assert_eq!((&spikes, &counts), (&others, &same));
    let first = spikes.iter().filter(|s| s.step < 18).map(|s| s.neuron);
    assert!(
        first.clone().count() > 3 && first.into_iter().all(|n| n % 10 == 7),
        "only who is stimulated fires within the first delay"
    );
    // 21 neurons at 200 Hz for 0.2 s, and those they reach.
    let stimulated = spikes.iter().filter(|s| s.neuron % 10 == 7 && s.neuron / 10 < 21).count();
    assert!((700..1200).contains(&stimulated) && spikes.len() > stimulated + 100, "{stimulated} of {}", spikes.len());
}

/// The larva's tables are in the program: as many neurons and pairs as are published, and its olfactory receptor neurons fire.
#[test]
fn the_larva_is_in_the_program() {
    let n = Network::build(&load("larva").expect("built in")).expect("a network");
    assert_eq!((n.neurons(), n.synapses()), (3554, 119_010));
    let (spikes, counts) = run(cpu(&n, &recording()).as_mut(), 2000);
    // 42 neurons at 60 Hz for 0.2 s are 504 arrivals.
    assert!((counts.external_events[0] as f64 - 504.0).abs() < 5.0 * 504f64.sqrt(), "{counts:?}");
    let mut fired: Vec<u32> = spikes.iter().map(|s| s.neuron).collect();
    fired.sort_unstable();
    fired.dedup();
    assert!(fired.len() > 60 && fired.len() < 1500, "{} neurons fired", fired.len());
}
