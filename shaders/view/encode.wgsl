// From light to the numbers of a picture (sRGB, IEC 61966-2-1).

// Whether the picture keeps numbers as they are, so that they must be encoded for the eye here.
override encode: bool = false;

fn encoded(linear: vec3<f32>) -> vec3<f32> {
    if (!encode) {
        return linear;
    }
    let c = clamp(linear, vec3<f32>(0.0), vec3<f32>(1.0));
    return select(1.055 * pow(c, vec3<f32>(1.0 / 2.4)) - 0.055, 12.92 * c, c <= vec3<f32>(0.0031308));
}
