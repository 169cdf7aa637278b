//! Promise: a result can be read and shared: pages that ask for nothing from elsewhere, text to paste, rows, figures, what other programs read;
//! and numbers that cannot be are refused.

#[path = "common/results.rs"]
mod results;

use std::path::{Path, PathBuf};

use results::{KEPT, newest, run, said, write};
use spikewatt::report::figures::{self, Named};
use spikewatt::report::{Figure, all_figures, of_run};
use spikewatt::result::{Agreement, RunResult, SCHEMA_VERSION, StatisticAgreement, read};

fn kept() -> Vec<PathBuf> {
    let all: Vec<PathBuf> = std::fs::read_dir(KEPT).expect("kept results").map(|e| e.expect("an entry").path()).collect();
    assert!(all.len() >= 2);
    all
}

#[test]
fn every_kept_result_makes_a_page_that_asks_for_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    for path in kept() {
        let text = path.display().to_string();
        let output = run(folder.path(), &["report", &text, "-o", "page.html"]);
        assert!(output.status.success(), "{}", said(&output));
        let page = std::fs::read_to_string(folder.path().join("page.html")).expect("a page");
        assert!(page.len() < 1_500_000, "{} bytes", page.len());
        for asks in ["src=", "<script", "@import", "url(", "<iframe"] {
            assert!(!page.contains(asks), "{text}: the page has {asks}");
        }
        assert_eq!(page.matches("href=").count(), page.matches("href=\"data:").count(), "{text}");
        // What goes wrong in a template shows as one of these.
        assert!(!page.contains("undefined") && !page.contains("NaN") && !page.contains("{{"), "{text}");
        for part in
            ["<html lang=\"en\">", "prefers-color-scheme:dark", "@media print", "Content-Security-Policy", "The result as JSON"]
        {
            assert!(page.contains(part), "{text}: {part} is missing");
        }
        let headings: Vec<&str> =
            page.match_indices("<h2 id=\"").map(|(at, _)| page[at + 8..].split('"').next().unwrap_or("")).collect();
        let order = [
            "verdict",
            "race",
            "workloads",
            "ladder",
            "power",
            "throughput",
            "time",
            "activity",
            "machine",
            "budget",
            "seeds",
            "claims",
            "method",
            "data",
        ];
        let expected: Vec<&str> = order.into_iter().filter(|id| headings.contains(id)).collect();
        assert_eq!(headings, expected, "{text}: parts stand in another order");
        for always in ["verdict", "race", "workloads", "ladder", "power", "machine", "method", "data"] {
            assert!(headings.contains(&always), "{text}: {always} is missing");
        }
    }
}

/// What assistive software reads of a figure, and what a drawing needs to be one.
fn check(figure: &Figure) {
    let svg = figure.svg();
    let document = roxmltree::Document::parse(&svg).unwrap_or_else(|e| panic!("{}: {e}", figure.id));
    let root = document.root_element();
    let ids: Vec<&str> = root.attribute("aria-labelledby").expect("names").split(' ').collect();
    for id in &ids {
        let named = root.children().find(|n| n.attribute("id") == Some(id)).unwrap_or_else(|| panic!("{}: no {id}", figure.id));
        assert!(named.text().is_some_and(|t| t.len() > 5), "{}: {id} is empty", figure.id);
    }
    let marks: Vec<_> = document.descendants().filter(|n| n.attribute("class") == Some("mark")).collect();
    // A picture hides what is in it from those who cannot see it.
    assert_eq!(root.attribute("role"), Some(if marks.is_empty() { "img" } else { "group" }), "{}", figure.id);
    for mark in marks {
        assert_eq!(mark.attribute("tabindex"), Some("0"), "{}", figure.id);
        assert!(
            mark.attribute("aria-label").is_some_and(|l| l.chars().any(|c| c.is_ascii_digit())),
            "{}: a mark without numbers",
            figure.id
        );
    }
    assert!(!figure.table.rows.is_empty(), "{} has no table", figure.id);
    assert!(figure.table.rows.iter().all(|r| r.len() == figure.table.head.len()), "{}: ragged table", figure.id);
    // Nothing is drawn far outside, and no number is none.
    let [width, height] = ["width", "height"].map(|a| root.attribute(a).and_then(|v| v.parse::<f64>().ok()).expect("a size"));
    for node in document.descendants() {
        for (attribute, most) in [("x", width), ("x1", width), ("x2", width), ("y", height), ("y1", height), ("y2", height)] {
            if let Some(text) = node.attribute(attribute) {
                let value: f64 = text.parse().unwrap_or_else(|_| panic!("{}: {attribute}={text}", figure.id));
                assert!(value.is_finite() && (-20.0..=most + 20.0).contains(&value), "{}: {attribute}={text}", figure.id);
            }
        }
        assert!(node.attribute("d").is_none_or(|d| !d.contains("NaN") && !d.contains("inf")), "{}", figure.id);
    }
}

