// A strip of spikes: a row for each of some neurons, time from left to right, the newest at the right edge.

struct Strip {
    // Left, top, width and height within the picture, pixels.
    place: vec4<f32>,
    // Rows, columns, the first word of the strip, steps of a column.
    rows: u32,
    columns: u32,
    first: u32,
    steps_per_column: u32,
    // The step of the picture, plus 1.
    now: u32,
    unused_a: u32,
    unused_b: u32,
    unused_c: u32,
}

@group(0) @binding(0) var<uniform> strip: Strip;
// When neurons fired last; see shaders/light.wgsl.
@group(0) @binding(1) var<storage, read> lit: array<u32>;
// Of every row its colour: red, green, blue from the lowest byte on.
@group(0) @binding(2) var<storage, read> colours: array<u32>;

@vertex
fn cover(@builtin(vertex_index) corner: u32) -> @builtin(position) vec4<f32> {
    return vec4<f32>(f32(corner & 1u) * 4.0 - 1.0, f32(corner >> 1u) * 4.0 - 1.0, 0.0, 1.0);
}

@fragment
fn mark(@builtin(position) at: vec4<f32>) -> @location(0) vec4<f32> {
    let part = (at.xy - strip.place.xy) / strip.place.zw;
    let background = vec4<f32>(0.006, 0.007, 0.011, 1.0);
    if (any(part < vec2<f32>(0.0)) || any(part >= vec2<f32>(1.0))) {
        return vec4<f32>(encoded(background.rgb), 1.0);
    }
    // Every neuron a pixel shows, and every column: none is lost where there are more of them than pixels.
    let rows = vec2<f32>(part.y, part.y + 1.0 / strip.place.w) * f32(strip.rows);
    let columns = vec2<f32>(part.x, part.x + 1.0 / strip.place.z) * f32(strip.columns);
    let here = strip.now / strip.steps_per_column;
    var sum = vec3<f32>(0.0);
    for (var row = u32(rows.x); row <= min(u32(rows.y), strip.rows - 1u); row += 1u) {
        for (var column = u32(columns.x); column <= min(u32(columns.y), strip.columns - 1u); column += 1u) {
            let ago = strip.columns - 1u - column;
            if (ago > here) {
                continue;
            }
            let time = lit[strip.first + row * strip.columns + (here - ago) % strip.columns];
            // What stands there may be of the time before.
            if (time > 0u && (time - 1u) / strip.steps_per_column == here - ago) {
                let c = colours[row];
                sum = max(sum, vec3<f32>(f32(c & 255u), f32((c >> 8u) & 255u), f32((c >> 16u) & 255u)) / 255.0);
            }
        }
    }
    return vec4<f32>(encoded(max(background.rgb, sum * sum)), 1.0);
}
