//! Numbers as they stand in files of other programs.

#![allow(clippy::cast_possible_truncation, reason = "the number was found to be whole and within range")]

use std::fmt;

/// A number with its own precision, so that messages can quote it.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(not(feature = "formats"), allow(dead_code, reason = "CSV holds whole numbers as it spells them, Parquet all kinds"))]
pub(crate) enum Number {
    /// A whole number.
    Whole(i128),
    /// A floating-point number.
    Real(f64),
    /// A whole number over a power of ten.
    Decimal(i128, u32),
}

impl Number {
    /// The nearest number in double precision.
    #[cfg(any(test, feature = "formats"))]
    pub(crate) fn value(self) -> f64 {
        match self {
            Number::Whole(n) => n as f64,
            Number::Real(x) => x,
            // A decimal text is rounded once, as its reader would.
            Number::Decimal(..) => self.to_string().parse().unwrap_or(f64::NAN),
        }
    }

    /// The name of 64 bits that it is.
    #[cfg(any(test, feature = "formats"))]
    pub(crate) fn id(self) -> Option<u64> {
        match self {
            Number::Whole(n) | Number::Decimal(n, 0) => u64::try_from(n).ok(),
            // Beyond 2^53 a double has lost digits, and would be another name.
            _ => self.index().map(u64::from),
        }
    }

    /// The whole number from 0 that it is, if it is one of 32 bits.
    pub(crate) fn index(self) -> Option<u32> {
        match self {
            Number::Whole(n) | Number::Decimal(n, 0) => u32::try_from(n).ok(),
            Number::Real(x) if x.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&x) => Some(x as u32),
            Number::Decimal(n, scale) => {
                let ten = 10i128.checked_pow(scale)?;
                (n % ten == 0).then(|| u32::try_from(n / ten).ok()).flatten()
            }
            Number::Real(_) => None,
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Number::Whole(n) | Number::Decimal(n, 0) => write!(f, "{n}"),
            Number::Real(x) => write!(f, "{x}"),
            Number::Decimal(n, scale) => {
                let scale = scale as usize;
                let digits = format!("{:0>width$}", n.unsigned_abs(), width = scale + 1);
                let (whole, part) = digits.split_at(digits.len() - scale);
                write!(f, "{}{whole}.{part}", if n < 0 { "-" } else { "" })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_what_their_digits_say() {
        for (number, text, value, index) in [
            (Number::Decimal(25, 1), "2.5", 2.5, None),
            (Number::Decimal(-15, 1), "-1.5", -1.5, None),
            (Number::Decimal(-5, 3), "-0.005", -0.005, None),
            (Number::Decimal(300, 2), "3.00", 3.0, Some(3)),
            (Number::Decimal(7, 0), "7", 7.0, Some(7)),
            (Number::Decimal(12_345_678_901_234_567, 16), "1.2345678901234567", 1.2345678901234567, None),
            (Number::Whole(-1), "-1", -1.0, None),
            (Number::Real(2.5), "2.5", 2.5, None),
            (Number::Real(f64::NAN), "NaN", f64::NAN, None),
        ] {
            assert_eq!(number.to_string(), text);
            assert!(number.value() == value || value.is_nan() && number.value().is_nan());
            assert_eq!(number.index(), index, "{number}");
        }
    }
}