#[test]
fn figures_are_whole_for_full_results_and_for_poor_ones() {
    let full = newest();
    let all = all_figures(&full);
    let ids: Vec<&str> = all.iter().map(|f| f.id.as_str()).collect();
    for id in ["race", "ladder", "power", "throughput", "passes", "raster-brunel", "rates-microcircuit", "active-brunel"] {
        assert!(ids.contains(&id), "{id} is missing among {ids:?}");
    }
    all.iter().for_each(check);
    // No joules, no activity, no workload: still a page, and no zero where nothing was measured.
    let mut poor = full.clone();
    for w in &mut poor.workloads {
        w.energy = spikewatt::result::Energy::missing("no meter");
        (w.brain, w.activity, w.passes) = (None, None, Vec::new());
        (w.spikes, w.synaptic_events) = (0, 0);
    }
    poor.meter = spikewatt::result::Meter::none("no meter");
    all_figures(&poor).iter().for_each(check);
    poor.workloads.clear();
    all_figures(&poor).iter().for_each(check);
    // Legal extremes: one repetition, powers and times far apart.
    let mut odd = full;
    odd.workloads[0].wall_s = vec![1e-9];
    odd.workloads[0].realtime_factor = 1e6;
    odd.workloads[0].energy.gross_j_per_synaptic_event.value = Some(1e3);
    all_figures(&odd).iter().for_each(check);
}

#[test]
fn the_race_tells_what_it_compares() {
    let result = newest();
    let figures = all_figures(&result);
    let race = figures.iter().find(|f| f.id == "race").expect("the race");
    // A network at a tenth of its size is no entry in the race, whatever its meter sees.
    assert!(race.description.contains("hollow"), "{}", race.description);
    assert!(race.table.rows.iter().any(|r| r[0].contains("GeNN, RTX 4090")), "published systems are missing");
    let ladder = figures.iter().find(|f| f.id == "ladder").expect("the ladder");
    let joules = |w: &str| ladder.table.rows.iter().position(|r| r[0].starts_with(w)).unwrap_or_else(|| panic!("no {w}"));
    assert!(
        joules("erasing a bit") < joules("brain, synaptic event") && joules("brain, synaptic event") < joules("brain, spike")
    );
}

#[test]
fn neurobenchs_words_are_those_of_the_result() {
    let result = newest();
    let rows = spikewatt::report::tables::neurobench(&result);
    let (w, row) = (&result.workloads[0], &rows.rows[0]);
    let plain = |text: &str| text.replace(',', "");
    assert_eq!((plain(&row[1]), plain(&row[2])), (w.synaptic_events.to_string(), w.updates.to_string()));
    assert_eq!(row[3], format!("{:.4}", 1.0 - w.spikes as f64 / w.updates as f64));
    assert_eq!(row[4], format!("{:.4}", 1.0 - w.synapses as f64 / (w.neurons as f64 * w.neurons as f64)));
    let dynamic = w.energy.power_w.value.expect("watts") - result.meter.idle_power_w.value.expect("watts");
    assert_eq!(row[9], spikewatt::report::format::si(dynamic, "W"));
    // Idle as it is, idle with the network loaded, and active stand beside it.
    assert_eq!((rows.head[6].as_str(), rows.head[7].as_str(), row[7].as_str()), ("idle", "idle, loaded", "not measured"));
}

