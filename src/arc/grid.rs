//! Grids of colours, as tasks of ARC have them.

/// Most rows and most columns.
pub const SIDE: usize = 30;
/// Colours of tasks are below.
pub const COLOURS: u8 = 10;
/// What transformations mark cells with; further marks follow up to 15. No task has these colours.
pub const MARK: u8 = 10;

/// A grid of at most [`SIDE`] x [`SIDE`] cells; colour 0 is background.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grid {
    /// Rows, at least 1.
    pub height: usize,
    /// Columns, at least 1.
    pub width: usize,
    /// Colours, row by row.
    pub cells: Vec<u8>,
}

impl Grid {
    /// A grid of one colour; nothing if it is empty or too large.
    pub fn of(height: usize, width: usize, colour: u8) -> Option<Self> {
        let fits = (1..=SIDE).contains(&height) && (1..=SIDE).contains(&width);
        fits.then(|| Self { height, width, cells: vec![colour; height * width] })
    }

    /// A grid whose cells are told one by one.
    pub fn from(height: usize, width: usize, cell: impl Fn(usize, usize) -> u8) -> Option<Self> {
        let mut grid = Self::of(height, width, 0)?;
        for y in 0..height {
            for x in 0..width {
                grid.cells[y * width + x] = cell(y, x);
            }
        }
        Some(grid)
    }

    /// The colour of a cell.
    pub fn at(&self, y: usize, x: usize) -> u8 {
        self.cells[y * self.width + x]
    }

    /// The same; nothing outside.
    pub fn look(&self, y: isize, x: isize) -> Option<u8> {
        let (y, x) = (usize::try_from(y).ok()?, usize::try_from(x).ok()?);
        (y < self.height && x < self.width).then(|| self.at(y, x))
    }

    /// The part from a cell on.
    pub fn part(&self, y: usize, x: usize, height: usize, width: usize) -> Option<Self> {
        (y + height <= self.height && x + width <= self.width).then(|| Self::from(height, width, |a, b| self.at(y + a, x + b)))?
    }

    /// The same grid with every cell changed.
    pub fn map(&self, of: impl Fn(usize, usize, u8) -> u8) -> Option<Self> {
        Self::from(self.height, self.width, |y, x| of(y, x, self.at(y, x)))
    }

    /// How many cells have each colour.
    pub fn counts(&self) -> [usize; 16] {
        let mut counts = [0; 16];
        self.cells.iter().for_each(|c| counts[usize::from(c & 15)] += 1);
        counts
    }

    /// Its colours but the background, the most frequent first; of two that are as frequent, the lower one.
    pub fn ranked(&self) -> Vec<u8> {
        let counts = self.counts();
        let mut colours: Vec<u8> = (1..16u8).filter(|c| counts[usize::from(*c)] > 0).collect();
        colours.sort_by_key(|c| (std::cmp::Reverse(counts[usize::from(*c)]), *c));
        colours
    }

    /// The smallest rectangle around cells: top, left, height, width.
    pub fn bounds(&self, of: impl Fn(u8) -> bool) -> Option<[usize; 4]> {
        let (mut top, mut left, mut bottom, mut right) = (SIDE, SIDE, 0, 0);
        for y in 0..self.height {
            for x in 0..self.width {
                if of(self.at(y, x)) {
                    (top, left, bottom, right) = (top.min(y), left.min(x), bottom.max(y + 1), right.max(x + 1));
                }
            }
        }
        (bottom > 0).then(|| [top, left, bottom - top, right - left])
    }

    /// A hash of size and cells: two sums of 32 bits over words of four cells, each mixed with its place, so that cells can be taken in any order.
    /// Twin: the end of `shaders/arc/examine.wgsl`.
    pub fn hash(&self) -> u64 {
        let mixed = |word: u32, shifts: [u32; 2], factors: [u32; 2]| {
            let x = (word ^ word >> 16).wrapping_mul(factors[0]);
            let x = (x ^ x >> shifts[0]).wrapping_mul(factors[1]);
            x ^ x >> shifts[1]
        };
        let a = |word| mixed(word, [15, 16], [0x7FEB_352D, 0x846C_A68B]);
        let b = |word| mixed(word, [12, 15], [0x2C1B_3C6D, 0x297A_2D39]);
        let size = self.head() ^ 0x51ED_270B;
        let (mut sum_a, mut sum_b) = (a(size), b(size));
        for (i, word) in (0u32..).zip(self.words()) {
            sum_a = sum_a.wrapping_add(a(word ^ i.wrapping_mul(0x9E37_79B9)));
            sum_b = sum_b.wrapping_add(b(word.wrapping_add((i + 1).wrapping_mul(0x85EB_CA6B))));
        }
        u64::from(sum_a) << 32 | u64::from(sum_b)
    }

