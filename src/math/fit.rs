//! Fits with few terms, none of which may be negative.

/// A fit: the weight of each term, and of every point by which part it is off.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fit<const N: usize> {
    /// Weights, none negative; 0 for terms that are not used.
    pub(crate) weights: [f64; N],
    /// (fitted - measured) / measured, point by point.
    pub(crate) residuals: Vec<f64>,
}

impl<const N: usize> Fit<N> {
    /// What it gives for some terms.
    pub(crate) fn at(&self, terms: &[f64; N]) -> f64 {
        self.weights.iter().zip(terms).map(|(w, t)| w * t).sum()
    }

    /// Root of the mean of the squared residuals, with as many fewer points as there are weights.
    pub(crate) fn spread(&self) -> f64 {
        let used = self.weights.iter().filter(|w| **w > 0.0).count();
        let free = self.residuals.len().saturating_sub(used).max(1);
        (self.residuals.iter().map(|r| r * r).sum::<f64>() / free as f64).sqrt()
    }
}

/// Every fit by some of the terms with weights above 0: the least squares of relative residuals. Few terms: all choices are tried.
pub(crate) fn fits<const N: usize>(points: &[([f64; N], f64)]) -> Vec<Fit<N>> {
    (1..1u32 << N).filter_map(|choice| fit_by(points, choice)).collect()
}

/// The fit by the terms of a choice, if there are more points than terms and no weight is negative.
fn fit_by<const N: usize>(points: &[([f64; N], f64)], choice: u32) -> Option<Fit<N>> {
    let used: Vec<usize> = (0..N).filter(|i| choice >> i & 1 == 1).collect();
    // As many weights as points would fit anything.
    if points.len() <= used.len() {
        return None;
    }
    // Normal equations of terms over measured = 1, each term in units of its largest.
    let largest: Vec<f64> = used.iter().map(|i| points.iter().map(|(t, y)| (t[*i] / y).abs()).fold(0.0, f64::max)).collect();
    if largest.contains(&0.0) {
        return None;
    }
    let n = used.len();
    let mut rows = vec![vec![0.0; n + 1]; n];
    for (terms, y) in points {
        let scaled: Vec<f64> = used.iter().zip(&largest).map(|(i, l)| terms[*i] / y / l).collect();
        for a in 0..n {
            for b in 0..n {
                rows[a][b] += scaled[a] * scaled[b];
            }
            rows[a][n] += scaled[a];
        }
    }
    let solved = solved(rows)?;
    let mut weights = [0.0; N];
    for ((i, l), w) in used.iter().zip(&largest).zip(solved) {
        weights[*i] = w / l;
    }
    if used.iter().any(|i| !weights[*i].is_finite() || weights[*i] <= 0.0) {
        return None;
    }
    let fit = Fit { weights, residuals: Vec::new() };
    let residuals = points.iter().map(|(t, y)| fit.at(t) / y - 1.0).collect();
    Some(Fit { residuals, ..fit })
}

/// The solution of linear equations, each with its right side last; nothing if they do not tell it.
fn solved(mut rows: Vec<Vec<f64>>) -> Option<Vec<f64>> {
    let n = rows.len();
    for k in 0..n {
        let best = (k..n).max_by(|a, b| rows[*a][k].abs().total_cmp(&rows[*b][k].abs()))?;
        rows.swap(k, best);
        if rows[k][k].abs() < 1e-9 {
            return None;
        }
        for i in k + 1..n {
            let factor = rows[i][k] / rows[k][k];
            for j in k..=n {
                rows[i][j] -= factor * rows[k][j];
            }
        }
    }
    let mut solution = vec![0.0; n];
    for k in (0..n).rev() {
        let known: f64 = (k + 1..n).map(|j| rows[k][j] * solution[j]).sum();
        solution[k] = (rows[k][n] - known) / rows[k][k];
    }
    Some(solution)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_made_the_points_is_found() {
        let made = |a: f64, b: f64| ([1.0, a, b], 2.0 + 3e-9 * a + 5e-10 * b);
        let points: Vec<_> = [(1e6, 1e9), (1e7, 2e9), (1e8, 7e10), (3e8, 1e12)].map(|(a, b)| made(a, b)).to_vec();
        let all = fits(&points);
        let best = all.iter().min_by(|a, b| a.spread().total_cmp(&b.spread())).expect("a fit");
        for (w, expected) in best.weights.iter().zip([2.0, 3e-9, 5e-10]) {
            assert!((w / expected - 1.0).abs() < 1e-6, "{:?}", best.weights);
        }
        assert!(best.spread() < 1e-9 && (best.at(&[1.0, 1e12, 1e15]) / (2.0 + 3e3 + 5e5) - 1.0).abs() < 1e-6);
    }

    /// Terms that rise together cannot be told apart: each alone explains the points.
    #[test]
    fn what_cannot_be_told_apart_is_fitted_either_way() {
        let points: Vec<_> = [1e6, 1e7, 1e8].map(|n| ([1.0, n, 1000.0 * n], 0.1 + 4e-9 * n)).to_vec();
        let all = fits(&points);
        let good: Vec<_> = all.iter().filter(|f| f.spread() < 1e-6).collect();
        assert!(good.iter().any(|f| f.weights[1] == 0.0) && good.iter().any(|f| f.weights[2] == 0.0), "{all:?}");
        // Points that fall as a term rises leave it out.
        let falling: Vec<_> = [1.0, 2.0, 3.0, 4.0].map(|n| ([1.0, n], 10.0 - n)).to_vec();
        assert!(fits(&falling).iter().all(|f| f.weights[1] == 0.0 || f.weights[0] == 0.0));
    }
}
