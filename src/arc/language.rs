//! The language: transformations of a grid that ask nothing but the grid. A program is a sequence of them.
//!
//! Each gives a grid, or nothing where it does not apply. Marks (colours from [`MARK`] on) stand for colours that a task may choose: the last
//! step of a program recolours as the pairs show ([`super::search`]).

use super::grid::{Grid, MARK, Object, SIDE, objects};

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
    "parts between lines over each other": |g| { let parts = panes(g)?; let [h, w] = [parts[0].height, parts[0].width]; if parts.iter().any(|p| [p.height, p.width] != [h, w]) { return None; } Grid::from(h, w, |y, x| parts.iter().map(|p| p.at(y, x)).find(|c| *c != 0).unwrap_or(0)) },
    "fullest part between lines": |g| { let parts = panes(g)?; let n = parts.iter().map(filled).max()?; parts.into_iter().find(|p| filled(p) == n) },
    "emptiest part between lines": |g| { let parts = panes(g)?; let n = parts.iter().map(filled).min()?; parts.into_iter().find(|p| filled(p) == n) },
    "a cell for each part between lines": |g| summary(g),
}

/// The mark of a rank.
fn mark(rank: usize) -> u8 {
    MARK + u8::try_from(rank.min(5)).unwrap_or(5)
}

/// The most frequent colour, background and all.
fn most(g: &Grid) -> u8 {
    let n = g.counts();
    (0..16u8).max_by_key(|c| (n[usize::from(*c)], std::cmp::Reverse(*c))).unwrap_or(0)
}

fn filled(g: &Grid) -> usize {
    g.cells.iter().filter(|c| **c != 0).count()
}

fn fold(i: usize, n: usize) -> usize {
    if i < n { i } else { 2 * n - 1 - i }
}

fn crop(g: &Grid, [y, x, height, width]: [usize; 4]) -> Option<Grid> {
    g.part(y, x, height, width)
}

fn mirrored_x(g: &Grid) -> Option<Grid> {
    Grid::from(g.height, g.width, |y, x| g.at(y, g.width - 1 - x))
}

fn mirrored_y(g: &Grid) -> Option<Grid> {
    Grid::from(g.height, g.width, |y, x| g.at(g.height - 1 - y, x))
}

fn tiled(g: &Grid, down: usize, beside: usize) -> Option<Grid> {
    Grid::from(down * g.height, beside * g.width, |y, x| g.at(y % g.height, x % g.width))
}

fn scaled(g: &Grid, n: usize) -> Option<Grid> {
    if n < 2 { None } else { Grid::from(g.height * n, g.width * n, |y, x| g.at(y / n, x / n)) }
}

/// Blocks of cells, each of one colour, become cells.
fn shrunk(g: &Grid, n: usize) -> Option<Grid> {
    if !g.height.is_multiple_of(n) || !g.width.is_multiple_of(n) {
        return None;
    }
    Grid::from(g.height / n, g.width / n, |y, x| {
        let cells = (0..n * n).map(|i| g.at(y * n + i / n, x * n + i % n));
        cells.max_by_key(|c| u8::from(*c != 0)).unwrap_or(0)
    })
}

fn kept(g: &Grid, row: impl Fn(usize) -> bool, column: impl Fn(usize) -> bool) -> Option<Grid> {
    let rows: Vec<usize> = (0..g.height).filter(|y| row(*y)).collect();
    let columns: Vec<usize> = (0..g.width).filter(|x| column(*x)).collect();
    Grid::from(rows.len(), columns.len(), |y, x| g.at(rows[y], columns[x]))
}

fn unrepeated(g: &Grid) -> Option<Grid> {
    let row = |y: usize| y == 0 || (0..g.width).any(|x| g.at(y, x) != g.at(y - 1, x));
    let column = |x: usize| x == 0 || (0..g.height).any(|y| g.at(y, x) != g.at(y, x - 1));
    kept(g, row, column)
}

/// Cells fall to the last row, or to the last column.
fn fallen(g: &Grid, right: bool) -> Option<Grid> {
    let mut out = Grid::of(g.height, g.width, 0)?;
    let (lines, length) = if right { (g.height, g.width) } else { (g.width, g.height) };
    let at = |line: usize, i: usize| if right { line * g.width + i } else { i * g.width + line };
    for line in 0..lines {
        let mut end = length;
        for i in (0..length).rev() {
            if g.cells[at(line, i)] != 0 {
                end -= 1;
                out.cells[at(line, end)] = g.cells[at(line, i)];
            }
        }
    }
    Some(out)
}