    /// Height and width in a word, 8 bits each.
    pub fn head(&self) -> u32 {
        u32::try_from(self.height << 8 | self.width).unwrap_or(u32::MAX)
    }

    /// Its cells, four in a word, the first in the lowest bits.
    pub fn words(&self) -> impl Iterator<Item = u32> + '_ {
        self.cells.chunks(4).map(|four| four.iter().rev().fold(0, |word, c| word << 8 | u32::from(*c)))
    }
}

/// Connected cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Rows and columns of its cells, in reading order.
    pub cells: Vec<(usize, usize)>,
    /// Top, left, height, width.
    pub bounds: [usize; 4],
}

/// The objects of a grid in the order of their first cells: connected cells that are no background, of one colour or of any, along sides only
/// or corners too.
pub fn objects(grid: &Grid, one_colour: bool, corners: bool) -> Vec<Object> {
    let mut seen = vec![false; grid.cells.len()];
    let mut found = Vec::new();
    let steps: &[(isize, isize)] = match corners {
        false => &[(-1, 0), (0, -1), (0, 1), (1, 0)],
        true => &[(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)],
    };
    for start in 0..grid.cells.len() {
        if grid.cells[start] == 0 || seen[start] {
            continue;
        }
        seen[start] = true;
        let (mut cells, mut next) = (vec![start], 0);
        while next < cells.len() {
            let (y, x) = (cells[next] / grid.width, cells[next] % grid.width);
            next += 1;
            for (dy, dx) in steps {
                let (a, b) = (y.wrapping_add_signed(*dy), x.wrapping_add_signed(*dx));
                if a >= grid.height || b >= grid.width {
                    continue;
                }
                let at = a * grid.width + b;
                let joins = grid.cells[at] != 0 && (!one_colour || grid.cells[at] == grid.cells[start]);
                if joins && !seen[at] {
                    seen[at] = true;
                    cells.push(at);
                }
            }
        }
        cells.sort_unstable();
        let cells: Vec<(usize, usize)> = cells.into_iter().map(|at| (at / grid.width, at % grid.width)).collect();
        let top = cells[0].0;
        let bottom = cells[cells.len() - 1].0;
        let left = cells.iter().map(|c| c.1).min().unwrap_or(0);
        let right = cells.iter().map(|c| c.1).max().unwrap_or(0);
        found.push(Object { cells, bounds: [top, left, bottom - top + 1, right - left + 1] });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(text: &str) -> Grid {
        let rows: Vec<&str> = text.split(' ').collect();
        Grid::from(rows.len(), rows[0].len(), |y, x| rows[y].as_bytes()[x] - b'0').expect("a grid")
    }

    #[test]
    fn objects_are_connected_cells() {
        let g = grid("1102 0020 3320");
        assert_eq!(objects(&g, true, false).iter().map(|o| o.cells.len()).collect::<Vec<_>>(), [2, 1, 2, 2]);
        assert_eq!(objects(&g, true, true).iter().map(|o| o.cells.len()).collect::<Vec<_>>(), [2, 3, 2]);
        assert_eq!(objects(&g, false, true).len(), 1);
        assert_eq!(objects(&g, true, true)[1].bounds, [0, 2, 3, 2]);
        assert_eq!(g.ranked(), [2, 1, 3]);
        assert_eq!(g.bounds(|c| c == 3), Some([2, 0, 1, 2]));
        assert_eq!(g.bounds(|c| c == 9), None);
    }

    #[test]
    fn hashes_tell_sizes_and_cells_apart() {
        let all = [grid("10"), grid("1 0"), grid("01"), grid("100"), grid("10 00")];
        for (i, a) in all.iter().enumerate() {
            assert!(all.iter().enumerate().all(|(k, b)| (i == k) == (a.hash() == b.hash())), "{a:?}");
        }
        assert!(Grid::of(31, 1, 0).is_none() && Grid::of(0, 3, 0).is_none());
    }
}
