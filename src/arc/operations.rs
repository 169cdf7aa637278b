//! What transformations are made of: operations on grids with a parameter.

use super::grid::{Grid, MARK, Object, SIDE};

/// The mark of a rank.
pub(super) fn mark(rank: usize) -> u8 {
    MARK + u8::try_from(rank.min(5)).unwrap_or(5)
}

/// The most frequent colour, background and all.
pub(super) fn most(g: &Grid) -> u8 {
    let n = g.counts();
    (0..16u8).max_by_key(|c| (n[usize::from(*c)], std::cmp::Reverse(*c))).unwrap_or(0)
}

pub(super) fn filled(g: &Grid) -> usize {
    g.cells.iter().filter(|c| **c != 0).count()
}

pub(super) fn fold(i: usize, n: usize) -> usize {
    if i < n { i } else { 2 * n - 1 - i }
}

pub(super) fn crop(g: &Grid, [y, x, height, width]: [usize; 4]) -> Option<Grid> {
    g.part(y, x, height, width)
}

pub(super) fn mirrored_x(g: &Grid) -> Option<Grid> {
    Grid::from(g.height, g.width, |y, x| g.at(y, g.width - 1 - x))
}

pub(super) fn mirrored_y(g: &Grid) -> Option<Grid> {
    Grid::from(g.height, g.width, |y, x| g.at(g.height - 1 - y, x))
}

pub(super) fn tiled(g: &Grid, down: usize, beside: usize) -> Option<Grid> {
    Grid::from(down * g.height, beside * g.width, |y, x| g.at(y % g.height, x % g.width))
}

pub(super) fn scaled(g: &Grid, n: usize) -> Option<Grid> {
    if n < 2 { None } else { Grid::from(g.height * n, g.width * n, |y, x| g.at(y / n, x / n)) }
}

/// Blocks of cells, each of one colour, become cells.
pub(super) fn shrunk(g: &Grid, n: usize) -> Option<Grid> {
    if !g.height.is_multiple_of(n) || !g.width.is_multiple_of(n) {
        return None;
    }
    Grid::from(g.height / n, g.width / n, |y, x| {
        let cells = (0..n * n).map(|i| g.at(y * n + i / n, x * n + i % n));
        cells.max_by_key(|c| u8::from(*c != 0)).unwrap_or(0)
    })
}

pub(super) fn kept(g: &Grid, row: impl Fn(usize) -> bool, column: impl Fn(usize) -> bool) -> Option<Grid> {
    let rows: Vec<usize> = (0..g.height).filter(|y| row(*y)).collect();
    let columns: Vec<usize> = (0..g.width).filter(|x| column(*x)).collect();
    Grid::from(rows.len(), columns.len(), |y, x| g.at(rows[y], columns[x]))
}

pub(super) fn unrepeated(g: &Grid) -> Option<Grid> {
    let row = |y: usize| y == 0 || (0..g.width).any(|x| g.at(y, x) != g.at(y - 1, x));
    let column = |x: usize| x == 0 || (0..g.height).any(|y| g.at(y, x) != g.at(y, x - 1));
    kept(g, row, column)
}