/// Seeds, their spread and whether a result may stand beside others, on the page and in its words.
#[test]
fn seeds_and_the_recipe_are_told() {
    let mut result = read(&Path::new(KEPT).join("version-6.json")).expect("a result");
    let w = &mut result.workloads[0];
    assert_eq!(w.realisations.iter().map(|r| r.seed).collect::<Vec<_>>(), [1, 2, 3]);
    let statistic = |population: &str, ks: f64| StatisticAgreement {
        population: population.into(),
        statistic: "rate, Hz".into(),
        mean: 4.37,
        reference_mean: 4.41,
        ks,
        ks_between_seeds: 0.011,
        ks_limit: 0.025,
        agrees: ks <= 0.025,
    };
    let page = |result: &RunResult| of_run(result, &|_| String::new(), "{}").markdown();
    let text = page(&result);
    for words in ["is not admissible for the race", "3 of 10 seeds were measured", "sd between seeds", "sd of measuring"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let w = &mut result.workloads[0];
    let joules = w.spreads.as_ref().and_then(|s| s.gross_j_per_synaptic_event.clone()).expect("joules");
    assert!(text.contains(&spikewatt::report::format::si(joules.mean, "J")));
    // A recorded run beside the reference's: what is too far is marked.
    let statistics = vec![statistic("L4E", 0.012), statistic("L6I", 0.3)];
    let accuracy = Agreement { reference: "NEST".into(), bio_ms: 10_000.0, agrees: false, statistics };
    w.admission.as_mut().expect("a recipe").accuracy = Some(accuracy);
    let text = page(&result).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("| L4E | rate, Hz | 4.37 | 4.41 | 0.0120 | 0.0110 | 0.0250 |"), "{text}");
    assert!(text.contains("0.3000 (!)"), "{text}");
    // Admissible, and so filled on the chart of the field.
    let a = result.workloads[0].admission.as_mut().expect("a recipe");
    (a.admissible, a.why_not) = (true, Vec::new());
    assert!(page(&result).contains("is admissible for the race"));
    let race = |result: &RunResult| figures::race(&[Named { name: "own", result }]).inline();
    assert!(!race(&result).contains("own hollow"));
    result.workloads[0].admission.as_mut().expect("a recipe").admissible = false;
    assert!(race(&result).contains("own hollow"));
    // The phases of the file are the new ones too.
    let power = figures::power(&result).expect("a trace").inline();
    assert!(["phase-loaded-idle", "phase-cool-down"].iter().all(|p| power.contains(p)), "{power}");
    assert!(spikewatt::report::figures::passes(&result).expect("passes").table.csv().expect("rows").contains("of a copy"));
}

#[test]
fn text_and_rows_hold_the_figures_of_the_result() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = write(folder.path(), "a.json", &newest());
    let output = run(folder.path(), &["report", &file, "--format", "markdown", "-o", "-"]);
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(text.starts_with("**") && text.contains("| workload") && text.contains("microcircuit"), "{text}");
    let output = run(folder.path(), &["report", &file, "--format", "csv", "-o", "-"]);
    let mut rows = csv::Reader::from_reader(&output.stdout[..]);
    let records: Vec<csv::StringRecord> = rows.records().map(|r| r.expect("a row")).collect();
    let of = |workload: &str, metric: &str| -> Vec<f64> {
        let chosen = records.iter().filter(|r| &r[4] == workload && &r[7] == metric);
        chosen.map(|r| r[10].parse().expect("a number")).collect()
    };
    for w in &newest().workloads {
        assert_eq!(of(&w.scenario, "wall"), w.wall_s, "{}", w.scenario);
        assert_eq!(of(&w.scenario, "realtime_factor"), [w.realtime_factor]);
        assert_eq!(of(&w.scenario, "gross"), w.energy.gross_j.value.into_iter().collect::<Vec<_>>());
    }
    // What a spreadsheet would compute is quoted.
    let mut result = newest();
    result.machine.cpu = "=HYPERLINK(\"a\")".into();
    let file = write(folder.path(), "b.json", &result);
    let output = run(folder.path(), &["report", &file, "--format", "csv", "-o", "-"]);
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(text.contains("\"'=HYPERLINK(\"\"a\"\")\""), "{}", &text[..400]);
    let file = write(folder.path(), "a.json", &newest());
    let output = run(folder.path(), &["report", &file, "--format", "svg"]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(folder.path().join("a.figures/race.svg").is_file());
}