fn sorted(g: &Grid, rows: bool) -> Option<Grid> {
    let (n, m) = if rows { (g.height, g.width) } else { (g.width, g.height) };
    let cell = |line: usize, i: usize| if rows { g.at(line, i) } else { g.at(i, line) };
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by_key(|line| (0..m).filter(|i| cell(*line, *i) != 0).count());
    Grid::from(g.height, g.width, |y, x| if rows { g.at(order[y], x) } else { g.at(y, order[x]) })
}

/// The part of a grid around the object with the most of something; nothing if several have as much.
fn best(g: &Grid, all: &[Object], of: impl Fn(&Object) -> i64) -> Option<Grid> {
    let values: Vec<i64> = all.iter().map(of).collect();
    let most = *values.iter().max()?;
    let first = values.iter().position(|v| *v == most)?;
    let o = &all[first];
    let mut out = Grid::of(o.bounds[2], o.bounds[3], 0)?;
    o.cells.iter().for_each(|c| out.cells[(c.0 - o.bounds[0]) * o.bounds[3] + c.1 - o.bounds[1]] = g.at(c.0, c.1));
    Some(out)
}

fn only(g: &Grid, all: &[Object], keeps: impl Fn(&Object) -> bool) -> Option<Grid> {
    let mut out = Grid::of(g.height, g.width, 0)?;
    for o in all.iter().filter(|o| keeps(o)) {
        o.cells.iter().for_each(|c| out.cells[c.0 * g.width + c.1] = g.at(c.0, c.1));
    }
    Some(out)
}

/// Objects in marks, as told; others stay.
fn marked(g: &Grid, all: &[Object], of: impl Fn(&Object) -> Option<usize>) -> Option<Grid> {
    let mut out = g.clone();
    for o in all {
        if let Some(rank) = of(o) {
            o.cells.iter().for_each(|c| out.cells[c.0 * g.width + c.1] = mark(rank));
        }
    }
    Some(out)
}

fn by_rank(g: &Grid, all: &[Object]) -> Option<Grid> {
    let mut sizes: Vec<usize> = all.iter().map(|o| o.cells.len()).collect();
    sizes.sort_unstable_by_key(|n| std::cmp::Reverse(*n));
    sizes.dedup();
    marked(g, all, |o| sizes.iter().position(|n| *n == o.cells.len()))
}

fn colours_of(g: &Grid, o: &Object) -> usize {
    let mut colours: Vec<u8> = o.cells.iter().map(|c| g.at(c.0, c.1)).collect();
    colours.sort_unstable();
    colours.dedup();
    colours.len()
}

/// Whether an object is its own mirror image, one way or the other.
fn is_symmetric(g: &Grid, o: &Object) -> bool {
    let Some(part) = best(g, std::slice::from_ref(o), |_| 0) else { return false };
    mirrored_x(&part).is_some_and(|m| m == part) || mirrored_y(&part).is_some_and(|m| m == part)
}

/// Whether two objects have the same shape and colours.
fn is_like(g: &Grid, a: &Object, b: &Object) -> bool {
    best(g, std::slice::from_ref(a), |_| 0) == best(g, std::slice::from_ref(b), |_| 0)
}

fn touches(g: &Grid, o: &Object) -> bool {
    let [y, x, h, w] = o.bounds;
    y == 0 || x == 0 || y + h == g.height || x + w == g.width
}

/// Enclosed areas of an object's own box.
fn holes(g: &Grid, o: &Object) -> usize {
    let Some(part) = best(g, std::slice::from_ref(o), |_| 0) else { return 0 };
    areas(&part).into_iter().filter(|(_, open, _)| !open).count()
}

fn boxed(g: &Grid, all: &[Object], own: bool) -> Option<Grid> {
    let mut out = g.clone();
    for o in all {
        let [top, left, h, w] = o.bounds;
        for y in top..top + h {
            for x in left..left + w {
                if out.at(y, x) == 0 {
                    out.cells[y * g.width + x] = if own { g.at(o.cells[0].0, o.cells[0].1) } else { MARK };
                }
            }
        }
    }
    Some(out)
}

/// Areas of background, connected along sides: their cells, whether they reach the edge, and a colour beside them.
fn areas(g: &Grid) -> Vec<(Vec<usize>, bool, u8)> {
    let mut seen = vec![false; g.cells.len()];
    let mut all = Vec::new();
    for start in 0..g.cells.len() {
        if g.cells[start] != 0 || seen[start] {
            continue;
        }
        seen[start] = true;
        let (mut cells, mut next, mut open, mut beside) = (vec![start], 0, false, 0);
        while next < cells.len() {
            let (y, x) = (cells[next] / g.width, cells[next] % g.width);
            next += 1;
            for (dy, dx) in [(-1, 0), (0, -1), (0, 1), (1, 0)] {
                let (a, b) = (y.wrapping_add_signed(dy), x.wrapping_add_signed(dx));
                if a >= g.height || b >= g.width {
                    open = true;
                    continue;
                }
                let at = a * g.width + b;
                if g.cells[at] != 0 {
                    beside = g.cells[at];
                } else if !seen[at] {
                    seen[at] = true;
                    cells.push(at);
                }
            }
        }
        all.push((cells, open, beside));
    }
    all
}

