use spikewatt::engine::{Engine, Options, cpu::CpuEngine, gpu};
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let s = spikewatt::scenario::load(&a[1]).unwrap();
    let n = spikewatt::network::Network::build(&s).unwrap();
    let t = std::time::Instant::now();
    let opts = Options { delivery: a.get(4).map(|x| if x == "p" { spikewatt::engine::Delivery::Procedural } else { spikewatt::engine::Delivery::Stored }), ..Default::default() };
    let mut e: Box<dyn Engine> = if a[3] == "cpu" { Box::new(CpuEngine::new(n, &opts).unwrap()) } else {
        let ad = gpu::choose(gpu::adapters(), None).unwrap();
        let d = ad.open().unwrap();
        Box::new(gpu::GpuEngine::new(n, &opts, &ad, &d).unwrap())
    };
    println!("build {:?} {}", t.elapsed(), e.plan_line());
    let ms: f64 = a[2].parse().unwrap();
    for _ in 0..2 {
        let t = std::time::Instant::now();
        e.save().unwrap();
        let steps = e.network().steps(ms);
        e.advance(steps, &mut |_| std::ops::ControlFlow::Continue(())).unwrap();
        let c = e.counts().unwrap();
        let rates: Vec<f64> = c.spikes.iter().zip(&e.network().populations).map(|(s, p)| *s as f64 / f64::from(p.size) / ms * 1e3).collect();
        println!("RTF {:.3} {:.3?} events {} ext {} {:016x}", t.elapsed().as_secs_f64() / ms * 1e3, rates, c.synaptic_events, c.total_external(), c.checksum);
    }
}