#[test]
fn wrong_files_are_refused_in_a_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let good = write(folder.path(), "good.json", &newest());
    let whole = std::fs::read_to_string(&good).expect("a text");
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("writes");
    put("half.json", &whole[..whole.len() / 2]);
    put("future.json", &whole.replacen(&format!("\"schema_version\":{SCHEMA_VERSION}"), "\"schema_version\":99", 1));
    put("no.json", "not JSON at all");
    put("other.json", "{\"a\": 1}");
    std::fs::create_dir(folder.path().join("empty")).expect("a folder");
    for (arguments, word) in [
        #[cfg(unix)]
        (vec!["report", "/dev/zero"], "more than 256 MiB"),
        (vec!["report", "half.json"], "half.json"),
        (vec!["report", "future.json"], "newer"),
        (vec!["report", "no.json"], "no JSON"),
        (vec!["report", "other.json"], "schema_version"),
        (vec!["report", "missing.json"], "cannot be read"),
        (vec!["report", "good.json", "-o", "good.json"], "replace what is read"),
        (vec!["report", "good.json", "-o", "nowhere/page.html"], "another place"),
        (vec!["report", "good.json", "-o", "empty"], "folder"),
        (vec!["report", "good.json", "--format", "svg", "-o", "-"], "folder"),
        (vec!["compare", "empty"], "no result files"),
        (vec!["compare", "good.json"], "at least two"),
        (vec!["compare", "good.json", "half.json"], "half.json"),
        (vec!["compare", "good.json", "good.json", "--html", "nowhere/page.html"], "another place"),
        (vec!["compare", "nothing*.json"], "no file fits"),
        (vec!["compare", "good.json", "good.json", "--fail-if-slower", "often"], "share"),
    ] {
        let output = run(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", said(&output));
        assert!(said(&output).contains(word), "{arguments:?}: {}", said(&output));
    }
    let left: Vec<_> = std::fs::read_dir(folder.path()).expect("a folder").map(|e| e.expect("an entry").file_name()).collect();
    assert!(left.len() == 6, "something half-written is left: {left:?}");
}

#[test]
fn other_programs_get_what_they_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut result = newest();
    result.outcomes[1].ending = spikewatt::result::Ending::Failed;
    result.outcomes[1].reason = Some("it broke <here> & \"there\"".into());
    let file = write(folder.path(), "a.json", &result);
    let of = |format: &str| {
        String::from_utf8(run(folder.path(), &["report", &file, "--format", format, "-o", "-"]).stdout).expect("text")
    };
    let junit = of("junit");
    let document = roxmltree::Document::parse(&junit).expect("XML");
    let cases: Vec<_> = document.descendants().filter(|n| n.has_tag_name("testcase")).collect();
    assert_eq!(cases.len(), result.outcomes.len());
    let failure = document.descendants().find(|n| n.has_tag_name("failure")).expect("a failure");
    assert_eq!(failure.attribute("message"), result.outcomes[1].reason.as_deref());
    assert_eq!(document.descendants().find(|n| n.has_tag_name("testsuite")).expect("a suite").attribute("failures"), Some("1"));
    let github: serde_json::Value = serde_json::from_str(&of("github")).expect("JSON");
    let of_name =
        |name: &str| github.as_array().expect("an array").iter().find(|b| b["name"] == name).expect(name)["value"].as_f64();
    assert_eq!(of_name("microcircuit: real-time factor"), Some(result.workloads[0].realtime_factor));
    let text = of("prometheus");
    assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "ends with one newline");
    for line in text.lines().filter(|l| !l.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').expect("a value");
        assert!(
            name.starts_with("spikewatt_") && name.ends_with('}') && value.parse::<f64>().is_ok_and(f64::is_finite),
            "{line}"
        );
    }
    let joules = result.workloads[0].energy.gross_j_per_synaptic_event.value.expect("joules");
    assert!(
        text.lines().any(|l| l.starts_with("spikewatt_joules_per_synaptic_event{run=\"0\",workload=\"microcircuit\"")
            && l.ends_with(&format!(" {joules}"))),
        "{text}"
    );
}

#[test]
fn the_doctor_says_what_works() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = run(folder.path(), &["doctor"]);
    assert!(output.status.success(), "{}", said(&output));
    for word in ["adapter", "meter", "memory", "folder", "The CPU engine always runs"] {
        assert!(said(&output).contains(word), "{word}: {}", said(&output));
    }
}

