//! Promise: activity can be seen: a picture is not blank, it changes where neurons fire, and a burst keeps its colours.

mod common;

use std::path::Path;
use std::process::{Command, Output};

use spikewatt::engine::gpu::GpuEngine;
use spikewatt::engine::{Engine, LightPlan, Options, Spike, advance_quietly, cpu::CpuEngine};
use spikewatt::network::Network;
use spikewatt::scenario::Scale;
use spikewatt::view::{Camera, Cloud, Lit, Moment, Renderer};

const SIZE: [u32; 2] = [160, 100];
const CAMERA: Camera = Camera { turn: 0.4, rise: 0.3, distance: 3.4 };

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_spikewatt")).args(arguments).current_dir(folder).output().expect("runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}

/// Light of all pixels beyond that of the first, which shows the ground, by colour.
fn light(picture: &[u8]) -> [u64; 3] {
    let mut sums = [0; 3];
    picture.chunks(4).for_each(|p| (0..3).for_each(|i| sums[i] += u64::from(p[i].saturating_sub(picture[i]))));
    sums
}

#[test]
fn what_fires_lights_up_in_its_colour_and_fades() {
    let populations = ["A", "B"].map(|name| common::delta_population(name, 400, 2.0, 1.0, 0.1)).concat();
    let network = common::network(&(common::head(1) + &populations));
    let cloud = Cloud::new(&network);
    let device = &common::adapter().1;
    let mut engine = CpuEngine::new(network.clone(), &Options::default()).expect("an engine");
    let lights = |engine: &mut CpuEngine| Lit::new(engine, device, false, LightPlan::new(&network, 1, 1, 1)).expect("light");
    let mut lit = lights(&mut engine);
    let mut renderer = Renderer::new(device, &network, &cloud, &lit, SIZE).expect("draws");
    // Light falls to 1/e in 100 steps.
    let at = |step: u64| Moment { camera: CAMERA, ..Moment::new(step, 100.0) };
    let rest = renderer.draw(&lit, &at(11)).expect("a picture");
    assert_eq!(rest.len(), (4 * SIZE[0] * SIZE[1]) as usize);
    let background = &rest[..4];
    let seen = rest.chunks(4).filter(|p| *p != background).count();
    assert!(seen > 500, "the cloud cannot be seen at rest: {seen} pixels");
    // Population A fires: its light is there, and in its colour (blue before red).
    let spikes: Vec<Spike> = (0..400).map(|neuron| Spike { step: 10, population: 0, neuron }).collect();
    lit.note(&spikes);
    let bright = renderer.draw(&lit, &at(11)).expect("a picture");
    let (before, after) = (light(&rest), light(&bright));
    assert!((0..3).all(|i| after[i] > 2 * before[i]) && after[2] > after[0], "{before:?} {after:?}");
    // Hidden, it does not; the other population's neurons are still there.
    let hidden = renderer.draw(&lit, &Moment { shown: [!1, 0, 0, 0], ..at(11) }).expect("a picture");
    let without = light(&hidden);
    assert!((0..3).all(|i| without[i] < before[i]) && without[0] > 0, "{before:?} {without:?}");
    // It fades bit by bit.
    let faded = [61, 111, 311].map(|step| light(&renderer.draw(&lit, &at(step)).expect("a picture"))[2]);
    assert!(after[2] > faded[0] && faded[0] > faded[1] && faded[1] > faded[2] && faded[2] > before[2], "{faded:?}");
    let dark = renderer.draw(&lit, &at(10_011)).expect("a picture");
    assert_eq!(light(&dark), before, "what has faded is as it was");
    // A burst of everything does not burn to white.
    let all: Vec<Spike> = (0..800).map(|i| Spike { step: 400, population: i / 400, neuron: i % 400 }).collect();
    lit.note(&all);
    let burst = renderer.draw(&lit, &at(401)).expect("a picture");
    let white = burst.chunks(4).filter(|p| p[..3].iter().all(|c| *c >= 254)).count();
    assert!(white * 50 < seen, "{white} of {seen} pixels are white");
    // Widths whose rows are padded when read back; sizes that cannot be.
    let mut odd = Renderer::new(device, &network, &cloud, &lit, [33, 17]).expect("draws");
    assert_eq!(odd.draw(&lit, &at(11)).expect("a picture").len(), 4 * 33 * 17);
    assert!(Renderer::new(device, &network, &cloud, &lit, [0, 10]).is_err());
    assert!(Renderer::new(device, &network, &cloud, &lit, [1 << 20, 10]).is_err());
}

/// Spikes that never leave the device are drawn as those that the host has carried there.
#[test]
fn pictures_from_the_engines_own_device_are_those_from_the_host() {
    let scenario = spikewatt::load("brunel").and_then(|s| s.scaled(Scale::Factor(0.05))).expect("scales");
    let network = Network::build(&scenario).expect("a network");
    let cloud = Cloud::new(&network);
    let (adapter, device) = common::adapter();
    let plan = || LightPlan::new(&network, 20, 64, 4);
    let mut on_device = GpuEngine::new(network.clone(), &Options::default(), adapter, device).expect("an engine");
    let mut on_host = CpuEngine::new(network.clone(), &Options::default()).expect("an engine");
    let own = Lit::new(&mut on_device, device, true, plan()).expect("light");
    let mut carried = Lit::new(&mut on_host, device, false, plan()).expect("light");
    assert!(own.stays_on_the_device() && !carried.stays_on_the_device());
    let [mut a, mut b] = [&own, &carried].map(|lit| Renderer::new(device, &network, &cloud, lit, SIZE).expect("draws"));
    let mut pictures = Vec::new();
    for steps in [300, 40, 7] {
        advance_quietly(&mut on_device, steps).expect("advances");
        advance_quietly(&mut on_host, steps).expect("advances");
        assert!(on_device.take_spikes().expect("spikes").is_empty(), "nothing comes back to the host");
        carried.take(&mut on_host).expect("spikes");
        let moment = Moment::new(on_host.step(), 80.0);
        let picture = a.draw(&own, &moment).expect("a picture");
        assert!(picture == b.draw(&carried, &moment).expect("a picture"), "after {} steps", on_host.step());
        pictures.push(picture);
    }
    assert!(pictures[0] != pictures[1] && pictures[1] != pictures[2], "what fires can be seen");
    assert_eq!(on_device.counts().expect("counts"), on_host.counts().expect("counts"));
}

