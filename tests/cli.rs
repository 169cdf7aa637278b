//! Promise: bad input gets one clear sentence that says where, why and what to do, and exit code 2; nothing is lost or half-written.

use std::path::Path;
use std::process::{Command, Output};

fn spikewatt(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_spikewatt")).args(args).current_dir(folder).output().expect("the program starts")
}

fn stdout(o: &Output) -> String {
    String::from_utf8_lossy(&o.stdout).into_owned()
}

fn stderr(o: &Output) -> String {
    String::from_utf8_lossy(&o.stderr).into_owned()
}

/// Runs it, expects exit code 2, every word in the message, and no file left behind.
fn refused(args: &[&str], words: &[&str]) {
    let folder = tempfile::tempdir().expect("a folder");
    refused_in(folder.path(), args, words);
    let left: Vec<_> = std::fs::read_dir(folder.path()).expect("listed").map(|e| e.expect("an entry").file_name()).collect();
    assert!(left.is_empty(), "{args:?} left {left:?} behind");
}

fn refused_in(folder: &Path, args: &[&str], words: &[&str]) {
    let o = spikewatt(folder, args);
    let message = stderr(&o);
    assert_eq!(o.status.code(), Some(2), "{args:?}: {message}");
    for word in words {
        assert!(message.contains(word), "{args:?}: \"{word}\" is not in: {message}");
    }
    assert!(!message.contains("panicked"), "{message}");
}

#[test]
fn bad_arguments_are_refused_with_a_way_out() {
    refused(&["bench", "nonsense"], &["unknown scenario \"nonsense\"", "membrane, brunel", "microcircuit", "sheet"]);
    refused(&["bench", "microcircut"], &["did you mean \"microcircuit\"?"]);
    refused(&["bench", "missing.toml"], &["missing.toml", "no such scenario file"]);
    refused(&["bench", "membrane", "--neurons", "0"], &["--neurons 0", "at least 1"]);
    refused(&["bench", "microcircuit", "--neurons", "4"], &["population", "would be empty"]);
    refused(&["bench", "membrane", "--neurons", "999999999999"], &["too many", "268435456"]);
    refused(&["bench", "membrane", "--scale", "-1"], &["--scale -1", "above 0"]);
    refused(&["bench", "membrane", "--scale", "NaN"], &["--scale NaN", "above 0"]);
    refused(&["bench", "membrane", "--scale", "2", "--neurons", "5"], &["cannot be used with"]);
    refused(
        &["bench", "membrane", "--bio-ms", "0.25"],
        &["--bio-ms 0.25", "not a multiple of the time step", "0.1 ms", "0.2", "0.3"],
    );
    refused(&["bench", "membrane", "--bio-ms", "-5"], &["--bio-ms -5", "above 0"]);
    refused(&["bench", "--adapter", "no such adapter"], &["no adapter matches --adapter \"no such adapter\"", "there"]);
    refused(&["bench", "--adapter", "x", "--engine", "cpu"], &["contradict each other"]);
    refused(&["bench", "--watts", "-3"], &["--watts -3", "above 0"]);
    refused(&["bench", "--watts", "nan"], &["--watts NaN"]);
    refused(&["bench", "--repeat", "0"], &["--repeat", "1.."]);
    refused(&["bench", "--engine", "quantum"], &["auto, gpu, cpu"]);
    refused(&["bench", "--tune", "--engine", "cpu"], &["--tune", "--engine cpu"]);
    refused(&["bench", "brunel", "--outdegree", "10"], &["--outdegree 10", "fixed_outdegree", "fixed_indegree"]);
    refused(&["bench", "membrane", "--outdegree", "10"], &["--outdegree 10", "no synapses"]);
    refused(&["bench", "sheet", "--outdegree", "1"], &["--outdegree 1", "too few", "give more"]);
    refused(&["bench", "sheet", "--neurons", "200000000"], &["along a side of its lattice", "scale less"]);
    refused(&["frobnicate"], &["unrecognized subcommand"]);
    refused(&["plan"], &["SCENARIO"]);
    refused(&["verify", "nonsense"], &["unknown scenario"]);
    refused(&["plan", "brunel", "--scale", "500", "--engine", "cpu"], &["synapses; one projection holds at most", "scale less"]);
}

