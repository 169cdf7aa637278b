//! Promise: a network may be given as data, and what is wrong with the data is said row by row.

mod common;

use std::path::Path;
use std::sync::Arc;

use common::{cpu, delta_population, gpu, head, network, projection, recording, run};
use parquet::column::writer::ColumnWriter;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use spikewatt::engine::{Delivery, Options, plan};
use spikewatt::network::Network;
use spikewatt::scenario::{Scenario, load};

/// (source, target, weight, delay in ms)
type Row = (u32, u32, f64, f64);

fn write_csv(path: &Path, rows: &[Row]) {
    let mut text = String::from("# made by a test\nsource,target,weight,delay\n");
    for (s, t, w, d) in rows {
        text += &format!("{s},{t},{w},{d}\n");
    }
    std::fs::write(path, text).expect("written");
}

/// As pandas writes it: optional columns, 64-bit numbers.
fn write_parquet(path: &Path, rows: &[Row]) {
    let message = "message m { OPTIONAL INT64 source; OPTIONAL INT64 target; OPTIONAL DOUBLE weight; OPTIONAL DOUBLE delay; }";
    let schema = Arc::new(parse_message_type(message).expect("a schema"));
    let file = std::fs::File::create(path).expect("created");
    let mut writer = SerializedFileWriter::new(file, schema, Arc::new(WriterProperties::default())).expect("a writer");
    for rows in rows.chunks(1000) {
        let levels = vec![1i16; rows.len()];
        let mut group = writer.next_row_group().expect("a group");
        let mut column = 0;
        while let Some(mut c) = group.next_column().expect("a column") {
            match c.untyped() {
                ColumnWriter::Int64ColumnWriter(w) => {
                    let of = |r: &Row| i64::from(if column == 0 { r.0 } else { r.1 });
                    w.write_batch(&rows.iter().map(of).collect::<Vec<_>>(), Some(&levels), None).expect("written");
                }
                ColumnWriter::DoubleColumnWriter(w) => {
                    let of = |r: &Row| if column == 2 { r.2 } else { r.3 };
                    w.write_batch(&rows.iter().map(of).collect::<Vec<_>>(), Some(&levels), None).expect("written");
                }
                _ => unreachable!("two types of columns"),
            }
            c.close().expect("closed");
            column += 1;
        }
        group.close().expect("closed");
    }
    writer.close().expect("closed");
}

/// Every synapse of a projection.
fn spelled_out(n: &Network, projection: usize) -> Vec<Row> {
    let p = &n.projections[projection];
    let scales = n.populations[p.target].scales;
    let unit = f64::from(scales.w_bits).exp2();
    let rows = (0..p.source_size).flat_map(|i| {
        let row = p.row(i);
        (0..p.row_length(i)).map(move |k| (i, row.synapse(k))).collect::<Vec<_>>()
    });
    rows.map(|(i, s)| (i, s.target, f64::from(p.weights[s.weight_level as usize]) / unit, f64::from(s.delay) / 10.0)).collect()
}

const RULE: &str =
    "rule = \"fixed_indegree\"\nindegree = 40\nweight_mv = -0.5\ndelay_ms = { distribution = \"uniform\", min = 0.5, max = 3.0 }";

fn populations() -> String {
    head(3) + &delta_population("A", 700, 2.0, 16_000.0, 0.1) + &delta_population("B", 300, 2.0, 15_000.0, 0.1)
}

fn from_file(folder: &Path, text: &str) -> spikewatt::Result<Scenario> {
    let file = folder.join("s.toml");
    std::fs::write(&file, text).expect("written");
    load(file.to_str().expect("a path"))
}

