//! Promise: puzzles of ARC are solved by trying programs, without a look at their answers, and what is not looked at because a shorter program came
//! to the same would not have found anything else.

mod common;

use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard, OnceLock};

use spikewatt::arc::{Examiner, Found, Grid, LANGUAGE, Limits, OnCpu, Task, search};
use spikewatt::bench::OnAdapter;

fn grid(text: &str) -> Grid {
    let rows: Vec<&str> = text.split('/').collect();
    Grid::from(rows.len(), rows[0].len(), |y, x| {
        u8::try_from((rows[y].as_bytes()[x] as char).to_digit(16).expect("a digit")).expect("small")
    })
    .expect("a grid")
}

fn text(g: &Grid) -> String {
    let row = |r: &[u8]| r.iter().map(|c| char::from_digit(u32::from(*c), 16).expect("a digit")).collect::<String>();
    g.cells.chunks(g.width).map(row).collect::<Vec<_>>().join("/")
}

fn searched(task: &Task) -> Found {
    search(task, DEEP, &mut OnCpu).expect("the CPU engine searches")
}

/// Transformations by hand: name, before, after ("-": it does not apply). Marks are a, b, c.
#[test]
fn transformations_do_what_their_names_say() {
    for (name, before, after) in [
        ("turn right", "120/003", "01/02/30"),
        ("turn around", "120/003", "300/021"),
        ("turn left", "120/003", "03/20/10"),
        ("mirror left-right", "120/003", "021/300"),
        ("mirror top-bottom", "120/003", "003/120"),
        ("transpose", "120/003", "10/20/03"),
        ("transpose other way", "120/003", "30/02/01"),
        ("crop to content", "000/010/002", "10/02"),
        ("crop to most frequent colour", "0100/0110/2000", "10/11"),
        ("crop to rarest colour", "0100/0110/2000", "2"),
        ("crop away most frequent of all", "5555/5125/5555", "12"),
        ("left half", "12345/12345", "12/12"),
        ("right half", "12345/12345", "45/45"),
        ("inside", "111/121/111", "2"),
        ("inside", "11/11", "-"),
        ("mirror to the right", "12/30", "1221/3003"),
        ("mirror four times", "12/30", "1221/3003/3003/1221"),
        ("turn four times", "12/34", "1231/3442/2443/1321"),
        ("2 x 2 copies", "12", "1212/1212"),
        ("copies in place of cells", "10/01", "1000/0100/0010/0001"),
        ("twice as large", "12", "1122/1122"),
        ("as many times as colours", "12", "1122/1122"),
        ("half as large", "1122/1122", "12"),
        ("half as large", "112/112", "-"),
        ("without repeated lines", "1122/1122/3344", "12/34"),
        ("without empty lines", "1020/0000/3040", "12/34"),
        ("fall down", "12/03/40", "00/12/43"),
        ("fall up", "00/02/43", "42/03/00"),
        ("fall right", "100/020", "001/002"),
        ("mark all content", "102", "a0a"),
        ("swap content and empty", "102", "-"),
        ("swap content and empty", "20/22", "02/00"),
        ("only the most frequent colour", "1122/1000", "1100/1000"),
        ("without the most frequent colour", "1122/1000", "0022/0000"),
        ("colours by rank", "1122/1003", "aabb/a00c"),
        ("the rarest colour alone", "1122/1000", "2"),
        ("a bar for each colour", "112/103", "111/200/300"),
        ("crop to largest object", "110/000/002", "11"),
        ("crop to smallest object", "110/000/002", "2"),
        ("crop to object of most colours", "1100/0000/0023", "23"),
        ("crop to symmetric object", "11000/10030/00040", "3/4"),
        ("crop to object unlike the others", "10102/00002", "2/2"),
        ("without single cells", "110/000/002", "110/000/000"),
        ("only objects that touch no edge", "100/010/000", "000/010/000"),
        ("objects by rank of size", "110/000/302", "aa0/000/b0b"),
        ("mark objects by holes", "111/101/111", "bbb/b0b/bbb"),
        ("mark objects by size", "102/002", "a0b/00b"),
        ("mark enclosed cells", "111/101/111", "111/1a1/111"),
        ("fill enclosed cells", "111/101/111", "111/111/111"),
        ("mark around content", "000/020/000", "aaa/a2a/aaa"),
        ("mark beside content", "000/020/000", "0a0/a2a/0a0"),
        ("mark at corners of content", "000/020/000", "a0a/020/a0a"),
        ("mark inside of content", "111/111/111", "111/1a1/111"),
        ("only edges of content", "111/111/111", "111/101/111"),
        ("frame of marks", "1", "aaa/a1a/aaa"),
        ("connect in rows", "1001/1002", "1111/1002"),
        ("connect in rows and columns by marks", "101/000/100", "1a1/a00/100"),
        ("lines across", "100/000", "111/000"),
        ("lines both ways", "100/000", "111/100"),
        ("beams down", "10/00/02/00", "10/10/12/12"),
        ("beams to all corners", "000/010/000", "101/010/101"),
        ("complete left-right", "100/020", "101/020"),
        ("complete repetition", "1212/1002/1212", "1212/1212/1212"),
        ("complete symmetry around the middle of content", "0100/1000/0100", "1100/1100/1100"),
        ("left and right", "1050/1051", "a0/a0"),
        ("left and right", "10511/00510", "a0/00"),
        ("either left or right", "10511/00510", "0a/a0"),
        ("neither top nor bottom", "10/55/00", "0a"),
        ("fullest part between lines", "105011/015110/005100", "011/110/100"),
        ("a cell for each part between lines", "151/555/252", "11/22"),
    ] {
        let found = LANGUAGE.iter().find(|t| t.name == name).unwrap_or_else(|| panic!("no transformation is called {name}"));
        let told = (found.apply)(&grid(before)).map_or_else(|| "-".to_owned(), |g| text(&g));
        assert_eq!(told, after, "{name} of {before}");
    }
    let mut names: Vec<&str> = LANGUAGE.iter().map(|t| t.name).collect();
    names.sort_unstable();
    names.dedup();
    assert!(names.len() == LANGUAGE.len() && names.len() >= 40, "{} names of {}", names.len(), LANGUAGE.len());
}

