//! `cargo bench --bench adapter`: what elementary accesses cost on the best adapter, from which kernels are designed. One number per kind:
//! wall time of eight accesses by each of many threads at random places, times the processor's threads for a software adapter.

#![allow(missing_docs, reason = "a program, not a library")]

use std::time::Instant;

use spikewatt::engine::gpu;

const ROUNDS: u32 = 256;
/// Loads one after the other where latency is timed.
const CHAIN: u32 = 8192;
const WORDS: u32 = 1 << 23;

/// Name, declaration, what a round does with the random word `x`; accesses reach as far as a mask says.
const CASES: [(&str, &str, &str); 9] = [
    ("arithmetic of the loop alone", BUFFER, "sum += x;"),
    ("buffer, load of a word", BUFFER, "sum += b[x & mask];"),
    ("buffer, load of four words", QUADS, "let v = b[(x & mask) >> 2u]; sum += v.x + v.y + v.z + v.w;"),
    ("buffer, store of a word", BUFFER, "b[x & mask] = x;"),
    ("buffer, store of four words", QUADS, "b[(x & mask) >> 2u] = vec4<u32>(x, sum, x, sum);"),
    ("buffer, load, add, store", BUFFER, "b[x & mask] += x;"),
    ("buffer, atomic addition", ATOMIC, "atomicAdd(&b[x & mask], x);"),
    (
        "texture, load of four words",
        TEXTURE,
        "let q = (x & mask) >> 2u; let v = textureLoad(b, vec2<u32>(q & 4095u, q >> 12u)); sum += v.x + v.y + v.z + v.w;",
    ),
    ("uniform buffer, load of a word", UNIFORM, "sum += b[(x & mask & 4095u) >> 2u][x & 3u];"),
];
const BUFFER: &str = "var<storage, read_write> b: array<u32>;";
const QUADS: &str = "var<storage, read_write> b: array<vec4<u32>>;";
const ATOMIC: &str = "var<storage, read_write> b: array<atomic<u32>>;";
const TEXTURE: &str = "var b: texture_storage_2d<rgba32uint, read>;";
const UNIFORM: &str = "var<uniform> b: array<vec4<u32>, 1024>;";

fn main() {
    let adapter = gpu::choose(gpu::adapters(), None).expect("an adapter; ./test installs a software one");
    let wanted = adapter.description.name.clone();
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let found = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::all()));
    let adapter = found.into_iter().find(|a| a.get_info().name == wanted).expect("the same adapter");
    let software = adapter.get_info().device_type == wgpu::DeviceType::Cpu;
    let descriptor = wgpu::DeviceDescriptor { required_limits: adapter.limits(), ..Default::default() };
    let (device, queue) = pollster::block_on(adapter.request_device(&descriptor)).expect("a device");
    let run = Run {
        device,
        queue,
        threads: if software { rayon::current_num_threads() as f64 } else { 1.0 },
        wide: if software { 1 << 14 } else { 1 << 18 },
    };
    println!("{wanted}\n{:<34} {:>10} {:>10}   ns", "", "4 MB", "32 MB");
    for (name, declaration, body) in CASES {
        let [near, far] = [20, 23].map(|bits| run.accesses(declaration, body, (1 << bits) - 1));
        println!("{name:<34} {near:>10.3} {far:>10.3}");
    }
    println!("\nns of a load that another waits for, {CHAIN} of them");
    let [near, far] = [20, 23].map(|bits| run.latency((1 << bits) - 1));
    println!("{:<34} {near:>10.1} {far:>10.1}", "buffer, load of a word");
    println!("\nus per dispatch of workgroups that store one word per thread");
    for groups in [1, 64, 1024] {
        println!("{groups:>6} workgroups of 8 {:>8.1}", run.dispatches(groups));
    }
    println!("\nhost us to record and finish a dispatch that binds so many storage buffers, at most two more uniforms aside");
    for buffers in [1, 3, 5, 8] {
        println!("{buffers:>6} buffers {:>15.2}", run.recording(buffers, Offsets::None));
    }
    println!("\nthe same with five buffers and a uniform at an offset");
    for (what, offsets) in [("bound once", Offsets::Once), ("bound anew at another offset", Offsets::Anew)] {
        println!("{what:>28} {:>8.2}", run.recording(5, offsets));
    }
}

/// How dispatches see a uniform of the step.
#[derive(Clone, Copy, PartialEq)]
enum Offsets {
    None,
    Once,
    Anew,
}

