//! Columns of numbers in Parquet files, of any type that holds numbers; others are refused by name.

use parquet::basic::{ConvertedType, LogicalType};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::DataType;
use parquet::file::reader::RowGroupReader;
use parquet::schema::types::ColumnDescriptor;

use super::Number;
use super::parquet_file::{column, guarded};

/// What the values of a column are, beyond how they are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// What they look like.
    Plain,
    /// Integers without a sign, of 32 or 64 bits.
    Unsigned,
    /// Integers over a power of ten.
    Decimal(u32),
    /// Half precision.
    Half,
}

/// A column of numbers of a row group.
pub(crate) struct NumberColumn {
    reader: ColumnReader,
    meaning: Meaning,
}

impl NumberColumn {
    /// Opens column `index` of a group.
    ///
    /// # Errors
    /// Words that follow the name of the column: what it holds instead of numbers.
    pub(crate) fn open(group: &dyn RowGroupReader, index: usize) -> Result<Self, String> {
        let descriptor = group.metadata().schema_descr().column(index);
        let meaning = meaning(&descriptor)?;
        let reader = column(group, index).map_err(|e| format!("cannot be read ({e})"))?;
        match &reader {
            ColumnReader::BoolColumnReader(_) => Err("holds truth values (BOOLEAN), not numbers".into()),
            ColumnReader::Int96ColumnReader(_) => Err("holds time stamps (INT96), not numbers".into()),
            ColumnReader::ByteArrayColumnReader(_) | ColumnReader::FixedLenByteArrayColumnReader(_)
                if meaning == Meaning::Plain =>
            {
                Err("holds bytes or text, not numbers".into())
            }
            _ => Ok(Self { reader, meaning }),
        }
    }

    /// The next `n` values.
    ///
    /// # Errors
    /// Words that follow the name of the column.
    pub(crate) fn next(&mut self, n: usize) -> Result<Vec<Number>, String> {
        let meaning = self.meaning;
        let whole = |x: i128| match meaning {
            Meaning::Decimal(scale) => Number::Decimal(x, scale),
            _ => Number::Whole(x),
        };
        match &mut self.reader {
            ColumnReader::Int32ColumnReader(r) => {
                values(r, n, |x| Ok(whole(if meaning == Meaning::Unsigned { i128::from(*x as u32) } else { i128::from(*x) })))
            }
            ColumnReader::Int64ColumnReader(r) => {
                values(r, n, |x| Ok(whole(if meaning == Meaning::Unsigned { i128::from(*x as u64) } else { i128::from(*x) })))
            }
            ColumnReader::FloatColumnReader(r) => values(r, n, |x| Ok(Number::Real(f64::from(*x)))),
            ColumnReader::DoubleColumnReader(r) => values(r, n, |x| Ok(Number::Real(*x))),
            ColumnReader::FixedLenByteArrayColumnReader(r) if meaning == Meaning::Half => {
                values(r, n, |x| Ok(Number::Real(half([x.data()[0], x.data()[1]]))))
            }
            ColumnReader::FixedLenByteArrayColumnReader(r) => values(r, n, |x| big_endian(x.data()).map(whole)),
            ColumnReader::ByteArrayColumnReader(r) => values(r, n, |x| big_endian(x.data()).map(whole)),
            ColumnReader::BoolColumnReader(_) | ColumnReader::Int96ColumnReader(_) => Err("does not hold numbers".into()),
        }
    }
}