#[test]
fn a_rule_spelled_out_as_an_edge_list_fires_the_same_spikes_on_every_engine() {
    let by_rule = network(&(populations() + &projection("A", "B", RULE) + &projection("B", "A", RULE)));
    let expected = run(cpu(&by_rule, &recording()).as_mut(), 1500);
    assert!(expected.1.synaptic_events > 10_000, "{:?}", expected.1);
    let folder = tempfile::tempdir().expect("a folder");
    for ending in ["csv", "parquet"] {
        for (i, name) in [(0, "ab"), (1, "ba")] {
            // In another order, which must not matter.
            let mut rows = spelled_out(&by_rule, i);
            rows.sort_by_key(|r| (r.1.wrapping_mul(2_654_435_761), r.0));
            let path = folder.path().join(format!("{name}.{ending}"));
            if ending == "csv" { write_csv(&path, &rows) } else { write_parquet(&path, &rows) }
        }
        let listed = |file: &str| format!("rule = \"edge_list\"\nfile = \"{file}.{ending}\"\nduplicates = \"keep\"");
        let text = populations() + &projection("A", "B", &listed("ab")) + &projection("B", "A", &listed("ba"));
        let scenario = from_file(folder.path(), &text).expect("a scenario");
        let n = Network::build(&scenario).expect("a network");
        assert_eq!(n.synapses(), by_rule.synapses());
        assert!(run(cpu(&n, &recording()).as_mut(), 1500) == expected, "CPU engine, {ending}");
        let limits = common::adapter().0.limits();
        let mut strategies = Vec::new();
        for (candidate, _) in plan::GpuPlan::candidates(&n, &Options::default(), &limits) {
            if strategies.contains(&candidate.strategy) {
                continue;
            }
            strategies.push(candidate.strategy);
            let options = Options { candidate: Some(candidate), ..recording() };
            assert!(run(gpu(&n, &options).as_mut(), 1500) == expected, "{candidate}, {ending}");
        }
        assert!(strategies.len() >= 3 && strategies.iter().all(|s| s.delivery() == Delivery::Stored), "{strategies:?}");
    }
}

/// Excitation and inhibition of one list act on their own time constants, and its unit is the projection's weight.
#[test]
fn signs_and_units_of_a_list_are_told_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut rows: Vec<Row> = (0..200).map(|i| (i, (i * 7 + 1) % 200, f64::from(i % 5) - 2.0, 1.5)).collect();
    write_csv(&folder.path().join("e.csv"), &rows);
    let population = common::exp_population("N", 200, 2.0, 9_000.0, 90.0);
    let text = head(4) + &population + &projection("N", "N", "rule = \"edge_list\"\nfile = \"e.csv\"\nweight_pa = 50.0");
    let n = Network::build(&from_file(folder.path(), &text).expect("a scenario")).expect("a network");
    assert_eq!(n.projections.iter().map(|p| (p.channel, p.synapses())).collect::<Vec<_>>(), [(0, 120), (1, 80)]);
    let mut found: Vec<Row> = spelled_out(&n, 0);
    found.extend(spelled_out(&n, 1));
    found.iter_mut().for_each(|r| r.2 /= 50.0);
    found.sort_by_key(|r| r.0);
    rows.sort_by_key(|r| r.0);
    assert_eq!(found, rows);
    let expected = run(cpu(&n, &recording()).as_mut(), 1000);
    assert!(expected.1.spikes[0] > 100 && run(gpu(&n, &recording()).as_mut(), 1000) == expected);
}

/// More weights than there are levels: each is the nearest level.
#[test]
fn many_different_weights_become_the_nearest_levels() {
    let folder = tempfile::tempdir().expect("a folder");
    let weight = |i: u32| f64::from(i) * 1e-4 - 5.0;
    let rows: Vec<Row> = (0..100_000u32).map(|i| (i / 100, (i * 37) % 1000, weight(i), 0.5 + f64::from(i % 3) / 10.0)).collect();
    write_csv(&folder.path().join("e.csv"), &rows);
    let listed = "rule = \"edge_list\"\nfile = \"e.csv\"\nduplicates = \"keep\"";
    let text = head(1) + &delta_population("N", 1000, 2.0, 9_000.0, 0.1) + &projection("N", "N", listed);
    let n = Network::build(&from_file(folder.path(), &text).expect("a scenario")).expect("a network");
    assert_eq!(n.projections[0].weights.len(), 1 << 16);
    let mut found = spelled_out(&n, 0);
    let mut given = rows;
    for all in [&mut found, &mut given] {
        all.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(a.3.total_cmp(&b.3)).then(a.2.total_cmp(&b.2)));
    }
    let apart = found.iter().zip(&given).map(|(a, b)| (a.2 - b.2).abs()).fold(0.0, f64::max);
    println!("weights differ by at most {apart:.2e} of a range of 10");
    assert!(apart <= 10.0 / 65_535.0 / 2.0 * 1.02, "{apart}");
    assert!(found.iter().zip(&given).all(|(a, b)| (a.0, a.1, a.3) == (b.0, b.1, b.3)));
}