struct Run {
    device: wgpu::Device,
    queue: wgpu::Queue,
    threads: f64,
    /// Threads of the device at once: as many as keep it busy.
    wide: u32,
}

impl Run {
    /// Nanoseconds of eight accesses.
    fn accesses(&self, declaration: &str, body: &str, mask: u32) -> f64 {
        let text = format!(
            "@group(0) @binding(0) var<storage, read_write> out: array<u32>;\n@group(0) @binding(1) {declaration}\n\
             const mask = {mask}u;\n@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) g: vec3<u32>) {{\n\
             var state = g.x * 2654435761u; var sum = 0u;\n\
             for (var i = 0u; i < {ROUNDS}u; i++) {{ state = state * 1664525u + 1013904223u; let x = state ^ (state >> 15u); {body} }}\n\
             out[g.x] = sum; if (sum == 1u && mask == 0u) {{ {} }} }}",
            if declaration == BUFFER { "out[0] = b[0];" } else { "" }
        );
        let seconds = self.best(&text, declaration, self.wide / 64, 1);
        seconds * 1e9 * 8.0 * self.threads / f64::from(self.wide * ROUNDS)
    }

    /// Nanoseconds of a load of one thread that waits for the one before: what a chain of them takes beyond one of half the length.
    fn latency(&self, mask: u32) -> f64 {
        let seconds = [CHAIN / 2, CHAIN].map(|length| {
            let text = format!(
                "@group(0) @binding(0) var<storage, read_write> out: array<u32>;\n@group(0) @binding(1) {BUFFER}\n\
                 @compute @workgroup_size(32) fn main(@builtin(global_invocation_id) g: vec3<u32>) {{ var state = g.x * 2654435761u;\n\
                 for (var i = 0u; i < {length}u; i++) {{ state = (state + b[state & {mask}u]) * 1664525u + 1013904223u; state ^= state >> 15u; }}\n\
                 out[g.x] = state; }}"
            );
            self.best(&text, BUFFER, 1, 1)
        });
        (seconds[1] - seconds[0]) * 1e9 / f64::from(CHAIN / 2)
    }

    /// Microseconds of a dispatch.
    fn dispatches(&self, groups: u32) -> f64 {
        let text = "@group(0) @binding(0) var<storage, read_write> out: array<u32>;\n\
                    @compute @workgroup_size(8) fn main(@builtin(global_invocation_id) g: vec3<u32>) { out[g.x] = g.x; }";
        self.best(text, "", groups, 200) * 1e6 / 200.0
    }

