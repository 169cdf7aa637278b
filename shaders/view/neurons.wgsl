// Neurons as a cloud of small discs that add up: each at its place, in its population's colour, dim at rest, bright where it has just fired.

struct View {
    // From places to the picture.
    projection: mat4x4<f32>,
    // Width and height, pixels; radius of a neuron at distance 1, pixels; brightness at rest.
    size: vec2<f32>,
    radius: f32,
    rest: f32,
    // Which populations are shown, a bit for each.
    shown: vec4<u32>,
    // The step of the picture, plus 1; what a step takes off a spike's light, in powers of e.
    now: u32,
    fade: f32,
    unused: vec2<f32>,
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
    // Red, green, blue; the population, plus 1.
    @location(1) colour: vec4<u32>,
    // The last step in which it fired, plus 1; 0 if it never did.
    @location(2) fired: u32,
) -> Drawn {
    // Two triangles: corners 0 1 2 and 1 2 3 of a square.
    let k = select(corner, corner - 2u, corner > 2u);
    let unit = vec2<f32>(f32(k & 1u), f32((k >> 1u) & 1u)) * 2.0 - 1.0;
    var drawn: Drawn;
    drawn.from_middle = unit;
    let population = colour.w - min(colour.w, 1u);
    let words = array<u32, 4>(view.shown.x, view.shown.y, view.shown.z, view.shown.w);
    var word = words[0];
    if (population >= 96u) { word = words[3]; } else if (population >= 64u) { word = words[2]; } else if (population >= 32u) { word = words[1]; }
    if (colour.w == 0u || ((word >> (population & 31u)) & 1u) == 0u) {
        // Beyond the far plane: nothing is drawn.
        drawn.at = vec4<f32>(0.0, 0.0, 2.0, 1.0);
        return drawn;
    }
    let age = f32(view.now - min(fired, view.now));
    let glow = select(0.0, exp(-age * view.fade), fired > 0u);
    drawn.at = view.projection * vec4<f32>(at, 1.0);
    // A firing neuron swells a little; none gets smaller than can be drawn.
    let radius = clamp(view.radius / drawn.at.w, 0.7, 12.0) * (1.0 + 0.8 * glow);
    drawn.at += vec4<f32>(unit * radius * 2.0 / view.size * drawn.at.w, 0.0, 0.0);
    let hue = vec3<f32>(colour.xyz) / 255.0;
    drawn.light = hue * (view.rest + 1.6 * glow) + vec3<f32>(0.35 * glow * glow);
    return drawn;
}

@fragment
fn shine(drawn: Drawn) -> @location(0) vec4<f32> {
    let falloff = exp(-3.0 * dot(drawn.from_middle, drawn.from_middle));
    return vec4<f32>(drawn.light * falloff, 1.0);
}