#[test]
fn an_unwritable_result_path_is_refused_before_anything_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let begin = std::time::Instant::now();
    refused_in(
        folder.path(),
        &["bench", "--json", "no/such/folder/r.json"],
        &["no/such/folder/r.json", "cannot be written", "--json"],
    );
    refused_in(folder.path(), &["bench", "--json", "."], &["this is a folder"]);
    assert!(begin.elapsed().as_secs() < 5, "it took so long that something must have run");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_reported_and_devices_are_never_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = ["bench", "brunel", "--engine", "cpu", "--scale", "0.02", "--bio-ms", "5", "--repeat", "1", "--json"];
    let o = spikewatt(folder.path(), &[&run[..], &["/dev/full"]].concat());
    assert_eq!(o.status.code(), Some(2));
    assert!(stderr(&o).contains("/dev/full") && stderr(&o).contains("No space left"), "{}", stderr(&o));
    assert!(stdout(&o).contains("brunel"), "the table is shown all the same");
    use std::os::unix::fs::FileTypeExt;
    assert!(std::fs::metadata("/dev/full").expect("there").file_type().is_char_device());
}

const GOOD: &str = r#"name = "mine"
version = 1
dt_ms = 0.1
bio_ms = 20.0

[[population]]
name = "E"
size = 200
model = "lif_psc_delta"
parameters = { tau_m_ms = 20.0, e_l_mv = 0.0, v_th_mv = 20.0, v_reset_mv = 10.0, t_ref_ms = 2.0 }
poisson = { rate_hz = 15000.0, weight_mv = 0.1 }

[[projection]]
source = "E"
target = "E"
rule = "fixed_indegree"
indegree = 20
weight_mv = 0.1
delay_ms = 1.5
"#;

/// Replaces a piece of the good scenario and expects a refusal that names file and line.
fn bad_scenario(from: &str, to: &str, line: usize, words: &[&str]) {
    assert!(GOOD.contains(from), "{from}");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("mine.toml"), GOOD.replacen(from, to, 1)).expect("written");
    let place = format!("mine.toml:{line}: ");
    refused_in(folder.path(), &["plan", "mine.toml", "--engine", "cpu"], &[&[place.as_str()], words].concat());
}

#[test]
fn a_good_scenario_file_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("mine.toml"), GOOD).expect("written");
    let o = spikewatt(folder.path(), &["bench", "mine.toml", "--engine", "cpu", "--repeat", "2"]);
    assert_eq!(o.status.code(), Some(0), "{}", stderr(&o));
    assert!(stdout(&o).contains("CPU ENGINE, NOT A GPU") && stdout(&o).contains("mine"));
}