#[test]
fn pictures_and_clips_are_written_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let small =
        ["--scale", "0.02", "--bio-ms", "20", "--width", "96", "--height", "64", "--engine", "cpu", "--quiet", "--frames", "6"];
    for (scenario, file) in [("microcircuit", "a.png"), ("brunel", "a.apng"), ("brunel", "a.gif"), ("sheet", "b.png")] {
        let output = run(folder.path(), &[&["render", scenario, "-o", file], &small[..]].concat());
        assert!(output.status.success(), "{file}: {}", said(&output));
    }
    let read = |name: &str| std::fs::File::open(folder.path().join(name)).map(std::io::BufReader::new).expect("a file");
    let mut reader = png::Decoder::new(read("a.apng")).read_info().expect("an animated PNG");
    assert_eq!(reader.info().animation_control().map(|a| a.num_frames), Some(6));
    let mut frames = Vec::new();
    for _ in 0..6 {
        let mut buffer = vec![0; reader.output_buffer_size().expect("a size")];
        reader.next_frame(&mut buffer).expect("a picture");
        frames.push(buffer);
    }
    frames.dedup();
    assert!(frames.len() == 6, "every picture of a firing network differs from the one before");
    let mut gif = gif::DecodeOptions::new().read_info(read("a.gif")).expect("a GIF");
    let mut count = 0;
    while gif.read_next_frame().expect("a picture").is_some() {
        count += 1;
    }
    assert_eq!(count, 6);
    // The engine that draws changes nothing: the same picture from an adapter's spikes.
    let by = |engine: &str, file: &str| {
        let arguments = [
            "render", "brunel", "-o", file, "--scale", "0.02", "--bio-ms", "5", "--width", "64", "--height", "64", "--quiet",
            "--engine", engine,
        ];
        let output = run(folder.path(), &arguments);
        assert!(output.status.success(), "{}", said(&output));
        std::fs::read(folder.path().join(file)).expect("a picture")
    };
    assert!(by("cpu", "c.png") == by("gpu", "d.png"), "engines give different pictures");
    // Rates below the raster are those of the whole network: spikes over neurons and time.
    let raster = [
        "render", "brunel", "-o", "e.png", "--raster", "e.svg", "--scale", "0.1", "--bio-ms", "100", "--width", "64", "--height",
        "64", "--engine", "cpu",
    ];
    let output = run(folder.path(), &raster);
    assert!(output.status.success() && said(&output).contains("e.svg: "), "{}", said(&output));
    let svg = std::fs::read_to_string(folder.path().join("e.svg")).expect("a raster");
    let document = roxmltree::Document::parse(&svg).expect("XML");
    let dots: usize = document
        .descendants()
        .filter(|n| n.attribute("class").is_some_and(|c| c.starts_with("dots")))
        .filter_map(|n| n.attribute("d"))
        .map(|d| d.matches('M').count())
        .sum();
    let told = document.descendants().find(|n| n.has_tag_name("desc")).and_then(|n| n.text()).expect("a description");
    assert!(dots > 100 && told.starts_with(&format!("{dots} spikes of 2")), "{dots}: {told}");
    // The same as PNG: white, with dots in colours, rates below, and letters although the machine may have no font.
    let output = run(folder.path(), &[&raster[..4], &["--raster", "e.png.png"], &raster[6..]].concat());
    assert!(output.status.success(), "{}", said(&output));
    let mut reader = png::Decoder::new(read("e.png.png")).read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    let info = reader.next_frame(&mut pixels).expect("a picture");
    assert_eq!(info.width, 1840);
    let share = |which: &dyn Fn(&[u8]) -> bool| pixels.chunks(4).filter(|p| which(p)).count() as f64 / (pixels.len() / 4) as f64;
    assert!(share(&|p| p[..3] == [255; 3]) > 0.8, "the ground is white");
    let (coloured, dark) = (share(&|p| p[2] > p[0].saturating_add(60)), share(&|p| p[..3].iter().all(|c| *c < 120)));
    assert!(coloured > 0.002, "{coloured} of the pixels have the first population's colour");
    assert!(dark > 0.0005, "{dark} of the pixels are letters or axes");
    for (arguments, word) in [
        (vec!["render", "brunel", "-o", "a.png", "--raster", "a.txt"], ".svg"),
        (vec!["render", "brunel", "-o", "a.png", "--raster", "nowhere/a.svg"], "another place"),
        (vec!["render", "brunel", "-o", "a.bmp"], ".png, .apng or .gif"),
        (vec!["render", "brunel", "-o", "nowhere/a.png"], "another place"),
        (vec!["render", "brunel", "-o", "a.png", "--width", "3"], "--width"),
        (vec!["render", "brunel", "-o", "a.png", "--fade-ms", "0"], "above 0"),
        (vec!["render", "nothing", "-o", "a.png"], "nothing"),
    ] {
        let output = run(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", said(&output));
        assert!(said(&output).contains(word), "{arguments:?}: {}", said(&output));
    }
}
