//! Columns of tables and arrays: which one is what, and how its values become an event.

use super::Event;

/// Unit of a column of times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Microseconds, because nothing else is said: then a part of one is refused.
    Unsaid,
    Nanoseconds,
    Microseconds,
    Milliseconds,
    Seconds,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Time(Unit),
    X,
    Y,
    Polarity,
}

impl Role {
    /// By the name of the column.
    pub fn of(name: &str) -> Option<Role> {
        Some(match name.trim().to_ascii_lowercase().as_str() {
            "t" | "ts" | "time" | "timestamp" => Role::Time(Unit::Unsaid),
            "t_ns" => Role::Time(Unit::Nanoseconds),
            "t_us" => Role::Time(Unit::Microseconds),
            "t_ms" => Role::Time(Unit::Milliseconds),
            "t_s" => Role::Time(Unit::Seconds),
            "x" => Role::X,
            "y" => Role::Y,
            "p" | "pol" | "polarity" | "on" => Role::Polarity,
            _ => return None,
        })
    }

    /// Its place in [`Columns::at`].
    fn place(self) -> usize {
        match self {
            Role::Time(_) => 0,
            Role::X => 1,
            Role::Y => 2,
            Role::Polarity => 3,
        }
    }
}

/// Where the four columns stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Columns {
    pub unit: Unit,
    /// Of t, x, y and p.
    pub at: [usize; 4],
}

/// What the four are called, for errors.
pub(super) const EXPECTED: &str =
    "name the four t (microseconds; or t_ns, t_us, t_ms, t_s), x, y and p, each once";

impl Columns {
    /// Of an array `[N, 4]`.
    pub const IN_ORDER: Columns = Columns { unit: Unit::Unsaid, at: [0, 1, 2, 3] };

    /// By name; `None` where one of the four is missing or there twice.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<Columns> {
        let (mut unit, mut at) = (Unit::Unsaid, [None; 4]);
        for (column, name) in names.into_iter().enumerate() {
            let Some(role) = Role::of(name) else { continue };
            if let Role::Time(its) = role {
                unit = its;
            }
            if at[role.place()].replace(column).is_some() {
                return None;
            }
        }
        let [Some(t), Some(x), Some(y), Some(p)] = at else { return None };
        Some(Columns { unit, at: [t, x, y, p] })
    }
}

/// A value as a file has it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    Whole(i128),
    Float(f64),
}

impl Number {
    /// Its value, if that is a whole number.
    fn whole(self) -> Option<i128> {
        match self {
            Number::Whole(value) => Some(value),
            // Beyond 2^53 floats are whole, too, but none that anybody wrote on purpose.
            Number::Float(value) if value.fract() == 0.0 && value.abs() < 9e15 => {
                Some(value as i128)
            }
            Number::Float(_) => None,
        }
    }

    fn shown(self) -> String {
        match self {
            Number::Whole(value) => value.to_string(),
            Number::Float(value) => value.to_string(),
        }
    }
}

/// An event of t, x, y and p.
///
/// # Errors
/// What is wrong with a value, and what it should be.
pub(super) fn event(unit: Unit, [t, x, y, p]: [Number; 4]) -> Result<Event, String> {
    let pixel = |name: &str, value: Number| {
        let whole = value.whole().and_then(|value| u16::try_from(value).ok());
        whole.ok_or_else(|| {
            format!("{name} is {}; pixels are whole numbers from 0 to 65535", value.shown())
        })
    };
    let t_us = time(unit, t)?;
    let (x, y) = (pixel("x", x)?, pixel("y", y)?);
    let on = match p.whole() {
        Some(1) => true,
        Some(0 | -1) => false,
        _ => return Err(format!("p is {}; polarities are 1, and 0 or -1", p.shown())),
    };
    Ok(Event { t_us, x, y, on })
}

/// A time in whole microseconds, the nearest where the unit is given.
fn time(unit: Unit, t: Number) -> Result<u64, String> {
    let scale = match unit {
        Unit::Unsaid | Unit::Microseconds => 1e6,
        Unit::Nanoseconds => 1e9,
        Unit::Milliseconds => 1e3,
        Unit::Seconds => 1.0,
    };
    let whole = |value: i128| match unit {
        Unit::Nanoseconds => Some((value + 500).div_euclid(1000)),
        _ => value.checked_mul((1e6 / scale) as i128),
    };
    let in_us = match (unit, t.whole(), t) {
        (_, Some(value), _) => whole(value),
        (Unit::Unsaid, None, _) => {
            return Err(format!(
                "the time is {}, no whole number of microseconds; name the column t_s, t_ms or \
                 t_ns if that is its unit",
                t.shown()
            ));
        }
        (_, None, Number::Float(value)) => Some((value * (1e6 / scale)).round())
            .filter(|us| us.is_finite() && us.abs() < 9e15)
            .map(|us| us as i128),
        (_, None, Number::Whole(_)) => None,
    };
    let fits = in_us.and_then(|us| u64::try_from(us).ok()).filter(|&us| us < 1 << 63);
    fits.ok_or_else(|| format!("the time is {}; times are numbers from 0", t.shown()))
}
