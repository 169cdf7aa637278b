use spikewatt::engine::{Engine, Options, cpu::CpuEngine};
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let s = spikewatt::scenario::load(&a[1]).unwrap();
    let t = std::time::Instant::now();
    let n = spikewatt::network::Network::build(&s).unwrap();
    println!("network {:?}; min delay {} max {} consts {:?}", t.elapsed(), n.min_delay, n.max_delay, n.populations[0].constants);
    let t = std::time::Instant::now();
    let mut e = CpuEngine::new(n, &Options::default()).unwrap();
    println!("build {:?} {}", t.elapsed(), e.plan_line());
    let ms: f64 = a[2].parse().unwrap();
    for _ in 0..3 {
        let t = std::time::Instant::now();
        e.save().unwrap();
        let steps = e.network().steps(ms);
        e.advance(steps, &mut |_| std::ops::ControlFlow::Continue(())).unwrap();
        let c = e.counts().unwrap();
        let rates: Vec<f64> = c.spikes.iter().zip(&e.network().populations).map(|(s, p)| *s as f64 / f64::from(p.size) / ms * 1e3).collect();
        println!("RTF {:.3} {:.3?} events {} ext {} {:016x}", t.elapsed().as_secs_f64() / ms * 1e3, rates, c.synaptic_events, c.total_external(), c.checksum);
    }
}