#[test]
fn errors_in_scenario_files_name_the_line_and_what_is_allowed() {
    bad_scenario("version = 1", "version = ", 2, &[]);
    bad_scenario("dt_ms = 0.1", "dt_ms = nan", 3, &["`dt_ms`", "nan", "a finite number above 0"]);
    bad_scenario("dt_ms = 0.1", "dt_s = 0.1", 3, &["unknown key `dt_s`", "did you mean `dt_ms`?", "allowed:"]);
    bad_scenario("bio_ms = 20.0", "bio_ms = 20.05", 4, &["`bio_ms` = 20.05 is not a multiple of dt_ms = 0.1"]);
    bad_scenario("size = 200", "size = -200", 8, &["`size`", "-200", "a whole number from 1"]);
    bad_scenario("size = 200", "size = 0", 8, &["`size`", "a whole number from 1"]);
    bad_scenario("lif_psc_delta", "lif_psc_dleta", 9, &["unknown neuron model", "did you mean \"lif_psc_delta\"?"]);
    bad_scenario("tau_m_ms = 20.0", "tau_m_s = 0.02", 10, &["lacks the key `tau_m_ms`"]);
    bad_scenario("tau_m_ms = 20.0", "tau_m_ms = 0.0", 10, &["`tau_m_ms`", "above 0"]);
    bad_scenario("v_reset_mv = 10.0", "v_reset_mv = 30.0", 10, &["`v_reset_mv` = 30", "below `v_th_mv` = 20"]);
    bad_scenario("t_ref_ms = 2.0", "t_ref_ms = inf", 10, &["`t_ref_ms`", "inf", "finite"]);
    bad_scenario("weight_mv = 0.1 }", "weight_pa = 0.1 }", 11, &["lacks the key `weight_mv`"]);
    bad_scenario("rate_hz = 15000.0", "rate_hz = -1.0", 11, &["`rate_hz`", "at least 0"]);
    bad_scenario("source = \"E\"", "source = \"X\"", 14, &["\"X\" is no population", "there are: E"]);
    bad_scenario("fixed_indegree", "random_outdegree", 16, &["unknown connectivity rule", "fixed_total_number", "all_to_all"]);
    bad_scenario("indegree = 20", "indegree = 2.5", 17, &["`indegree`", "a whole number from 0"]);
    bad_scenario(
        "weight_mv = 0.1\n",
        "weight_mv = { distribution = \"normal\", mean = 1.0, sd = 0.0 }\n",
        18,
        &["`sd`", "above 0"],
    );
    bad_scenario(
        "weight_mv = 0.1\n",
        "weight_mv = { distribution = \"cauchy\" }\n",
        18,
        &["unknown distribution \"cauchy\"", "normal", "uniform"],
    );
    bad_scenario("delay_ms = 1.5", "delay_ms = 0.05", 19, &["`delay_ms` = 0.05", "at least one step"]);
    bad_scenario("delay_ms = 1.5", "delay_ms = -1.0", 19, &["`delay_ms`", "above 0"]);
    bad_scenario("delay_ms = 1.5", "delay_ms = 999.0", 19, &["over 4096 steps"]);
    bad_scenario(
        "[[projection]]",
        "[[population]]\nname = \"E\"\nsize = 1\nmodel = \"lif_psc_delta\"\nparameters = { tau_m_ms = 20.0, e_l_mv = 0.0, v_th_mv = 20.0, v_reset_mv = 10.0, t_ref_ms = 2.0 }\n\n[[projection]]",
        14,
        &["two populations named \"E\""],
    );
    bad_scenario("name = \"mine\"", "name = \"mine\"\ncolour = 3", 2, &["unknown key `colour`"]);
}

#[test]
fn one_to_one_between_unequal_populations_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let second = GOOD.replacen("[[projection]]", "[[population]]\nname = \"I\"\nsize = 7\nmodel = \"lif_psc_delta\"\nparameters = { tau_m_ms = 20.0, e_l_mv = 0.0, v_th_mv = 20.0, v_reset_mv = 10.0, t_ref_ms = 2.0 }\n\n[[projection]]", 1);
    let text = second
        .replace("target = \"E\"", "target = \"I\"")
        .replace("rule = \"fixed_indegree\"\nindegree = 20", "rule = \"one_to_one\"");
    std::fs::write(folder.path().join("mine.toml"), text).expect("written");
    refused_in(folder.path(), &["plan", "mine.toml"], &["one_to_one needs populations of the same size, not 200 and 7"]);
}

#[test]
fn a_file_that_is_no_text_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("x.toml"), [0xff, 0xfe, 0x00]).expect("written");
    refused_in(folder.path(), &["plan", "x.toml"], &["x.toml", "UTF-8"]);
    std::fs::create_dir(folder.path().join("y.toml")).expect("created");
    refused_in(folder.path(), &["plan", "y.toml"], &["y.toml", "cannot read"]);
}