fn enclosed(g: &Grid, colour: impl Fn(u8) -> u8) -> Option<Grid> {
    let mut out = g.clone();
    for (cells, _, beside) in areas(g).into_iter().filter(|(_, open, _)| !open) {
        cells.into_iter().for_each(|at| out.cells[at] = colour(beside));
    }
    Some(out)
}

fn by_area(g: &Grid) -> Option<Grid> {
    let closed: Vec<Vec<usize>> = areas(g).into_iter().filter(|(_, open, _)| !open).map(|(cells, _, _)| cells).collect();
    let mut sizes: Vec<usize> = closed.iter().map(Vec::len).collect();
    sizes.sort_unstable_by_key(|n| std::cmp::Reverse(*n));
    sizes.dedup();
    let mut out = g.clone();
    for cells in closed {
        let rank = sizes.iter().position(|n| *n == cells.len())?;
        cells.into_iter().for_each(|at| out.cells[at] = mark(rank));
    }
    Some(out)
}

fn near(g: &Grid, y: usize, x: usize, corners: bool, of: impl Fn(u8) -> bool) -> bool {
    (-1isize..=1).any(|dy| {
        (-1isize..=1).any(|dx| {
            let counts = (dy, dx) != (0, 0) && (corners || dy == 0 || dx == 0);
            counts && g.look(y as isize + dy, x as isize + dx).is_some_and(&of)
        })
    })
}

/// Whether a cell of content has background beside it, or the end of the grid.
fn edge(g: &Grid, y: usize, x: usize) -> bool {
    (-1isize..=1).any(|dy| (-1isize..=1).any(|dx| g.look(y as isize + dy, x as isize + dx).is_none_or(|c| c == 0)))
}

/// Background between two cells of one colour in a row or column takes their colour, or a mark.
fn connected(g: &Grid, rows: bool, columns: bool, marks: bool) -> Option<Grid> {
    let mut out = g.clone();
    let mut line = |at: &dyn Fn(usize) -> usize, n: usize| {
        let mut last: Option<usize> = None;
        for i in 0..n {
            let c = g.cells[at(i)];
            if c == 0 {
                continue;
            }
            if let Some(begin) = last.filter(|b| g.cells[at(*b)] == c) {
                (begin + 1..i).for_each(|k| out.cells[at(k)] = if marks { MARK } else { c });
            }
            last = Some(i);
        }
    };
    if columns {
        (0..g.width).for_each(|x| line(&|i| i * g.width + x, g.height));
    }
    if rows {
        (0..g.height).for_each(|y| line(&|i| y * g.width + i, g.width));
    }
    Some(out)
}

/// Every cell of content makes a line through all of the grid's background.
fn lines(g: &Grid, across: bool, down: bool) -> Option<Grid> {
    g.map(|y, x, c| {
        if c != 0 {
            return c;
        }
        let row = || (0..g.width).map(|k| g.at(y, k)).find(|c| *c != 0);
        let column = || (0..g.height).map(|k| g.at(k, x)).find(|c| *c != 0);
        let found = if down { column() } else { None };
        found.or_else(|| if across { row() } else { None }).unwrap_or(0)
    })
}

/// Cells of content shine in a direction, until something is in the way.
fn beams(g: &Grid, dy: isize, dx: isize) -> Option<Grid> {
    g.map(|y, x, c| {
        let (mut y, mut x, mut c) = (y as isize, x as isize, c);
        while c == 0 {
            (y, x) = (y - dy, x - dx);
            match g.look(y, x) {
                None => return 0,
                Some(d) => c = d,
            }
        }
        c
    })
}

fn smoothed(g: &Grid) -> Option<Grid> {
    g.map(|y, x, c| {
        let mut n = [0usize; 16];
        for dy in -1isize..=1 {
            for dx in -1isize..=1 {
                if let Some(d) = g.look(y as isize + dy, x as isize + dx) {
                    n[usize::from(d)] += 1;
                }
            }
        }
        let most = (0..16u8).max_by_key(|d| (n[usize::from(*d)], *d == c)).unwrap_or(c);
        if n[usize::from(c)] <= 2 { most } else { c }
    })
}