/// Cells fall to the last row, or to the last column.
pub(super) fn fallen(g: &Grid, right: bool) -> Option<Grid> {
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

pub(super) fn sorted(g: &Grid, rows: bool) -> Option<Grid> {
    let (n, m) = if rows { (g.height, g.width) } else { (g.width, g.height) };
    let cell = |line: usize, i: usize| if rows { g.at(line, i) } else { g.at(i, line) };
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by_key(|line| (0..m).filter(|i| cell(*line, *i) != 0).count());
    Grid::from(g.height, g.width, |y, x| if rows { g.at(order[y], x) } else { g.at(y, order[x]) })
}

/// The object with the most of something, alone in its box; of several that have as much, the first.
pub(super) fn best(g: &Grid, all: &[Object], of: impl Fn(&Object) -> i64) -> Option<Grid> {
    let values: Vec<i64> = all.iter().map(of).collect();
    let most = *values.iter().max()?;
    let first = values.iter().position(|v| *v == most)?;
    let o = &all[first];
    let mut out = Grid::of(o.bounds[2], o.bounds[3], 0)?;
    o.cells.iter().for_each(|c| out.cells[(c.0 - o.bounds[0]) * o.bounds[3] + c.1 - o.bounds[1]] = g.at(c.0, c.1));
    Some(out)
}

pub(super) fn only(g: &Grid, all: &[Object], keeps: impl Fn(&Object) -> bool) -> Option<Grid> {
    let mut out = Grid::of(g.height, g.width, 0)?;
    for o in all.iter().filter(|o| keeps(o)) {
        o.cells.iter().for_each(|c| out.cells[c.0 * g.width + c.1] = g.at(c.0, c.1));
    }
    Some(out)
}

/// Objects in marks, as told; others stay.
pub(super) fn marked(g: &Grid, all: &[Object], of: impl Fn(&Object) -> Option<usize>) -> Option<Grid> {
    let mut out = g.clone();
    for o in all {
        if let Some(rank) = of(o) {
            o.cells.iter().for_each(|c| out.cells[c.0 * g.width + c.1] = mark(rank));
        }
    }
    Some(out)
}

pub(super) fn by_rank(g: &Grid, all: &[Object]) -> Option<Grid> {
    let mut sizes: Vec<usize> = all.iter().map(|o| o.cells.len()).collect();
    sizes.sort_unstable_by_key(|n| std::cmp::Reverse(*n));
    sizes.dedup();
    marked(g, all, |o| sizes.iter().position(|n| *n == o.cells.len()))
}

pub(super) fn colours_of(g: &Grid, o: &Object) -> usize {
    let mut colours: Vec<u8> = o.cells.iter().map(|c| g.at(c.0, c.1)).collect();
    colours.sort_unstable();
    colours.dedup();
    colours.len()
}

/// Whether an object is its own mirror image, one way or the other.
pub(super) fn is_symmetric(g: &Grid, o: &Object) -> bool {
    let Some(part) = best(g, std::slice::from_ref(o), |_| 0) else { return false };
    mirrored_x(&part).is_some_and(|m| m == part) || mirrored_y(&part).is_some_and(|m| m == part)
}

/// Whether two objects have the same shape and colours.
pub(super) fn is_like(g: &Grid, a: &Object, b: &Object) -> bool {
    best(g, std::slice::from_ref(a), |_| 0) == best(g, std::slice::from_ref(b), |_| 0)
}

pub(super) fn touches(g: &Grid, o: &Object) -> bool {
    let [y, x, h, w] = o.bounds;
    y == 0 || x == 0 || y + h == g.height || x + w == g.width
}

/// Enclosed areas of an object's own box.
pub(super) fn holes(g: &Grid, o: &Object) -> usize {
    let Some(part) = best(g, std::slice::from_ref(o), |_| 0) else { return 0 };
    areas(&part).into_iter().filter(|(_, open, _)| !open).count()
}

pub(super) fn boxed(g: &Grid, all: &[Object], own: bool) -> Option<Grid> {
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

/// Areas of background, connected along sides: their cells, whether they reach the edge, and the highest colour beside them.
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
                    beside = beside.max(g.cells[at]);
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

pub(super) fn enclosed(g: &Grid, colour: impl Fn(u8) -> u8) -> Option<Grid> {
    let mut out = g.clone();
    for (cells, _, beside) in areas(g).into_iter().filter(|(_, open, _)| !open) {
        cells.into_iter().for_each(|at| out.cells[at] = colour(beside));
    }
    Some(out)
}

pub(super) fn by_area(g: &Grid) -> Option<Grid> {
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

pub(super) fn near(g: &Grid, y: usize, x: usize, corners: bool, of: impl Fn(u8) -> bool) -> bool {
    (-1isize..=1).any(|dy| {
        (-1isize..=1).any(|dx| {
            let counts = (dy, dx) != (0, 0) && (corners || dy == 0 || dx == 0);
            counts && g.look(y as isize + dy, x as isize + dx).is_some_and(&of)
        })
    })
}

/// Whether a cell of content has background beside it, or the end of the grid.
pub(super) fn edge(g: &Grid, y: usize, x: usize) -> bool {
    (-1isize..=1).any(|dy| (-1isize..=1).any(|dx| g.look(y as isize + dy, x as isize + dx).is_none_or(|c| c == 0)))
}

/// Background between two cells of one colour in a row or column takes their colour, or a mark.
pub(super) fn connected(g: &Grid, rows: bool, columns: bool, marks: bool) -> Option<Grid> {
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
pub(super) fn lines(g: &Grid, across: bool, down: bool) -> Option<Grid> {
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
pub(super) fn beams(g: &Grid, dy: isize, dx: isize) -> Option<Grid> {
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

pub(super) fn smoothed(g: &Grid) -> Option<Grid> {
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

pub(super) fn empty_lines(g: &Grid) -> Option<Grid> {
    let row: Vec<bool> = (0..g.height).map(|y| (0..g.width).all(|x| g.at(y, x) == 0)).collect();
    let column: Vec<bool> = (0..g.width).map(|x| (0..g.height).all(|y| g.at(y, x) == 0)).collect();
    g.map(|y, x, c| if row[y] || column[x] { MARK } else { c })
}

pub(super) fn completed(g: &Grid, x_way: bool, y_way: bool) -> Option<Grid> {
    g.map(|y, x, c| {
        let (my, mx) = (g.height - 1 - y, g.width - 1 - x);
        let images = [(x_way, y, mx), (y_way, my, x), (x_way && y_way, my, mx)];
        let found = images.into_iter().filter(|i| i.0).map(|(_, y, x)| g.at(y, x)).find(|d| *d != 0);
        if c != 0 { c } else { found.unwrap_or(0) }
    })
}

/// The smallest repetition that agrees with all content fills the background.
pub(super) fn repeated(g: &Grid) -> Option<Grid> {
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
pub(super) fn around_middle(g: &Grid) -> Option<Grid> {
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
pub(super) fn halves(g: &Grid, beside: bool, of: impl Fn(u8, u8) -> u8) -> Option<Grid> {
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

/// The parts between lines of one colour that go through all of the grid, row by row, and how many stand in a row.
pub(super) fn panes(g: &Grid) -> Option<(Vec<Grid>, usize)> {
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
    let parts = rows.iter().flat_map(|(y, h)| columns.iter().map(move |(x, w)| g.part(*y, *x, *h, *w)));
    parts.collect::<Option<Vec<Grid>>>().map(|parts| (parts, columns.len()))
}

/// A cell for each part between lines: its most frequent colour.
pub(super) fn summary(g: &Grid) -> Option<Grid> {
    let (parts, columns) = panes(g)?;
    Grid::from(parts.len() / columns, columns, |y, x| parts[y * columns + x].ranked().first().copied().unwrap_or(0))
}