#[test]
fn rows_that_cannot_be_are_refused_with_their_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let case = |content: &str, extra: &str| {
        std::fs::write(folder.path().join("e.csv"), content).expect("written");
        let rest = format!("rule = \"edge_list\"\nfile = \"e.csv\"\n{extra}");
        let text = head(1) + &delta_population("N", 10, 2.0, 9_000.0, 0.1) + &projection("N", "N", &rest);
        from_file(folder.path(), &text).expect_err(content).to_string()
    };
    for (content, extra, said) in [
        (
            "source,target,weight,delay\n0,1,1,1\n3,10,1,1\n",
            "",
            "e.csv:3: target 10 is no neuron of population \"N\", which has 0 to 9",
        ),
        ("source,target,weight,delay\n-1,1,1,1\n", "", "e.csv:2: source -1 is no neuron"),
        ("source,target,weight,delay\nADAL,1,1,1\n", "", "e.csv:2: \"ADAL\" is no neuron; write its number"),
        ("source,target,weight,delay\n0,1,x,1\n", "", "e.csv:2: \"x\" is no number"),
        ("source,target,weight,delay\n0,1,inf,1\n", "", "e.csv:2: the weight inf is no finite number"),
        ("source,target,weight,delay\n0,1,1,0.05\n", "", "e.csv:2: the delay 0.05 ms must be from one to 4096 steps"),
        ("source,target,weight,delay\n0,1,1,0.25\n", "", "e.csv:2: the delay 0.25 ms is not a multiple of dt_ms = 0.1"),
        ("source,target,weight,delay\n0,1,1,1\n2,3,1,1\n0,1,2,1\n", "", "the pair 0 to 1 stands 2 times"),
        ("source,target,weight,delay\n0,1,1\n", "", "e.csv"),
        ("from,to\n0,1\n", "", "needs the columns source and target, and may have weight and delay; it has from, to"),
        ("source,target,delay\n0,1,1\n", "", "no column weight; give `weight_mv`"),
        ("source,target,weight\n0,1,1\n", "", "no column delay; give `delay_ms`"),
        ("source,target,weight,delay\n0,1,1,1\n", "delay_ms = 1.0", "leave out `delay_ms`"),
        ("source,target,weight\n0,1,1\n", "delay_ms = 500.0", "over 4096 steps"),
        ("source,target,weight,delay\n0,1,1,1\n", "duplicates = \"add\"", "must be \"refuse\", \"keep\" or \"sum\""),
        ("source,target,weight,delay\n0,1,1,1\n", "indegree = 3", "unknown key `indegree`"),
    ] {
        let message = case(content, extra);
        assert!(message.contains(said), "{content:?} {extra:?}: {message}");
    }
    let text = |file: &str| {
        let rest = format!("rule = \"edge_list\"\nfile = \"{file}\"");
        head(1) + &delta_population("N", 10, 2.0, 9_000.0, 0.1) + &projection("N", "N", &rest)
    };
    let message = from_file(folder.path(), &text("none.csv")).expect_err("no file").to_string();
    assert!(message.contains("none.csv: no such edge list"), "{message}");
    let message = from_file(folder.path(), &text("e.txt")).expect_err("an ending").to_string();
    assert!(message.contains("must end in .csv, .csv.gz or .parquet"), "{message}");
    std::fs::write(folder.path().join("e.parquet"), "no parquet").expect("written");
    let message = from_file(folder.path(), &text("e.parquet")).expect_err("no parquet").to_string();
    assert!(message.contains("e.parquet: "), "{message}");
    write_parquet(&folder.path().join("e.parquet"), &[(0, 1, 1.0, 1.0), (0, 12, 1.0, 1.0)]);
    let message = from_file(folder.path(), &text("e.parquet")).expect_err("a row").to_string();
    assert!(message.contains("e.parquet:2: target 12"), "{message}");
}

