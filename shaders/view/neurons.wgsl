// Neurons as a cloud of small discs that add up: each at its place, in its population's colour, dim at rest, bright where it has just fired.

struct View {
    // From places to the picture.
    projection: mat4x4<f32>,
    // Width and height, pixels; radius of a neuron at distance 1, pixels; brightness at rest.
    size: vec2<f32>,
    radius: f32,
    rest: f32,
}

@group(0) @binding(0) var<uniform> view: View;

struct Drawn {
    @builtin(position) at: vec4<f32>,
    @location(0) from_middle: vec2<f32>,
    @location(1) light: vec3<f32>,
}

@vertex
fn place(
    @builtin(vertex_index) corner: u32,
    @location(0) at: vec3<f32>,
    @location(1) colour: vec4<f32>,
    @location(2) glow: f32,
) -> Drawn {
    // Two triangles: corners 0 1 2 and 1 2 3 of a square.
    let k = select(corner, corner - 2u, corner > 2u);
    let unit = vec2<f32>(f32(k & 1u), f32((k >> 1u) & 1u)) * 2.0 - 1.0;
    var drawn: Drawn;
    drawn.from_middle = unit;
    drawn.at = view.projection * vec4<f32>(at, 1.0);
    // A firing neuron swells a little; none gets smaller than can be drawn.
    let radius = clamp(view.radius / drawn.at.w, 0.7, 12.0) * (1.0 + 0.8 * min(glow, 1.0));
    drawn.at += vec4<f32>(unit * radius * 2.0 / view.size * drawn.at.w, 0.0, 0.0);
    drawn.light = colour.rgb * (view.rest + 1.6 * glow) + vec3<f32>(0.35 * glow * glow);
    return drawn;
}

@fragment
fn shine(drawn: Drawn) -> @location(0) vec4<f32> {
    let falloff = exp(-3.0 * dot(drawn.from_middle, drawn.from_middle));
    return vec4<f32>(drawn.light * falloff, 1.0);
}