/// Whatever they get, transformations give a grid that is one.
#[test]
fn transformations_keep_within_bounds() {
    let mut random = fastrand::Rng::with_seed(5);
    for round in 0..300 {
        let (h, w) = (random.usize(1..=30), random.usize(1..=30));
        let (h, w) = if round % 3 == 0 { (h, w) } else { (1 + h / 5, 1 + w / 5) };
        let colours = random.u8(1..=10);
        let cells: Vec<u8> = (0..h * w).map(|_| if random.bool() { random.u8(0..colours) } else { 0 }).collect();
        let mut g = Grid::from(h, w, |y, x| cells[y * w + x]).expect("a grid");
        for _ in 0..4 {
            let t = &LANGUAGE[random.usize(0..LANGUAGE.len())];
            if let Some(next) = (t.apply)(&g) {
                let whole = next.cells.len() == next.height * next.width && next.cells.iter().all(|c| *c < 16);
                assert!(whole && (1..=30).contains(&next.height) && (1..=30).contains(&next.width), "{}", t.name);
                g = next;
            }
        }
    }
}

const DEEP: Limits = Limits { depth: 2, states: 100_000 };

/// Every sequence of two, one by one: what the search leaves out because it has seen it predicts nothing new.
#[test]
fn nothing_is_missed_by_leaving_out_what_was_seen() {
    let reproduces = |task: &Task, program: &[usize]| -> Option<Vec<Grid>> {
        let run = |g: &Grid| program.iter().try_fold(g.clone(), |g, n| (LANGUAGE[*n].apply)(&g));
        let fits = task.train.iter().map(|(a, b)| (run(a), b)).all(|(a, b)| a.as_ref() == Some(b));
        if fits { task.tests.iter().map(run).collect() } else { None }
    };
    for name in ["turned", "beside-its-image", "twice-as-large", "fallen"] {
        let task = Task::own().into_iter().find(|t| t.name == name).expect("a task");
        let found = searched(&task);
        let n = LANGUAGE.len();
        let mut plain = Vec::new();
        for i in 0..n {
            plain.extend(reproduces(&task, &[i]));
            (0..n).for_each(|k| plain.extend(reproduces(&task, &[i, k])));
        }
        // Marks are no colours of a prediction.
        plain.retain(|outputs| outputs.iter().all(|g| g.cells.iter().all(|c| *c < 10)));
        assert!(!plain.is_empty(), "{name}");
        let predicted = |outputs: &Vec<Grid>| found.guesses.iter().any(|g| g.outputs == *outputs);
        assert!(plain.iter().all(|p| predicted(p) || found.guesses.len() == 3), "{name}");
        assert_eq!(found.tried[..2], [1, n as u64], "{name}");
        assert!(found.distinct[1] < n as u64 && found.tried[2] == found.distinct[1] * n as u64, "{name}: {:?}", found.distinct);
    }
}

