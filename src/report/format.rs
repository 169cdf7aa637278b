//! Numbers as people read them.

#![allow(clippy::cast_possible_truncation, reason = "digits of a number that is shown")]

/// A value with an SI prefix and three significant digits: `1.23 nJ`.
pub fn si(value: f64, unit: &str) -> String {
    const PREFIXES: [(f64, &str); 11] = [
        (1e12, "T"),
        (1e9, "G"),
        (1e6, "M"),
        (1e3, "k"),
        (1.0, ""),
        (1e-3, "m"),
        (1e-6, "u"),
        (1e-9, "n"),
        (1e-12, "p"),
        (1e-15, "f"),
        (1e-18, "a"),
    ];
    if value == 0.0 || !value.is_finite() {
        return format!("{value} {unit}");
    }
    let rounded = significant(value);
    let (scale, prefix) = PREFIXES.into_iter().find(|(scale, _)| rounded.abs() >= *scale * 0.999_999).unwrap_or((1e-18, "a"));
    format!("{} {prefix}{unit}", digits(value / scale))
}

/// Three significant digits, without an exponent where it can be avoided.
pub fn digits(value: f64) -> String {
    let v = significant(value).abs();
    let shown = significant(value);
    if v == 0.0 {
        "0".to_owned()
    } else if v >= 1e15 {
        format!("{shown:.2e}")
    } else if v >= 100.0 {
        grouped(shown.round() as i64)
    } else if v >= 10.0 {
        format!("{shown:.1}")
    } else if v >= 0.01 {
        format!("{shown:.2}")
    } else {
        format!("{shown:.1e}")
    }
}

/// A real-time factor: three significant digits also of machines that are ten and a hundred times faster than life.
pub fn rtf(value: f64) -> String {
    match value {
        v if (0.1..0.9995).contains(&v) => format!("{v:.3}"),
        v if (0.01..0.1).contains(&v) => format!("{v:.4}"),
        v => digits(v),
    }
}

fn significant(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let magnitude = 10f64.powi(value.abs().log10().floor() as i32 - 2);
    (value / magnitude).round() * magnitude
}

/// A whole number with thousands separated: `77,169`.
pub fn grouped(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    if n < 0 { format!("-{out}") } else { out }
}

/// How many there are of something whose plural ends in s: `1 spike`, `77,169 neurons`.
pub fn counted(n: u64, what: &str) -> String {
    format!("{} {what}{}", grouped(n as i64), if n == 1 { "" } else { "s" })
}

/// A multiple in words: `1,230 x`, `4.6e7 x`.
pub fn multiple(x: f64) -> String {
    if x >= 1e6 { format!("{x:.1e} x") } else { format!("{} x", digits(x)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(si(1.234e-9, "J"), "1.23 nJ");
        assert_eq!(si(0.999_999_9, "W"), "1.00 W");
        assert_eq!(si(215.4, "W"), "215 W");
        assert_eq!(si(0.0, "J"), "0 J");
        assert_eq!(si(123_456_789.0, "spikes/s"), "123 Mspikes/s");
        assert_eq!(grouped(298_880_968), "298,880,968");
        assert_eq!(grouped(-1_000), "-1,000");
        assert_eq!([0, 1, 1_000].map(|n| counted(n, "spike")), ["0 spikes", "1 spike", "1,000 spikes"]);
        assert_eq!(digits(31.416), "31.4");
        assert_eq!(digits(0.0523), "0.05");
        assert_eq!(multiple(4.56e7), "4.6e7 x");
        assert_eq!([0.0244, 0.124_21, 0.9999, 18.64].map(rtf), ["0.0244", "0.124", "1.00", "18.6"]);
    }
}
