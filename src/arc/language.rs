//! The language: transformations of a grid that ask nothing but the grid. A program is a sequence of them.
//!
//! Each gives a grid, or nothing where it does not apply. Marks (colours from [`MARK`] on) stand for colours that a task may choose: the last
//! step of a program recolours as the pairs show ([`super::search`]).

use super::grid::{Grid, MARK, objects};
use super::operations::{
    around_middle, beams, best, boxed, by_area, by_rank, colours_of, completed, connected, crop, edge, empty_lines, enclosed,
    fallen, filled, fold, halves, holes, is_like, is_symmetric, kept, lines, mark, marked, mirrored_x, mirrored_y, most, near,
    only, panes, repeated, scaled, shrunk, smoothed, sorted, summary, tiled, touches, unrepeated,
};

/// A transformation.
#[derive(Clone, Copy)]
pub struct Transformation {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub apply: fn(&Grid) -> Option<Grid>,
}

impl std::fmt::Debug for Transformation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

macro_rules! language {
    ($($name:literal: $apply:expr,)*) => {
        /// All transformations, in the order in which programs are tried.
        pub const LANGUAGE: &[Transformation] = &[$(Transformation { name: $name, apply: $apply }),*];
    };
}

language! {
    // Turns and mirrors.
    "turn right": |g| Grid::from(g.width, g.height, |y, x| g.at(g.height - 1 - x, y)),
    "turn around": |g| Grid::from(g.height, g.width, |y, x| g.at(g.height - 1 - y, g.width - 1 - x)),
    "turn left": |g| Grid::from(g.width, g.height, |y, x| g.at(x, g.width - 1 - y)),
    "mirror left-right": mirrored_x,
    "mirror top-bottom": mirrored_y,
    "transpose": |g| Grid::from(g.width, g.height, |y, x| g.at(x, y)),
    "transpose other way": |g| Grid::from(g.width, g.height, |y, x| g.at(g.height - 1 - x, g.width - 1 - y)),
    // Parts.
    "crop to content": |g| crop(g, g.bounds(|c| c != 0)?),
    "crop to most frequent colour": |g| { let c = *g.ranked().first()?; crop(g, g.bounds(|d| d == c)?) },
    "crop to rarest colour": |g| { let c = *g.ranked().last()?; crop(g, g.bounds(|d| d == c)?) },
    "crop away most frequent of all": |g| { let c = most(g); crop(g, g.bounds(|d| d != c)?) },
    "left half": |g| g.part(0, 0, g.height, g.width / 2),
    "right half": |g| g.part(0, g.width - g.width / 2, g.height, g.width / 2),
    "top half": |g| g.part(0, 0, g.height / 2, g.width),
    "bottom half": |g| g.part(g.height - g.height / 2, 0, g.height / 2, g.width),
    "left third": |g| if g.width.is_multiple_of(3) { g.part(0, 0, g.height, g.width / 3) } else { None },
    "top third": |g| if g.height.is_multiple_of(3) { g.part(0, 0, g.height / 3, g.width) } else { None },
    "left square": |g| g.part(0, 0, g.height.min(g.width), g.height.min(g.width)),
    "inside": |g| if g.height > 2 && g.width > 2 { g.part(1, 1, g.height - 2, g.width - 2) } else { None },
    "first row": |g| g.part(0, 0, 1, g.width),
    "first column": |g| g.part(0, 0, g.height, 1),
    "first cell": |g| g.part(0, 0, 1, 1),
    // Copies.
    "mirror to the right": |g| Grid::from(g.height, 2 * g.width, |y, x| g.at(y, fold(x, g.width))),
    "mirror to the left": |g| Grid::from(g.height, 2 * g.width, |y, x| g.at(y, fold(2 * g.width - 1 - x, g.width))),
    "mirror down": |g| Grid::from(2 * g.height, g.width, |y, x| g.at(fold(y, g.height), x)),
    "mirror up": |g| Grid::from(2 * g.height, g.width, |y, x| g.at(fold(2 * g.height - 1 - y, g.height), x)),
    "mirror four times": |g| Grid::from(2 * g.height, 2 * g.width, |y, x| g.at(fold(y, g.height), fold(x, g.width))),
    "turn four times": |g| { if g.height != g.width { return None; } let n = g.width; Grid::from(2 * n, 2 * n, |y, x| match (y < n, x < n) {
        (true, true) => g.at(y, x), (true, false) => g.at(n - 1 - (x - n), y), (false, false) => g.at(2 * n - 1 - y, 2 * n - 1 - x), (false, true) => g.at(x, n - 1 - (y - n)) }) },
    "twice beside": |g| tiled(g, 1, 2),
    "twice below": |g| tiled(g, 2, 1),
    "2 x 2 copies": |g| tiled(g, 2, 2),
    "3 x 3 copies": |g| tiled(g, 3, 3),
    "thrice beside": |g| tiled(g, 1, 3),
    "thrice below": |g| tiled(g, 3, 1),
    "copies in place of cells": |g| Grid::from(g.height * g.height, g.width * g.width, |y, x| if g.at(y / g.height, x / g.width) != 0 { g.at(y % g.height, x % g.width) } else { 0 }),
    "copies in place of empty cells": |g| Grid::from(g.height * g.height, g.width * g.width, |y, x| if g.at(y / g.height, x / g.width) == 0 { g.at(y % g.height, x % g.width) } else { 0 }),
    "copies in place of the most frequent colour": |g| { let c = most(g); Grid::from(g.height * g.height, g.width * g.width, |y, x| if g.at(y / g.height, x / g.width) == c { g.at(y % g.height, x % g.width) } else { 0 }) },
    "copies in place of the rarest colour": |g| { let c = *g.ranked().last()?; Grid::from(g.height * g.height, g.width * g.width, |y, x| if g.at(y / g.height, x / g.width) == c { g.at(y % g.height, x % g.width) } else { 0 }) },
    "twice as large": |g| scaled(g, 2),
    "three times as large": |g| scaled(g, 3),
    "as many times as colours": |g| scaled(g, g.ranked().len()),
    "as many times as its side": |g| if g.height == g.width { scaled(g, g.width) } else { None },
    "half as large": |g| shrunk(g, 2),
    "a third as large": |g| shrunk(g, 3),
    "without repeated lines": |g| unrepeated(g),
    "without empty lines": |g| kept(g, |y| (0..g.width).any(|x| g.at(y, x) != 0), |x| (0..g.height).any(|y| g.at(y, x) != 0)),
    "without uniform lines": |g| kept(g, |y| (1..g.width).any(|x| g.at(y, x) != g.at(y, 0)), |x| (1..g.height).any(|y| g.at(y, x) != g.at(0, x))),
    // Gravity.
    "fall down": |g| fallen(g, false),
    "fall up": |g| mirrored_y(&fallen(&mirrored_y(g)?, false)?),
    "fall right": |g| fallen(g, true),
    "fall left": |g| mirrored_x(&fallen(&mirrored_x(g)?, true)?),
    "sort columns by content": |g| sorted(g, false),
    "sort rows by content": |g| sorted(g, true),
    // Colours.
    "mark all content": |g| g.map(|_, _, c| if c != 0 { MARK } else { 0 }),
    "swap content and empty": |g| { let r = g.ranked(); if r.len() != 1 { return None; } g.map(|_, _, c| if c == 0 { r[0] } else { 0 }) },
    "most frequent of all becomes empty": |g| { let m = most(g); if m == 0 { return None; } g.map(|_, _, c| if c == m { 0 } else if c == 0 { m } else { c }) },
    "only the most frequent colour": |g| { let m = *g.ranked().first()?; g.map(|_, _, c| if c == m { c } else { 0 }) },
    "without the most frequent colour": |g| { let m = *g.ranked().first()?; g.map(|_, _, c| if c == m { 0 } else { c }) },
    "only the rarest colour": |g| { let m = *g.ranked().last()?; g.map(|_, _, c| if c == m { c } else { 0 }) },
    "without the rarest colour": |g| { let m = *g.ranked().last()?; g.map(|_, _, c| if c == m { 0 } else { c }) },
    "all in the most frequent colour": |g| { let m = *g.ranked().first()?; g.map(|_, _, c| if c == 0 { 0 } else { m }) },
    "all in the rarest colour": |g| { let m = *g.ranked().last()?; g.map(|_, _, c| if c == 0 { 0 } else { m }) },
    "colours by rank": |g| { let r = g.ranked(); g.map(|_, _, c| r.iter().position(|d| *d == c).map_or(0, mark)) },
    "swap the two most frequent colours": |g| { let r = g.ranked(); let (a, b) = (*r.first()?, *r.get(1)?); g.map(|_, _, c| if c == a { b } else if c == b { a } else { c }) },
    "the most frequent colour alone": |g| Grid::of(1, 1, *g.ranked().first()?),
    "the rarest colour alone": |g| Grid::of(1, 1, *g.ranked().last()?),
    "full of the most frequent colour": |g| Grid::of(g.height, g.width, most(g)),
    "a cell for each colour": |g| { let r = g.ranked(); Grid::from(r.len(), 1, |y, _| r[y]) },
    "a bar for each colour": |g| { let (r, n) = (g.ranked(), g.counts()); let width = *r.first().map(|c| &n[usize::from(*c)])?; Grid::from(r.len(), width, |y, x| if x < n[usize::from(r[y])] { r[y] } else { 0 }) },
    // Objects.
    "crop to largest object": |g| best(g, &objects(g, true, true), |o| o.cells.len() as i64),
    "crop to smallest object": |g| best(g, &objects(g, true, true), |o| -(o.cells.len() as i64)),
    "crop to largest object of any colour": |g| best(g, &objects(g, false, true), |o| o.cells.len() as i64),
    "crop to smallest object of any colour": |g| best(g, &objects(g, false, true), |o| -(o.cells.len() as i64)),
    "crop to object of most colours": |g| best(g, &objects(g, false, true), |o| colours_of(g, o) as i64),
    "crop to object of most cells of the rarest colour": |g| { let m = *g.ranked().last()?; best(g, &objects(g, false, true), |o| o.cells.iter().filter(|c| g.at(c.0, c.1) == m).count() as i64) },
    "crop to symmetric object": |g| best(g, &objects(g, false, true), |o| i64::from(is_symmetric(g, o))),
    "crop to asymmetric object": |g| best(g, &objects(g, false, true), |o| i64::from(!is_symmetric(g, o))),
    "crop to object unlike the others": |g| { let all = objects(g, false, true); best(g, &all, |o| -(all.iter().filter(|p| is_like(g, o, p)).count() as i64)) },
    "crop to the most common object": |g| { let all = objects(g, false, true); best(g, &all, |o| all.iter().filter(|p| is_like(g, o, p)).count() as i64) },
    "only the largest object": |g| { let all = objects(g, true, true); let n = all.iter().map(|o| o.cells.len()).max()?; only(g, &all, |o| o.cells.len() == n) },
    "only the smallest object": |g| { let all = objects(g, true, true); let n = all.iter().map(|o| o.cells.len()).min()?; only(g, &all, |o| o.cells.len() == n) },
    "without the largest object": |g| { let all = objects(g, true, true); let n = all.iter().map(|o| o.cells.len()).max()?; only(g, &all, |o| o.cells.len() != n) },
    "without the smallest object": |g| { let all = objects(g, true, true); let n = all.iter().map(|o| o.cells.len()).min()?; only(g, &all, |o| o.cells.len() != n) },
    "without single cells": |g| only(g, &objects(g, true, true), |o| o.cells.len() > 1),
    "without single cells, sides only": |g| only(g, &objects(g, true, false), |o| o.cells.len() > 1),
    "only objects that touch no edge": |g| only(g, &objects(g, true, false), |o| !touches(g, o)),
    "objects by rank of size": |g| by_rank(g, &objects(g, true, false)),
    "objects by rank of size, corners too": |g| by_rank(g, &objects(g, true, true)),
    "mark largest object": |g| { let all = objects(g, true, false); let n = all.iter().map(|o| o.cells.len()).max()?; marked(g, &all, |o| if o.cells.len() == n { Some(0) } else { None }) },
    "mark smallest object": |g| { let all = objects(g, true, false); let n = all.iter().map(|o| o.cells.len()).min()?; marked(g, &all, |o| if o.cells.len() == n { Some(0) } else { None }) },
    "mark objects by size": |g| marked(g, &objects(g, true, false), |o| Some(o.cells.len().min(6) - 1)),
    "mark objects by holes": |g| marked(g, &objects(g, true, true), |o| Some(holes(g, o).min(5))),
    "mark symmetric objects": |g| marked(g, &objects(g, false, true), |o| if is_symmetric(g, o) { Some(0) } else { None }),
    "mark square objects": |g| marked(g, &objects(g, true, false), |o| if o.bounds[2] == o.bounds[3] && o.cells.len() == o.bounds[2] * o.bounds[3] { Some(0) } else { None }),
    "a cell for each object": |g| { let n = objects(g, true, false).len(); Grid::of(1, n, MARK) },
    "fill boxes of objects": |g| boxed(g, &objects(g, true, true), true),
    "mark inside boxes of objects": |g| boxed(g, &objects(g, true, true), false),
    "objects take their most frequent colour": |g| { let mut out = g.clone(); for o in objects(g, false, true) { let mut n = [0usize; 16]; o.cells.iter().for_each(|c| n[usize::from(g.at(c.0, c.1))] += 1); let m = (1..16u8).max_by_key(|c| (n[usize::from(*c)], std::cmp::Reverse(*c)))?; o.cells.iter().for_each(|c| out.cells[c.0 * g.width + c.1] = m); } Some(out) },
    // Fills, outlines, lines.
    "mark enclosed cells": |g| enclosed(g, |_| MARK),
    "mark enclosed cells by size": |g| by_area(g),
    "fill enclosed cells": |g| enclosed(g, |near| near),
    "mark around content": |g| g.map(|y, x, c| if c == 0 && near(g, y, x, true, |d| d != 0) { MARK } else { c }),
    "mark beside content": |g| g.map(|y, x, c| if c == 0 && near(g, y, x, false, |d| d != 0) { MARK } else { c }),
    "mark at corners of content": |g| g.map(|y, x, c| if c == 0 && near(g, y, x, true, |d| d != 0) && !near(g, y, x, false, |d| d != 0) { MARK } else { c }),
    "mark edges of content": |g| g.map(|y, x, c| if c != 0 && edge(g, y, x) { MARK } else { c }),
    "mark inside of content": |g| g.map(|y, x, c| if c != 0 && !edge(g, y, x) { MARK } else { c }),
    "only edges of content": |g| g.map(|y, x, c| if c != 0 && !edge(g, y, x) { 0 } else { c }),
    "mark border": |g| g.map(|y, x, c| if y == 0 || x == 0 || y + 1 == g.height || x + 1 == g.width { MARK } else { c }),
    "frame of marks": |g| Grid::from(g.height + 2, g.width + 2, |y, x| g.look(y as isize - 1, x as isize - 1).unwrap_or(MARK)),
    "frame of nothing": |g| Grid::from(g.height + 2, g.width + 2, |y, x| g.look(y as isize - 1, x as isize - 1).unwrap_or(0)),
    "connect in rows": |g| connected(g, true, false, false),
    "connect in columns": |g| connected(g, false, true, false),
    "connect in rows and columns": |g| connected(g, true, true, false),
    "connect in rows and columns by marks": |g| connected(g, true, true, true),
    "connect in rows by marks": |g| connected(g, true, false, true),
    "lines across": |g| lines(g, true, false),
    "lines up and down": |g| lines(g, false, true),
    "lines both ways": |g| lines(g, true, true),
    "beams down": |g| beams(g, 1, 0),
    "beams up": |g| beams(g, -1, 0),
    "beams right": |g| beams(g, 0, 1),
    "beams left": |g| beams(g, 0, -1),
    "beams down right": |g| beams(g, 1, 1),
    "beams down left": |g| beams(g, 1, -1),
    "beams to all corners": |g| { let mut out = g.clone(); for (dy, dx) in [(1, 1), (1, -1), (-1, 1), (-1, -1)] { let b = beams(g, dy, dx)?; out = Grid::from(g.height, g.width, |y, x| if out.at(y, x) != 0 { out.at(y, x) } else { b.at(y, x) })?; } Some(out) },
    "majority of neighbours": |g| smoothed(g),
    "mark full lines of nothing": |g| empty_lines(g),
    // Symmetry and repetition.
    "complete left-right": |g| completed(g, true, false),
    "complete top-bottom": |g| completed(g, false, true),
    "complete both ways": |g| completed(g, true, true),
    "complete diagonally": |g| { if g.height != g.width { return None; } g.map(|y, x, c| if c == 0 { g.at(x, y) } else { c }) },
    "complete repetition": |g| repeated(g),
    "complete symmetry around the middle of content": |g| around_middle(g),
    // Halves laid over each other.
    "left or right": |g| halves(g, true, |a, b| if a != 0 { a } else { b }),
    "right or left": |g| halves(g, true, |a, b| if b != 0 { b } else { a }),
    "left and right": |g| halves(g, true, |a, b| if a != 0 && b != 0 { MARK } else { 0 }),
    "neither left nor right": |g| halves(g, true, |a, b| if a == 0 && b == 0 { MARK } else { 0 }),
    "either left or right": |g| halves(g, true, |a, b| if (a == 0) == (b == 0) { 0 } else { MARK }),
    "left without right": |g| halves(g, true, |a, b| if a != 0 && b == 0 { MARK } else { 0 }),
    "right without left": |g| halves(g, true, |a, b| if b != 0 && a == 0 { MARK } else { 0 }),
    "top or bottom": |g| halves(g, false, |a, b| if a != 0 { a } else { b }),
    "bottom or top": |g| halves(g, false, |a, b| if b != 0 { b } else { a }),
    "top and bottom": |g| halves(g, false, |a, b| if a != 0 && b != 0 { MARK } else { 0 }),
    "neither top nor bottom": |g| halves(g, false, |a, b| if a == 0 && b == 0 { MARK } else { 0 }),
    "either top or bottom": |g| halves(g, false, |a, b| if (a == 0) == (b == 0) { 0 } else { MARK }),
    "parts between lines over each other": |g| { let (parts, _) = panes(g)?; let [h, w] = [parts[0].height, parts[0].width]; if parts.iter().any(|p| [p.height, p.width] != [h, w]) { return None; } Grid::from(h, w, |y, x| parts.iter().map(|p| p.at(y, x)).find(|c| *c != 0).unwrap_or(0)) },
    "fullest part between lines": |g| { let (parts, _) = panes(g)?; let n = parts.iter().map(filled).max()?; parts.into_iter().find(|p| filled(p) == n) },
    "emptiest part between lines": |g| { let (parts, _) = panes(g)?; let n = parts.iter().map(filled).min()?; parts.into_iter().find(|p| filled(p) == n) },
    "a cell for each part between lines": |g| summary(g),
}