#[test]
fn events_are_lines_of_json_while_it_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let small =
        ["bench", "cuba", "celegans", "--engine", "cpu", "--bio-ms", "10", "--repeat", "2", "--watts", "20", "--json", "a.json"];
    let output = run(folder.path(), &[&small[..], &["--events", "-"]].concat());
    assert!(output.status.success(), "{}", said(&output));
    let text = String::from_utf8(output.stdout).expect("text");
    let lines: Vec<serde_json::Value> =
        text.lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{l}: {e}"))).collect();
    let of = |event: &str| lines.iter().filter(|l| l["event"] == event).count();
    assert_eq!((of("begin"), of("measured"), of("end"), of("done")), (2, 2, 2, 1), "{text}");
    assert!(lines.windows(2).all(|l| l[0]["t_s"].as_f64() <= l[1]["t_s"].as_f64()), "times go on");
    let result = read(&folder.path().join("a.json")).expect("a result");
    let told = lines.iter().find(|l| l["event"] == "measured" && l["workload"] == "cuba").expect("cuba");
    assert_eq!(told["spike_checksum"], result.workloads[0].spike_checksum);
    // Standard output takes one thing, and what cannot be written is known before anything runs.
    let output = run(folder.path(), &["bench", "cuba", "--events", "-", "--json", "-"]);
    assert!(output.status.code() == Some(2) && said(&output).contains("standard output"), "{}", said(&output));
    let output = run(folder.path(), &["bench", "cuba", "--events", "nowhere/x", "--json", "b.json"]);
    assert!(output.status.code() == Some(2) && !folder.path().join("b.json").exists(), "{}", said(&output));
    // Text to paste, and a page at once.
    let output = run(folder.path(), &[&small[..], &["--markdown", "--html", "page.html"]].concat());
    assert!(output.status.success() && said(&output).contains("| workload "), "{}", said(&output));
    assert!(std::fs::read_to_string(folder.path().join("page.html")).expect("a page").contains("celegans"));
}

#[test]
fn numbers_that_cannot_be_are_refused_and_not_drawn() {
    let folder = tempfile::tempdir().expect("a folder");
    type Change = fn(&mut RunResult);
    let changes: [Change; 16] = [
        |r| r.workloads[0].realtime_factor = 0.0,
        |r| r.workloads[0].realtime_factor = -3.0,
        |r| r.workloads[0].realtime_factor = 1e-300,
        |r| r.workloads[0].bio_ms = 0.0,
        |r| r.workloads[0].dt_ms = 5e-320,
        |r| r.workloads[0].neurons = u64::MAX,
        |r| r.workloads[0].wall_s[0] = -1.0,
        |r| r.workloads[0].passes[0].seconds = 1e308,
        |r| r.workloads[0].energy.gross_j_per_spike.value = Some(1e308),
        |r| r.workloads[0].energy.gross_j.ci95 = Some([9.0, 1.0]),
        |r| r.workloads[0].energy.relative_u95 = Some(-5.0),
        |r| r.workloads[0].activity.as_mut().expect("activity").active[0].window_ms = 0.0,
        |r| r.workloads[0].activity.as_mut().expect("activity").raster.as_mut().expect("a raster").rows = vec![0],
        |r| r.meter.power.as_mut().expect("a trace").power_w.truncate(1),
        |r| r.workloads[0].scenario = "two\nlines".into(),
        |r| r.workloads[0].scenario = "x".repeat(300),
    ];
    for (i, change) in changes.into_iter().enumerate() {
        let mut result = newest();
        change(&mut result);
        let file = write(folder.path(), "odd.json", &result);
        let output = run(folder.path(), &["report", &file, "-o", "odd.html"]);
        assert_eq!(output.status.code(), Some(2), "change {i}: {}", said(&output));
        assert!(said(&output).contains("odd.json") && !folder.path().join("odd.html").exists(), "change {i}: {}", said(&output));
    }
    // What is only odd is drawn: hostile words, and a workload that ran twice.
    let mut result = newest();
    result.machine.cpu = "\u{1}\"><script>alert(1)</script>\u{FFFE}".into();
    result.created_utc = "\"><script>".into();
    let again = result.workloads[0].clone();
    result.workloads.push(again);
    let outcome = result.outcomes[0].clone();
    result.outcomes.push(outcome);
    let file = write(folder.path(), "odd.json", &result);
    let of = |format: &str| {
        String::from_utf8(run(folder.path(), &["report", &file, "--format", format, "-o", "-"]).stdout).expect("text")
    };
    let page = of("html");
    assert!(page.contains("&lt;script&gt;") && !page.contains("<script"), "words of a file are words");
    let ids: Vec<&str> = page.match_indices(" id=\"").map(|(at, _)| page[at + 5..].split('"').next().unwrap_or("")).collect();
    let distinct: std::collections::HashSet<&&str> = ids.iter().collect();
    assert_eq!(ids.len(), distinct.len(), "every id stands once");
    roxmltree::Document::parse(&of("junit")).expect("XML");
    let text = of("prometheus");
    let series: Vec<&str> = text.lines().filter(|l| !l.starts_with('#')).filter_map(|l| l.split("} ").next()).collect();
    assert_eq!(series.len(), series.iter().collect::<std::collections::HashSet<_>>().len(), "no series stands twice: {text}");
    all_figures(&read(Path::new(&file)).expect("a result")).iter().for_each(check);
}