fn empty_lines(g: &Grid) -> Option<Grid> {
    let row: Vec<bool> = (0..g.height).map(|y| (0..g.width).all(|x| g.at(y, x) == 0)).collect();
    let column: Vec<bool> = (0..g.width).map(|x| (0..g.height).all(|y| g.at(y, x) == 0)).collect();
    g.map(|y, x, c| if row[y] || column[x] { MARK } else { c })
}

fn completed(g: &Grid, x_way: bool, y_way: bool) -> Option<Grid> {
    g.map(|y, x, c| {
        let (my, mx) = (g.height - 1 - y, g.width - 1 - x);
        let images = [(x_way, y, mx), (y_way, my, x), (x_way && y_way, my, mx)];
        let found = images.into_iter().filter(|i| i.0).map(|(_, y, x)| g.at(y, x)).find(|d| *d != 0);
        if c != 0 { c } else { found.unwrap_or(0) }
    })
}

/// The smallest repetition that agrees with all content fills the background.
fn repeated(g: &Grid) -> Option<Grid> {
    let mut periods: Vec<(usize, usize)> = (1..=g.height).flat_map(|a| (1..=g.width).map(move |b| (a, b))).collect();
    periods.retain(|(a, b)| (*a, *b) != (g.height, g.width));
    periods.sort_by_key(|(a, b)| (a * b, *a));
    for (a, b) in periods {
        let mut tile = vec![0u8; a * b];
        let agrees = (0..g.cells.len()).all(|i| {
            let (c, t) = (g.cells[i], &mut tile[(i / g.width % a) * b + i % g.width % b]);
            let fits = c == 0 || *t == 0 || *t == c;
            if c != 0 {
                *t = c;
            }
            fits
        });
        if agrees && !tile.contains(&0) {
            return g.map(|y, x, _| tile[(y % a) * b + x % b]);
        }
    }
    None
}

/// Content becomes its own mirror image around the middle of its box, both ways.
fn around_middle(g: &Grid) -> Option<Grid> {
    let [top, left, h, w] = g.bounds(|c| c != 0)?;
    let within = |y: usize, x: usize| (top..top + h).contains(&y) && (left..left + w).contains(&x);
    g.map(|y, x, c| {
        if c != 0 || !within(y, x) {
            return c;
        }
        let (my, mx) = (2 * top + h - 1 - y, 2 * left + w - 1 - x);
        [(y, mx), (my, x), (my, mx)].into_iter().map(|(y, x)| g.at(y, x)).find(|d| *d != 0).unwrap_or(0)
    })
}

/// Both halves, without a line between them, cell by cell.
fn halves(g: &Grid, beside: bool, of: impl Fn(u8, u8) -> u8) -> Option<Grid> {
    let n = if beside { g.width } else { g.height };
    let half = n / 2;
    if half == 0 {
        return None;
    }
    match beside {
        true => Grid::from(g.height, half, |y, x| of(g.at(y, x), g.at(y, n - half + x))),
        false => Grid::from(half, g.width, |y, x| of(g.at(y, x), g.at(n - half + y, x))),
    }
}

/// The parts between lines of one colour that go through all of the grid.
fn panes(g: &Grid) -> Option<Vec<Grid>> {
    let row = |y: usize| g.at(y, 0) != 0 && (1..g.width).all(|x| g.at(y, x) == g.at(y, 0));
    let column = |x: usize| g.at(0, x) != 0 && (1..g.height).all(|y| g.at(y, x) == g.at(0, x));
    let spans = |n: usize, is_line: &dyn Fn(usize) -> bool| {
        let (mut spans, mut begin) = (Vec::new(), 0);
        for i in 0..=n {
            if i == n || is_line(i) {
                if i > begin {
                    spans.push((begin, i - begin));
                }
                begin = i + 1;
            }
        }
        spans
    };
    let (rows, columns) = (spans(g.height, &row), spans(g.width, &column));
    if rows.len() * columns.len() < 2 || rows.len() * columns.len() > SIDE * SIDE {
        return None;
    }
    rows.iter().flat_map(|(y, h)| columns.iter().map(move |(x, w)| g.part(*y, *x, *h, *w))).collect()
}

/// A cell for each part between lines: its most frequent colour.
fn summary(g: &Grid) -> Option<Grid> {
    let parts = panes(g)?;
    let row = |y: usize| g.at(y, 0) != 0 && (1..g.width).all(|x| g.at(y, x) == g.at(y, 0));
    let mut rows = 0;
    let mut begin = 0;
    for i in 0..=g.height {
        if i == g.height || row(i) {
            rows += usize::from(i > begin);
            begin = i + 1;
        }
    }
    let columns = parts.len() / rows.max(1);
    Grid::from(rows, columns, |y, x| parts[y * columns + x].ranked().first().copied().unwrap_or(0))
}