#[test]
fn a_list_is_neither_scaled_nor_evaluated_anew() {
    let worm = load("celegans").expect("built in");
    let message = worm.scaled(spikewatt::scenario::Scale::Factor(2.0)).expect_err("a scale").to_string();
    assert!(message.contains("cannot be scaled"), "{message}");
    let n = Network::build(&worm).expect("a network");
    assert_eq!((n.neurons(), n.synapses()), (302, 3638));
    let options = Options { delivery: Some(Delivery::Procedural), ..Options::default() };
    for message in [
        plan::CpuPlan::new(&n, &options).expect_err("procedural").to_string(),
        plan::GpuPlan::new(&n, &options, &common::adapter().0.limits()).expect_err("procedural").to_string(),
    ] {
        assert!(message.contains("must be stored"), "{message}");
    }
}

/// A Parquet file with ids and weights of some types, in rows (source, target, weight) as raw values.
fn typed_parquet(path: &Path, ids: &str, weight: &str, write: impl Fn(&mut ColumnWriter<'_>, usize)) {
    let message =
        format!("message edges {{ REQUIRED {ids}; REQUIRED INT32 target; REQUIRED {weight}; }}").replace("ID", "source");
    let schema = parse_message_type(&message).expect("a schema");
    let file = std::fs::File::create(path).expect("created");
    let mut writer = SerializedFileWriter::new(file, schema.into(), WriterProperties::builder().build().into()).expect("begun");
    let mut group = writer.next_row_group().expect("begun");
    for column in 0.. {
        let Some(mut next) = group.next_column().expect("a column") else { break };
        write(next.untyped(), column);
        next.close().expect("closed");
    }
    group.close().expect("closed");
    writer.close().expect("closed");
}

/// Every type of Parquet's is read right, or refused by name.
#[test]
fn parquet_types_are_read_right_or_refused_by_name() {
    use parquet::data_type::{ByteArray, FixedLenByteArray};
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("e.parquet");
    let scenario =
        |delay: &str| populations() + &projection("A", "B", &format!("rule = \"edge_list\"\nfile = \"e.parquet\"\n{delay}"));
    let ints = |values: [i32; 2]| {
        move |c: &mut ColumnWriter<'_>| {
            if let ColumnWriter::Int32ColumnWriter(c) = c {
                c.write_batch(&values, None, None).expect("written");
            }
        }
    };
    type Write = Box<dyn Fn(&mut ColumnWriter<'_>)>;
    let floats = |a: f32, b: f32| -> Write {
        Box::new(move |c| {
            if let ColumnWriter::FloatColumnWriter(c) = c {
                c.write_batch(&[a, b], None, None).expect("written");
            }
        })
    };
    let longs = |a: i64, b: i64| -> Write {
        Box::new(move |c| {
            if let ColumnWriter::Int64ColumnWriter(c) = c {
                c.write_batch(&[a, b], None, None).expect("written");
            }
        })
    };
    let fixed = |a: &'static [u8], b: &'static [u8]| -> Write {
        Box::new(move |c| {
            if let ColumnWriter::FixedLenByteArrayColumnWriter(c) = c {
                c.write_batch(&[FixedLenByteArray::from(a.to_vec()), FixedLenByteArray::from(b.to_vec())], None, None)
                    .expect("written");
            }
        })
    };
    let bytes = |a: &'static [u8], b: &'static [u8]| -> Write {
        Box::new(move |c| {
            if let ColumnWriter::ByteArrayColumnWriter(c) = c {
                c.write_batch(&[ByteArray::from(a.to_vec()), ByteArray::from(b.to_vec())], None, None).expect("written");
            }
        })
    };
    let bools: Write = Box::new(|c| {
        if let ColumnWriter::BoolColumnWriter(c) = c {
            c.write_batch(&[true, false], None, None).expect("written");
        }
    });
    let ids = "INT32 ID";
    let right: [(&str, Write, [f64; 2]); 8] = [
        ("FLOAT weight", floats(0.25, -0.5), [0.25, -0.5]),
        ("INT64 weight (DECIMAL(18, 3))", longs(250, -500), [0.25, -0.5]),
        ("INT32 weight (DECIMAL(9, 2))", Box::new(ints([25, -50])), [0.25, -0.5]),
        ("FIXED_LEN_BYTE_ARRAY(2) weight (DECIMAL(4, 2))", fixed(&[0, 25], &[0xFF, 0xCE]), [0.25, -0.5]),
        ("BYTE_ARRAY weight (DECIMAL(38, 2))", bytes(&[25], &[0xCE]), [0.25, -0.5]),
        ("FIXED_LEN_BYTE_ARRAY(2) weight (FLOAT16)", fixed(&[0x00, 0x34], &[0x00, 0xB8]), [0.25, -0.5]),
        ("INT32 weight (INTEGER(32, false))", Box::new(ints([3, -1])), [3.0, 4_294_967_295.0]),
        ("INT64 weight (INTEGER(64, true))", longs(3, -1), [3.0, -1.0]),
    ];
    for (kind, write, weights) in right {
        typed_parquet(&path, ids, kind, |c, column| if column == 2 { write(c) } else { ints([0, 1])(c) });
        let read = from_file(folder.path(), &scenario("delay_ms = 1.0")).unwrap_or_else(|e| panic!("{kind}: {e}"));
        let edges = &read.projections[0].edges.as_ref().expect("edges").edges;
        assert_eq!([edges[0].weight, edges[1].weight], weights, "{kind}");
    }
    let wrong: [(&str, Write, &str); 6] = [
        ("INT64 weight (TIMESTAMP_MICROS)", longs(1, 2), "the column weight holds time stamps, not numbers"),
        ("INT32 weight (DATE)", Box::new(ints([1, 2])), "the column weight holds dates, not numbers"),
        ("BYTE_ARRAY weight (UTF8)", bytes(b"1", b"2"), "the column weight holds text, not numbers"),
        ("BYTE_ARRAY weight", bytes(b"1", b"2"), "the column weight holds bytes or text, not numbers"),
        ("BOOLEAN weight", bools, "the column weight holds truth values (BOOLEAN), not numbers"),
        ("FLOAT weight", floats(f32::NAN, 1.0), "the weight NaN is no finite number"),
    ];
    for (kind, write, said) in wrong {
        typed_parquet(&path, ids, kind, |c, column| if column == 2 { write(c) } else { ints([0, 1])(c) });
        let message = from_file(folder.path(), &scenario("delay_ms = 1.0")).expect_err(kind).to_string();
        assert!(message.contains(said), "{kind}: {message}");
    }
    // Ids are quoted as they stand.
    let wrong: [(&str, Write, &str); 3] = [
        ("FLOAT ID", floats(0.5, 1.0), "source 0.5 is no neuron"),
        ("FLOAT ID", floats(f32::NAN, 1.0), "source NaN is no neuron"),
        ("INT64 ID", longs(9_007_199_254_740_993, 1), "source 9007199254740993 is no neuron"),
    ];
    for (kind, write, said) in wrong {
        typed_parquet(&path, kind, "FLOAT weight", |c, column| match column {
            0 => write(c),
            1 => ints([0, 1])(c),
            _ => floats(1.0, 1.0)(c),
        });
        let message = from_file(folder.path(), &scenario("delay_ms = 1.0")).expect_err(kind).to_string();
        assert!(message.contains(said), "{kind}: {message}");
    }
}

/// Files of programs that begin a text with a byte-order mark.
#[test]
fn byte_order_marks_are_passed_over_in_scenarios_lists_and_models() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("e.csv"), "\u{feff}source,target,weight,delay\n0,1,0.5,1.0\n").expect("written");
    let model = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/examples/resonate_and_fire.wgsl"))
        .expect("the example");
    std::fs::write(folder.path().join("m.wgsl"), format!("\u{feff}{model}")).expect("written");
    let resonant =
        "[[population]]\nname = \"R\"\nsize = 2\nmodel = \"m.wgsl\"\nparameters = { frequency_hz = 40.0, damping_ms = 50.0 }\n\n";
    let text = format!("\u{feff}{}{resonant}{}", populations(), projection("A", "B", "rule = \"edge_list\"\nfile = \"e.csv\""));
    let read = from_file(folder.path(), &text).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(read.projections[0].edges.as_ref().expect("edges").edges.len(), 1);
}
