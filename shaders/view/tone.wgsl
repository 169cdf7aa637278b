// From light that has added up without bounds to what a picture can show: Reinhard's curve on the luminance, so that a burst keeps its colours
// (doi:10.1145/566654.566575).

@group(0) @binding(0) var light: texture_2d<f32>;

struct Covered {
    @builtin(position) at: vec4<f32>,
    // From the upper left corner to the lower right one, wherever on the picture that is.
    @location(0) part: vec2<f32>,
}

@vertex
fn cover(@builtin(vertex_index) corner: u32) -> Covered {
    let at = vec2<f32>(f32(corner & 1u) * 4.0 - 1.0, f32(corner >> 1u) * 4.0 - 1.0);
    return Covered(vec4<f32>(at, 0.0, 1.0), vec2<f32>(at.x + 1.0, 1.0 - at.y) * 0.5);
}

@fragment
fn tone(covered: Covered) -> @location(0) vec4<f32> {
    let background = vec3<f32>(0.0033, 0.0040, 0.0065);
    let size = vec2<f32>(textureDimensions(light));
    let sum = textureLoad(light, vec2<i32>(clamp(covered.part * size, vec2<f32>(0.0), size - 1.0)), 0).rgb;
    let luminance = dot(sum, vec3<f32>(0.2126, 0.7152, 0.0722));
    return vec4<f32>(encoded(background + sum / (1.0 + luminance)), 1.0);
}