/// Other answers, or none, change no guess.
#[test]
fn answers_are_not_looked_at() {
    for task in Task::own() {
        let blind = Task { answers: task.answers.iter().map(|_| None).collect(), ..task.clone() };
        let misled = Task { answers: task.answers.iter().map(|_| Some(grid("9"))).collect(), ..task.clone() };
        let found = searched(&task);
        assert_eq!(searched(&blind), found, "{}", task.name);
        assert_eq!(searched(&misled), found, "{}", task.name);
    }
}

fn told(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_spikewatt")).arg("arc").args(args).output().expect("runs")
}

#[test]
fn the_programs_own_tasks_are_solved_but_for_those_that_are_beyond_it() {
    let output = told(&["--depth", "2", "--json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let run: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let (last, tasks) = (&run["depths"][1], run["tasks"].as_array().expect("tasks"));
    let right: Vec<&str> = tasks.iter().filter(|t| t["is_right"] == true).filter_map(|t| t["name"].as_str()).collect();
    for name in
        ["turned", "beside-its-image", "fallen", "ponds", "where-both", "twice-as-large", "mended-mirror", "bridges", "haloes"]
    {
        assert!(right.contains(&name), "{name} of {right:?}");
    }
    assert!(!right.contains(&"even-or-odd"), "no transformation counts");
    assert_eq!(
        (last["depth"].as_u64(), last["tasks"].as_u64(), last["solved"].as_u64()),
        (Some(2), Some(12), Some(right.len() as u64))
    );
    assert!(last["tried"].as_u64() > Some(12 * LANGUAGE.len() as u64));
}

#[test]
fn wrong_tasks_are_told_and_the_others_go_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    put(
        "good.json",
        r#"{"train": [{"input": [[1, 2]], "output": [[2, 1]]}], "test": [{"input": [[3, 4]], "output": [[4, 3]]}]}"#,
    );
    put("ragged.json", r#"{"train": [{"input": [[1, 2], [3]], "output": [[2]]}], "test": [{"input": [[3]]}]}"#);
    put("colour.json", r#"{"train": [{"input": [[12]], "output": [[2]]}], "test": [{"input": [[3]]}]}"#);
    put("text.json", "no JSON");
    let all = |path: &Path| path.display().to_string();
    let output = told(&[&all(folder.path()), "--depth", "1"]);
    let (said, errors) =
        (String::from_utf8_lossy(&output.stdout).into_owned(), String::from_utf8_lossy(&output.stderr).into_owned());
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(said.contains("1 (100 %)"), "{said}");
    for words in ["ragged.json", "row 2 has 1 cells", "colour.json", "the colour 12", "text.json", "no task of ARC"] {
        assert!(errors.contains(words), "{words}: {errors}");
    }
    std::fs::create_dir(folder.path().join("empty")).expect("a folder");
    for (args, words) in [
        (vec![all(&folder.path().join("empty"))], "no task lies here"),
        (vec![all(&folder.path().join("nowhere.json"))], "cannot be read"),
        (vec![all(&folder.path().join("text.json"))], "no task of ARC"),
        (vec!["--depth".into(), "5".into()], "1..=4"),
    ] {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let output = told(&args);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && errors.contains(words), "{args:?}: {errors}");
    }
}

/// The adapter with the language, compiled once: that takes a software adapter ten seconds.
fn examiner() -> MutexGuard<'static, OnAdapter> {
    static ALL: OnceLock<Mutex<OnAdapter>> = OnceLock::new();
    let new =
        || Mutex::new(OnAdapter::new(&common::adapter().1).expect("the language compiles, and gives the CPU engine's results"));
    ALL.get_or_init(new).lock().expect("no test has failed before this one")
}

/// A grid of a kind: sizes from 1 to 30, few or many colours, sparse or full, with lines, repetition, symmetry or blocks.
fn drawn(kind: u64, seed: u64) -> Grid {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ kind << 32;
    let mut below = |n: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % n as u64).expect("small")
    };
    let side = [3, 6, 12, 30][usize::try_from(kind % 4).expect("small")];
    let (height, width) = match kind % 3 {
        0 => {
            let n = 1 + below(side);
            (n, n)
        }
        _ => (1 + below(side), 1 + below(side)),
    };
    let (colours, empty) = (1 + below(9), [0, 2, 6, 20][below(4)]);
    let mut g = Grid::of(height, width, 0).expect("a grid");
    for c in &mut g.cells {
        *c = if below(empty + 1) > 0 { 0 } else { u8::try_from(1 + below(colours)).expect("a colour") };
    }
    let (row, column, colour) = (below(height), below(width), u8::try_from(1 + below(9)).expect("a colour"));
    let (a, b, n) = (1 + below(height), 1 + below(width), 1 + below(3));
    match below(7) {
        // Lines through all of it.
        0 => (0..height * width).for_each(|i| {
            if i / width == row || i % width == column {
                g.cells[i] = colour;
            }
        }),
        // Repetition with holes.
        1 => (0..height * width)
            .for_each(|i| g.cells[i] = if below(6) == 0 { 0 } else { g.cells[(i / width % a) * width + i % width % b] }),
        // Symmetry with holes.
        2 => (0..height * width).for_each(|i| {
            if below(5) > 0 {
                g.cells[i] = g.cells[(i / width) * width + width - 1 - i % width];
            }
        }),
        // Blocks.
        3 => (0..height * width).for_each(|i| g.cells[i] = g.cells[(i / width / n * n) * width + i % width / n * n]),
        // A frame of an area.
        4 => (0..height * width).for_each(|i| {
            let (y, x) = (i / width, i % width);
            let on = (y == a / 2 || y + 1 == a || x == b / 2 || x + 1 == b) && y >= a / 2 && y < a && x >= b / 2 && x < b;
            if on {
                g.cells[i] = colour;
            }
        }),
        // Nothing but one colour.
        5 => g.cells.iter_mut().for_each(|c| *c = if *c == 0 { 0 } else { colour }),
        _ => {}
    }
    g
}