#[test]
fn listings_name_every_scenario_adapter_and_meter() {
    let folder = tempfile::tempdir().expect("a folder");
    let list = stdout(&spikewatt(folder.path(), &["list"]));
    for name in ["membrane", "brunel", "microcircuit", "microcircuit:dc"] {
        assert!(list.lines().any(|l| l.split_whitespace().next() == Some(name)), "{list}");
    }
    let adapters = stdout(&spikewatt(folder.path(), &["adapters"]));
    for word in ["driver", "limits", "built-in CPU engine", "NVIDIA GPU (NVML)", "CPU package (RAPL)", "--watts"] {
        assert!(adapters.contains(word), "{word}: {adapters}");
    }
    let plan = stdout(&spikewatt(folder.path(), &["plan", "microcircuit"]));
    for word in ["77,169 neurons, 298,880,968 synapses", "bytes per synapse", "delays"] {
        assert!(plan.contains(word), "{word}: {plan}");
    }
}

#[test]
fn verify_prints_equal_checksums() {
    let folder = tempfile::tempdir().expect("a folder");
    for engine in ["auto", "cpu"] {
        let o = spikewatt(folder.path(), &["verify", "brunel", "--scale", "0.1", "--bio-ms", "40", "--engine", engine]);
        assert_eq!(o.status.code(), Some(0), "{}", stderr(&o));
        assert!(stdout(&o).contains("EQUAL") && stdout(&o).contains("bit for bit"), "{}", stdout(&o));
    }
}

/// With every graphics driver hidden, the CPU engine does the work and says so; asking for a GPU is an error that helps.
#[test]
#[cfg(target_os = "linux")]
fn without_any_adapter_the_cpu_engine_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let hidden = |args: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_spikewatt"))
            .args(args)
            .current_dir(folder.path())
            .env("VK_DRIVER_FILES", "/nonexistent")
            .env("VK_ICD_FILENAMES", "/nonexistent")
            .env("__EGL_VENDOR_LIBRARY_FILENAMES", "/nonexistent")
            .output()
            .expect("the program starts")
    };
    let o = hidden(&["bench", "brunel", "--scale", "0.05", "--bio-ms", "10", "--repeat", "1"]);
    assert_eq!(o.status.code(), Some(0), "{}", stderr(&o));
    assert!(stdout(&o).contains("no graphics adapter was found, so the built-in CPU engine runs"), "{}", stdout(&o));
    assert!(stdout(&o).contains("CPU ENGINE, NOT A GPU"));
    let o = hidden(&["bench", "--engine", "gpu"]);
    assert_eq!(o.status.code(), Some(2));
    assert!(stderr(&o).contains("mesa-vulkan-drivers") && stderr(&o).contains("--engine cpu"), "{}", stderr(&o));
}

#[test]
fn further_errors_in_scenario_files_are_named_too() {
    bad_scenario("name = \"mine\"", "name = \"a b\"", 1, &["`name` must be letters"]);
    bad_scenario("version = 1", "version = 0", 2, &["`version`", "a whole number from 1"]);
    bad_scenario("dt_ms = 0.1", "dt_ms = 20.0", 3, &["`dt_ms` must be from 0.001 to 10"]);
    bad_scenario("dt_ms = 0.1", "dt_ms = \"fast\"", 3, &["`dt_ms`", "fast"]);
    bad_scenario("name = \"E\"", "name = 3", 7, &["`name`", "a text in quotes"]);
    bad_scenario("indegree = 20", "indegree = 20\nautapses = 1", 18, &["unknown key `autapses`"]);
    bad_scenario(
        "rule = \"fixed_indegree\"\nindegree = 20",
        "rule = \"all_to_all\"\nautapses = 1",
        17,
        &["`autapses`", "true or false"],
    );
    bad_scenario(
        "rule = \"fixed_indegree\"\nindegree = 20",
        "rule = \"pairwise_bernoulli\"\nprobability = 1.5",
        17,
        &["from 0 to 1"],
    );
    let normal = |rest: &str| format!("weight_mv = {{ distribution = \"normal\", mean = 1.0, sd = 0.1, {rest} }}\n");
    bad_scenario("weight_mv = 0.1\n", &normal("min = 2.0, max = 1.0"), 18, &["`min` must be below `max`"]);
    bad_scenario("weight_mv = 0.1\n", &normal("min = 9.0"), 18, &["more than 6 sd"]);
    bad_scenario("weight_mv = 0.1\n", &normal("outside = \"wrap\""), 18, &["\"redraw\" or \"clip\""]);
    bad_scenario("weight_mv = 0.1\n", "weight_mv = true\n", 18, &["give a number,"]);
    bad_scenario("poisson = {", "poisson = 3 #", 11, &["`poisson`", "a table"]);
}