fn meaning(column: &ColumnDescriptor) -> Result<Meaning, String> {
    if column.max_rep_level() > 0 {
        return Err("holds lists, not numbers".into());
    }
    let refused = |what: &str| Err(format!("holds {what}, not numbers"));
    match column.logical_type_ref() {
        Some(LogicalType::Decimal(d)) => return scale(d.scale),
        Some(LogicalType::Integer(int)) => return Ok(if int.is_signed { Meaning::Plain } else { Meaning::Unsigned }),
        Some(LogicalType::Float16) => return Ok(Meaning::Half),
        Some(LogicalType::Date) => return refused("dates"),
        Some(LogicalType::Time(_)) => return refused("times of day"),
        Some(LogicalType::Timestamp(_)) => return refused("time stamps"),
        Some(LogicalType::String | LogicalType::Enum | LogicalType::Json) => return refused("text"),
        Some(LogicalType::Uuid) => return refused("UUIDs"),
        Some(other) => return Err(format!("holds values of the type {other:?}, not numbers")),
        None => {}
    }
    // Files of older writers.
    match column.converted_type() {
        ConvertedType::NONE | ConvertedType::INT_8 | ConvertedType::INT_16 | ConvertedType::INT_32 | ConvertedType::INT_64 => {
            Ok(Meaning::Plain)
        }
        ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32 | ConvertedType::UINT_64 => Ok(Meaning::Unsigned),
        ConvertedType::DECIMAL => scale(column.type_scale()),
        ConvertedType::UTF8 | ConvertedType::ENUM | ConvertedType::JSON => refused("text"),
        ConvertedType::DATE => refused("dates"),
        ConvertedType::TIME_MILLIS | ConvertedType::TIME_MICROS => refused("times of day"),
        ConvertedType::TIMESTAMP_MILLIS | ConvertedType::TIMESTAMP_MICROS => refused("time stamps"),
        other => Err(format!("holds values of the type {other}, not numbers")),
    }
}

fn scale(scale: i32) -> Result<Meaning, String> {
    let digits = u32::try_from(scale).ok().filter(|s| *s <= 38);
    digits.map(Meaning::Decimal).ok_or_else(|| format!("holds decimals of scale {scale}, over 38 digits"))
}

/// A decimal's digits: an integer with a sign, its highest byte first.
fn big_endian(bytes: &[u8]) -> Result<i128, String> {
    if bytes.len() > 16 {
        return Err("holds decimals of over 38 digits".into());
    }
    let negative = bytes.first().is_some_and(|b| *b >= 0x80);
    Ok(bytes.iter().fold(if negative { -1 } else { 0 }, |n: i128, b| n << 8 | i128::from(*b)))
}

/// A number in half precision, its lowest byte first.
fn half(bytes: [u8; 2]) -> f64 {
    let bits = u16::from_le_bytes(bytes);
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023) / 1024.0);
    let size = match exponent {
        0 => fraction * libm::exp2(-14.0),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        e => (1.0 + fraction) * libm::exp2(f64::from(e - 15)),
    };
    if bits >> 15 == 1 { -size } else { size }
}

/// The next `n` values of a column, each made into what is wanted of it.
///
/// # Errors
/// Words that follow the name of the column.
pub(crate) fn values<T: DataType, V>(
    reader: &mut ColumnReaderImpl<T>,
    n: usize,
    wanted: impl Fn(&T::T) -> Result<V, String>,
) -> Result<Vec<V>, String> {
    let mut all: Vec<T::T> = Vec::with_capacity(n);
    let mut levels = Vec::new();
    let mut got = 0;
    while got < n {
        let read = guarded(|| reader.read_records(n - got, Some(&mut levels), None, &mut all).map_err(|e| e.to_string()));
        let (records, _, _) = read.map_err(|e| format!("cannot be read ({e})"))?;
        if records == 0 {
            return Err("is too short".into());
        }
        got += records;
    }
    // Where a value is absent there is a level and no value.
    if all.len() < n {
        return Err("has rows without a value".into());
    }
    all.iter().map(wanted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_as_the_format_says() {
        assert_eq!([&[0xFF, 0xF1][..], &[0x19], &[0x80], &[]].map(|b| big_endian(b).expect("fits")), [-15, 25, -128, 0]);
        assert!(big_endian(&[0; 17]).is_err());
        let halves = [0x3C00u16, 0xC000, 0x0001, 0x7BFF, 0x7C00].map(|bits| half(bits.to_le_bytes()));
        assert_eq!(halves, [1.0, -2.0, libm::exp2(-24.0), 65504.0, f64::INFINITY]);
    }
}