/// Every transformation of many kinds of grids gives the same on an adapter: size, cells (by their hash), whether it applies, and which colours
/// would have to become which.
#[test]
fn an_adapter_applies_every_transformation_as_the_cpu_does() {
    let mut adapter = examiner();
    let (mut applied, mut fitting) = (vec![0; LANGUAGE.len()], 0);
    for seed in 1..=if common::full() { 400 } else { 20 } {
        // What a state's grids become is asked of the first one; its goal is what some transformation makes of it, in other colours.
        let grids: Vec<Grid> = (0..3).map(|k| drawn(seed + k, seed * 3 + k)).collect();
        let number = usize::try_from(seed).expect("small") * 7 % LANGUAGE.len();
        let goal =
            |g: &Grid| (LANGUAGE[number].apply)(g).and_then(|g| g.map(|_, _, c| (c + 1) % 10)).unwrap_or_else(|| g.clone());
        let goals: Vec<Grid> = grids[..2].iter().map(goal).collect();
        let singles: Vec<&[Grid]> = grids.chunks(1).collect();
        for (goals, states) in [(&goals[..1], singles), (&goals[..], vec![&grids[..]])] {
            for is_last in [false, true] {
                let expected = OnCpu.examine(goals, &states, is_last).expect("examines");
                let got = adapter.examine(goals, &states, is_last).expect("examines");
                for (i, (a, b)) in expected.iter().zip(&got).enumerate() {
                    // Of the last depth the CPU leaves out what cannot fit.
                    let same = if is_last { a.fits == b.fits } else { a == b };
                    let (name, state) = (LANGUAGE[i % LANGUAGE.len()].name, states[i / LANGUAGE.len()]);
                    assert!(
                        same,
                        "{name}, seed {seed}: {a:?} and {b:?} of\n{}",
                        state.iter().map(text).collect::<Vec<_>>().join("\n")
                    );
                    applied[i % LANGUAGE.len()] += usize::from(a.applies);
                    fitting += usize::from(a.fits);
                }
                assert_eq!(expected.len(), got.len());
            }
        }
    }
    let never: Vec<&str> = LANGUAGE.iter().zip(&applied).filter(|(_, n)| **n == 0).map(|(t, _)| t.name).collect();
    assert!(never.is_empty() && fitting > 40, "{never:?} {fitting}");
}

