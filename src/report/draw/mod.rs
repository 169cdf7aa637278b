//! Drawing as SVG: scales, axes and marks. Colours are classes that a style sheet gives, so that one drawing serves light, dark and print.

mod drawing;
mod scale;

pub(super) use drawing::{Drawing, Shape, escaped};
pub(super) use scale::Scale;