/// Errors that show only when the network is built have no line, but name the population or projection.
#[test]
fn networks_that_cannot_be_built_are_refused() {
    let cases: [(&str, String, &[&str]); 6] = [
        ("mine.toml", "name = \"x\"\nversion = 1\n".into(), &["at least one [[population]] of neurons"]),
        ("mine.toml", GOOD.replace("rate_hz = 15000.0", "rate_hz = 9e9"), &["population \"E\"", "over the limit of 256"]),
        ("mine.toml:dc", GOOD.into(), &["has no variant \"dc\""]),
        ("mine.toml:dc", format!("{GOOD}\n[variant.dc]\ndrive = \"magic\"\n"), &["unknown drive \"magic\"", "mean_current"]),
        (
            "mine.toml",
            GOOD.replace("delay_ms = 1.5", "delay_ms = { distribution = \"normal\", mean = 300.0, sd = 300.0 }"),
            &["delays reach over 4096 steps"],
        ),
        (
            "mine.toml",
            GOOD.replace("lif_psc_delta", "lif_psc_exp")
                .replace("t_ref_ms = 2.0", "t_ref_ms = 2.0, c_m_pf = 250.0, tau_syn_ex_ms = 0.5, tau_syn_in_ms = 2.0")
                .replace("weight_mv = 0.1 }", "weight_pa = 80.0 }")
                .replace("weight_mv = 0.1\n", "weight_pa = { distribution = \"uniform\", min = -1.0, max = 1.0 }\n"),
            &["weights of both signs reach a model"],
        ),
    ];
    for (name, text, words) in cases {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("mine.toml"), text).expect("written");
        refused_in(folder.path(), &["plan", name, "--engine", "cpu"], words);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let dense = GOOD.replace("rule = \"fixed_indegree\"\nindegree = 20", "rule = \"pairwise_bernoulli\"\nprobability = 0.5");
    std::fs::write(folder.path().join("mine.toml"), dense).expect("written");
    refused_in(folder.path(), &["plan", "mine.toml", "--scale", "0.1"], &["connection probability of 5.000", "scale less"]);
}

