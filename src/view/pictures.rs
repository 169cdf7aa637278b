//! Pictures and clips as files.

#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sizes of pictures are small")]

use std::io::{Error, Result, Write};

/// What kind of clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Animated PNG: every colour, larger.
    Apng,
    /// GIF: 256 colours a picture, smaller, shown everywhere.
    Gif,
}

/// Writes a picture of red, green, blue and 255 as PNG.
///
/// # Errors
/// Those of the file.
pub fn png(out: impl Write, [width, height]: [u32; 2], pixels: &[u8]) -> Result<()> {
    let mut encoder = png::Encoder::new(out, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(Error::other)?;
    writer.write_image_data(pixels).map_err(Error::other)?;
    writer.finish().map_err(Error::other)
}

/// A drawing as a picture of a width: its size, and red, green, blue and 255 of every pixel on white. Letters are those of a font that is built
/// in, so that it needs none of the machine's.
///
/// # Errors
/// A drawing that is no SVG, or of a size that cannot be.
pub fn from_svg(svg: &str, width: u32) -> Result<([u32; 2], Vec<u8>)> {
    use resvg::{tiny_skia, usvg};
    let mut options = usvg::Options::default();
    let fonts = options.fontdb_mut();
    fonts.load_font_data(epaint_default_fonts::UBUNTU_LIGHT.to_vec());
    let family = fonts.faces().next().and_then(|f| f.families.first()).map(|f| f.0.clone()).unwrap_or_default();
    fonts.set_sans_serif_family(family.clone());
    options.font_family = family;
    let tree = usvg::Tree::from_str(svg, &options).map_err(Error::other)?;
    let scale = width as f32 / tree.size().width();
    let height = (tree.size().height() * scale).ceil().clamp(1.0, 65_535.0) as u32;
    let mut picture = tiny_skia::Pixmap::new(width, height).ok_or_else(|| Error::other("it is too large"))?;
    picture.fill(tiny_skia::Color::WHITE);
    resvg::render(&tree, tiny_skia::Transform::from_scale(scale, scale), &mut picture.as_mut());
    Ok(([width, height], picture.take()))
}

/// A clip that is written picture by picture.
pub struct Clip<W: Write> {
    size: [u32; 2],
    writer: Writer<W>,
}

enum Writer<W: Write> {
    Apng(Box<png::Writer<W>>),
    Gif(Box<gif::Encoder<W>>, u16),
}

impl<W: Write> Clip<W> {
    /// Begins a clip of so many pictures that repeats for ever.
    ///
    /// # Errors
    /// Those of the file; a size beyond 65,535.
    pub fn new(out: W, kind: Kind, size: [u32; 2], pictures: u32, per_second: u16) -> Result<Self> {
        let writer = match kind {
            Kind::Apng => {
                let mut encoder = png::Encoder::new(out, size[0], size[1]);
                encoder.set_color(png::ColorType::Rgba);
                encoder.set_depth(png::BitDepth::Eight);
                encoder.set_animated(pictures, 0).map_err(Error::other)?;
                encoder.set_frame_delay(1, per_second).map_err(Error::other)?;
                Writer::Apng(Box::new(encoder.write_header().map_err(Error::other)?))
            }
            Kind::Gif => {
                let [w, h] = size.map(u16::try_from);
                let (w, h) = (w.map_err(Error::other)?, h.map_err(Error::other)?);
                let mut encoder = gif::Encoder::new(out, w, h, &[]).map_err(Error::other)?;
                encoder.set_repeat(gif::Repeat::Infinite).map_err(Error::other)?;
                // Hundredths of a second.
                Writer::Gif(Box::new(encoder), (100 + per_second / 2) / per_second.max(1))
            }
        };
        Ok(Self { size, writer })
    }

    /// Adds a picture of red, green, blue and 255.
    ///
    /// # Errors
    /// Those of the file.
    pub fn add(&mut self, pixels: &mut [u8]) -> Result<()> {
        match &mut self.writer {
            Writer::Apng(writer) => writer.write_image_data(pixels).map_err(Error::other),
            Writer::Gif(encoder, delay) => {
                let [w, h] = self.size.map(|s| u16::try_from(s).unwrap_or(u16::MAX));
                let mut frame = gif::Frame::from_rgba_speed(w, h, pixels, 10);
                frame.delay = *delay;
                encoder.write_frame(&frame).map_err(Error::other)
            }
        }
    }

    /// Ends the clip.
    ///
    /// # Errors
    /// Those of the file.
    pub fn finish(self) -> Result<()> {
        match self.writer {
            Writer::Apng(writer) => writer.finish().map_err(Error::other),
            Writer::Gif(encoder, _) => encoder.into_inner().map(drop).map_err(Error::other),
        }
    }
}

impl<W: Write> std::fmt::Debug for Clip<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Clip").field("size", &self.size).finish_non_exhaustive()
    }
}