/// The largest grids with the most objects and with the longest one: software adapters end a thread's loops after 65,535 rounds, and do not say so.
#[test]
fn an_adapter_gets_to_the_end_of_the_largest_grids() {
    let full = |cell: &dyn Fn(usize, usize) -> u8| Grid::from(30, 30, cell).expect("a grid");
    let colour = |y: usize, x: usize| u8::try_from(1 + (y * 7 + x * 3) % 9).expect("a colour");
    // From the middle outwards, one cell of background between its turns.
    let spiral = |y: usize, x: usize| {
        let ring = y.min(x).min(29 - y).min(29 - x);
        u8::from(if y == x + 1 && x < 15 { ring % 2 == 1 } else { ring.is_multiple_of(2) })
    };
    let snake = |y: usize, x: usize| u8::from(y.is_multiple_of(2) || x == if y % 4 == 1 { 29 } else { 0 });
    let grids = [
        full(&|y, x| if y.is_multiple_of(2) && x.is_multiple_of(2) { colour(y, x) } else { 0 }),
        full(&|y, x| if (y + x).is_multiple_of(2) { colour(y, x) } else { 0 }),
        full(&|y, x| if y % 3 == 1 && x % 3 == 1 { 0 } else { 4 }),
        full(&colour),
        full(&|_, _| 0),
        full(&spiral),
        full(&|y, x| 1 - spiral(y, x)),
        full(&snake),
        full(&|y, x| 1 - snake(y, x)),
    ];
    let mut adapter = examiner();
    let singles: Vec<&[Grid]> = grids.chunks(1).collect();
    let expected = OnCpu.examine(&[], &singles, false).expect("examines");
    let got = adapter.examine(&[], &singles, false).expect("examines");
    for (i, (a, b)) in expected.iter().zip(&got).enumerate() {
        assert_eq!(a, b, "{}, grid {}", LANGUAGE[i % LANGUAGE.len()].name, i / LANGUAGE.len());
    }
    assert_eq!(expected.len(), got.len());
}

/// The whole search gives the same: guesses, programs that were tried, states that were new.
#[test]
fn an_adapter_finds_what_the_cpu_finds() {
    let mut adapter = examiner();
    let limits = Limits { depth: 2, states: 40 };
    let most = if common::full() { usize::MAX } else { 1 };
    for task in Task::own().iter().take(most) {
        let expected = search(task, limits, &mut OnCpu).expect("searches");
        assert_eq!(search(task, limits, &mut *adapter).expect("searches"), expected, "{}", task.name);
        assert!(expected.is_cut || expected.distinct[1] <= 40, "{}", task.name);
    }
}