#[test]
fn errors_in_sheets_name_the_line_and_what_is_allowed() {
    let sheet = GOOD
        .replace("bio_ms = 20.0", "bio_ms = 20.0\nsheet = { side_mm = 1.0 }")
        .replace("size = 200", "size = 196")
        .replace(
            "rule = \"fixed_indegree\"\nindegree = 20",
            "rule = \"fixed_outdegree\"\noutdegree = 20\nprofile = { kind = \"gaussian\", length_mm = 0.1 }\nvelocity_mm_per_ms = 0.3",
        );
    let folder = tempfile::tempdir().expect("a folder");
    let plan = ["plan", "mine.toml", "--engine", "cpu"];
    let write = |text: &str| std::fs::write(folder.path().join("mine.toml"), text).expect("written");
    write(&sheet);
    let o = spikewatt(folder.path(), &plan);
    assert_eq!(o.status.code(), Some(0), "{}", stderr(&o));
    for (from, to, words) in [
        ("size = 196", "size = 200", &["mine.toml:9: ", "no square number", "try 196"][..]),
        ("sheet = { side_mm = 1.0 }\n", "", &["mine.toml:18: ", "needs a [sheet]"]),
        ("side_mm = 1.0", "side_mm = 0.0", &["mine.toml:5: ", "`side_mm`", "above 0"]),
        ("\"gaussian\"", "\"boxcar\"", &["mine.toml:19: ", "unknown profile \"boxcar\"", "gaussian, exponential"]),
        ("velocity_mm_per_ms = 0.3", "velocity_mm_per_ms = 0.0001", &["mine.toml:20: ", "over 4096 steps"]),
        (
            "delay_ms = 1.5",
            "delay_ms = { distribution = \"uniform\", min = 1.0, max = 2.0 }",
            &["mine.toml:22: ", "must be one number"],
        ),
    ] {
        assert!(sheet.contains(from), "{from}");
        write(&sheet.replacen(from, to, 1));
        refused_in(folder.path(), &plan, words);
    }
}

#[test]
fn trials_are_explained_and_remembered() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |args: &[&str]| {
        let o = Command::new(env!("CARGO_BIN_EXE_spikewatt"))
            .args(args)
            .env("XDG_CACHE_HOME", folder.path())
            .current_dir(folder.path())
            .output()
            .expect("the program starts");
        assert_eq!(o.status.code(), Some(0), "{args:?}: {}", stderr(&o));
        stdout(&o)
    };
    let cache = folder.path().join("spikewatt").join("tuning.json");
    let network = ["brunel", "--scale", "0.04"];
    let text = run(&[&["plan"], &network[..], &["--explain"]].concat());
    assert!(text.contains("procedural push") && text.contains("one dispatch per batch") && text.contains("cost model"), "{text}");
    assert!(!cache.exists(), "explaining tries nothing");
    let text = run(&[&["plan"], &network[..], &["--tune"]].concat());
    assert!(text.contains("has been remembered"), "{text}");
    let winner =
        text.lines().find(|l| l.starts_with("| *")).expect("a winner").split('|').nth(2).expect("its name").trim().to_owned();
    assert!(cache.exists());
    let text = run(&[&["plan"], &network[..], &["--explain"]].concat());
    assert!(text.contains("earlier trials") && text.contains(&format!("| * | {winner}")), "{text}");
    // The plan that runs is the remembered one, and a cache nobody can read is as good as none.
    let bench = [&["bench"], &network[..], &["--bio-ms", "5", "--repeat", "1", "--passes"]].concat();
    let text = run(&bench);
    assert!(text.contains(&winner) && text.contains("dispatches") && text.contains("update"), "{text}");
    std::fs::write(&cache, "no JSON").expect("written");
    run(&bench);
}