    fn pipeline(&self, text: &str, layout: Option<&wgpu::PipelineLayout>) -> wgpu::ComputePipeline {
        let source = wgpu::ShaderSource::Wgsl(text.into());
        let module = self.device.create_shader_module(wgpu::ShaderModuleDescriptor { label: None, source });
        self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: None,
            layout,
            module: &module,
            entry_point: None,
            compilation_options: Default::default(),
            cache: None,
        })
    }

    /// Host microseconds of a dispatch in a long encoder, the shortest of ten; nothing is submitted, so that the adapter stays idle.
    fn recording(&self, buffers: u32, offsets: Offsets) -> f64 {
        let mut text = match offsets {
            Offsets::None => String::new(),
            _ => format!("@group(0) @binding({buffers}) var<uniform> step: vec4<u32>;\n"),
        };
        let steps = if offsets == Offsets::None { "1u" } else { "step.x" };
        for i in 0..buffers {
            text += &format!("@group(0) @binding({i}) var<storage, read_write> b{i}: array<u32>;\n");
        }
        text += "@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) g: vec3<u32>) {";
        (0..buffers).for_each(|i| text += &format!(" b{i}[g.x] += {steps};"));
        text += " }";
        let d = &self.device;
        let entry = |binding, ty, has_dynamic_offset| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::COMPUTE,
            ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset, min_binding_size: None },
            count: None,
        };
        let mut wanted: Vec<_> =
            (0..buffers).map(|i| entry(i, wgpu::BufferBindingType::Storage { read_only: false }, false)).collect();
        if offsets != Offsets::None {
            wanted.push(entry(buffers, wgpu::BufferBindingType::Uniform, true));
        }
        let layout = d.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: None, entries: &wanted });
        let layouts = wgpu::PipelineLayoutDescriptor { label: None, bind_group_layouts: &[Some(&layout)], immediate_size: 0 };
        let pipeline = self.pipeline(&text, Some(&d.create_pipeline_layout(&layouts)));
        let uniform = d.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: 65_536,
            usage: wgpu::BufferUsages::UNIFORM,
            mapped_at_creation: false,
        });
        let usage = wgpu::BufferUsages::STORAGE;
        let all: Vec<wgpu::Buffer> = (0..buffers)
            .map(|_| d.create_buffer(&wgpu::BufferDescriptor { label: None, size: 1024, usage, mapped_at_creation: false }))
            .collect();
        let mut entries: Vec<wgpu::BindGroupEntry<'_>> = all
            .iter()
            .zip(0..)
            .map(|(buffer, binding)| wgpu::BindGroupEntry { binding, resource: buffer.as_entire_binding() })
            .collect();
        if offsets != Offsets::None {
            let seen = wgpu::BufferBinding { buffer: &uniform, offset: 0, size: std::num::NonZeroU64::new(16) };
            entries.push(wgpu::BindGroupEntry { binding: buffers, resource: wgpu::BindingResource::Buffer(seen) });
        }
        let group = d.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout: &layout, entries: &entries });
        let dispatches = 4000;
        let once = || {
            let begin = std::time::Instant::now();
            let mut encoder = d.create_command_encoder(&Default::default());
            {
                let mut pass = encoder.begin_compute_pass(&Default::default());
                for i in 0..dispatches {
                    if i == 0 || offsets != Offsets::Once {
                        pass.set_pipeline(&pipeline);
                    }
                    match offsets {
                        Offsets::None => pass.set_bind_group(0, &group, &[]),
                        Offsets::Once if i > 0 => {}
                        _ => pass.set_bind_group(0, &group, &[i % 256 * 256]),
                    }
                    pass.dispatch_workgroups(1, 1, 1);
                }
            }
            let commands = encoder.finish();
            let seconds = begin.elapsed().as_secs_f64();
            drop(commands);
            seconds
        };
        (0..10).map(|_| once()).fold(f64::INFINITY, f64::min) * 1e6 / f64::from(dispatches)
    }

    /// The shortest of some submissions, s.
    fn best(&self, text: &str, declaration: &str, groups: u32, repeats: u32) -> f64 {
        let d = &self.device;
        let pipeline = self.pipeline(text, None);
        let buffer = |bytes: u64, usage| {
            d.create_buffer(&wgpu::BufferDescriptor { label: None, size: bytes, usage, mapped_at_creation: false })
        };
        let out = buffer(u64::from(self.wide) * 4, wgpu::BufferUsages::STORAGE);
        let words = buffer(u64::from(WORDS) * 4, wgpu::BufferUsages::STORAGE);
        let uniform = buffer(16_384, wgpu::BufferUsages::UNIFORM);
        let texture = d.create_texture(&wgpu::TextureDescriptor {
            label: None,
            size: wgpu::Extent3d { width: 4096, height: WORDS / 4 / 4096, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: wgpu::TextureFormat::Rgba32Uint,
            usage: wgpu::TextureUsages::STORAGE_BINDING,
            view_formats: &[],
        });
        let view = texture.create_view(&Default::default());
        let mut entries = vec![wgpu::BindGroupEntry { binding: 0, resource: out.as_entire_binding() }];
        let bound = match declaration {
            TEXTURE => Some(wgpu::BindingResource::TextureView(&view)),
            UNIFORM => Some(uniform.as_entire_binding()),
            "" => None,
            _ => Some(words.as_entire_binding()),
        };
        entries.extend(bound.map(|resource| wgpu::BindGroupEntry { binding: 1, resource }));
        let group = d.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &pipeline.get_bind_group_layout(0),
            entries: &entries,
        });
        let mut best = f64::INFINITY;
        for _ in 0..7 {
            let mut encoder = d.create_command_encoder(&Default::default());
            {
                let mut pass = encoder.begin_compute_pass(&Default::default());
                pass.set_pipeline(&pipeline);
                pass.set_bind_group(0, &group, &[]);
                for _ in 0..repeats {
                    pass.dispatch_workgroups(groups, 1, 1);
                }
            }
            let begin = Instant::now();
            self.queue.submit([encoder.finish()]);
            d.poll(wgpu::PollType::wait_indefinitely()).expect("the device answers");
            best = best.min(begin.elapsed().as_secs_f64());
        }
        best
    }
}