#[test]
fn simulate_and_analyse_refuse_in_words() {
    let simulate = |more: &[&str], words: &[&str]| refused(&[&["simulate", "brunel", "--engine", "cpu"], more].concat(), words);
    simulate(&["--out", "x.txt"], &["x.txt", ".parquet", ".csv", ".npz", ".dat"]);
    simulate(&["--out", "no/such/folder/x.csv"], &["no/such/folder/x.csv", "No such file or directory"]);
    simulate(&["--record", "currents"], &["--record currents", "say spikes, spikes:POPULATION"]);
    simulate(&["--record", "v:E:10000"], &["--record v:E:10000", "neurons 0 to 9999"]);
    simulate(&["--record", "spikes:X"], &["no population \"X\"", "there are E, I"]);
    simulate(&["--record", "v:E:0", "--interval-ms", "0.25"], &["--interval-ms 0.25", "multiple of the time step, 0.1 ms"]);
    simulate(&["--transient-ms", "-1"], &["--transient-ms -1", "0 or a multiple"]);
    simulate(&["--weights", "w.csv"], &["--weights w.csv", "no projection with `stdp`"]);
    refused(&["simulate", "celegans", "--scale", "2"], &["celegans cannot be scaled", "edge list"]);
    refused(
        &["simulate", "celegans", "--synapses", "procedural", "--engine", "cpu"],
        &["--synapses procedural", "must be stored"],
    );
    refused(&["analyse", "missing.parquet"], &["missing.parquet", "No such file or directory"]);
    refused(&["analyse", "x.txt"], &["x.txt", ".parquet"]);

    let folder = tempfile::tempdir().expect("a folder");
    let in_folder = |args: &[&str], words: &[&str]| refused_in(folder.path(), args, words);
    std::fs::write(folder.path().join("other.csv"), "a,b\n1,2\n").expect("written");
    in_folder(&["analyse", "other.csv"], &["other.csv", "no columns `time_ms` and `neuron`"]);
    std::fs::write(folder.path().join("broken.parquet"), "PAR1").expect("written");
    in_folder(&["analyse", "broken.parquet"], &["broken.parquet"]);
    std::fs::write(folder.path().join("broken.npz"), "PK").expect("written");
    in_folder(&["analyse", "broken.npz"], &["broken.npz"]);
    let made = spikewatt(
        folder.path(),
        &["simulate", "cuba", "--bio-ms", "20", "--transient-ms", "0", "--engine", "cpu", "--out", "c.csv"],
    );
    assert!(made.status.success(), "{}", stderr(&made));
    in_folder(&["analyse", "c.csv", "--from-ms", "30"], &["c.csv: from 30 to 20 ms", "goes from 0 to 20 ms"]);
    // The files of a scenario lie beside it.
    std::fs::write(
        folder.path().join("mine.toml"),
        "name = \"mine\"\nversion = 1\n[[population]]\nname = \"N\"\nsize = 3\nmodel = \"gone.wgsl\"\n",
    )
    .expect("written");
    in_folder(&["simulate", "mine.toml"], &["gone.wgsl", "no such neuron model"]);
}

/// Every example there is can be measured, as its documents say.
#[test]
fn every_example_can_be_measured() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut seen = 0;
    for entry in std::fs::read_dir("assets/examples").expect("examples") {
        let path = std::fs::canonicalize(entry.expect("an entry").path()).expect("a path");
        if path.extension().is_none_or(|e| e != "toml") {
            continue;
        }
        seen += 1;
        let path = path.display().to_string();
        let o = spikewatt(folder.path(), &["bench", &path, "--bio-ms", "10", "--repeat", "1", "--quiet"]);
        assert!(o.status.success(), "{path}: {}", stderr(&o));
    }
    assert!(seen >= 4, "{seen} examples");
}

/// What the environment tells is input, too.
#[test]
fn wrong_words_of_the_environment_are_refused() {
    let said = |name: &str, value: &str| {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = Command::new(env!("CARGO_BIN_EXE_spikewatt"));
        let o = command.args(["bench", "brunel"]).env(name, value).current_dir(&folder).output().expect("the program starts");
        assert_eq!(o.status.code(), Some(2), "{name}={value}: {}", stderr(&o));
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 0, "{name}={value}: something was written");
        stderr(&o)
    };
    for wrong in ["soon", "0", "-3"] {
        let said = said("SPIKEWATT_PATIENCE_S", wrong);
        assert!(said.contains(&format!("SPIKEWATT_PATIENCE_S={wrong}: give a whole number of seconds above 0")), "{said}");
    }
    // Four of a program that cannot share a network would each run all of it.
    if cfg!(not(feature = "mpi")) {
        let said = said("OMPI_COMM_WORLD_SIZE", "4");
        assert!(said.contains("4 processes were started together") && said.contains("--features mpi"), "{said}");
    }
}
