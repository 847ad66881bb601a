//! Days on which something changes, as exactly as they are known.

use std::fmt;

use serde::{Serialize, Serializer};
use snapshot::FileTime;

/// A time at which something changes. It is not always known exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    /// The earliest possible time.
    pub earliest: FileTime,
    /// The latest possible time.
    pub latest: FileTime,
    /// Whether it is derived from something that normally, but not always, has the same age.
    pub is_about: bool,
}

impl Day {
    /// A time that is known.
    #[must_use]
    pub fn exact(time: FileTime) -> Self {
        Self { earliest: time, latest: time, is_about: false }
    }

    /// “from 17 March 2027”, “from about 17 March 2027”, or “from a day between 16 March 2027 and 18 March
    /// 2027”.
    #[must_use]
    pub fn onward(self) -> String {
        let is_range = date(self.earliest) != date(self.latest);
        if is_range { format!("from a day {self}") } else { format!("from {self}") }
    }

    /// Whether the change happened before or at this time; `None` if it may have.
    #[must_use]
    pub fn is_past(self, at: FileTime) -> Option<bool> {
        if at >= self.latest {
            Some(true)
        } else if at < self.earliest {
            Some(false)
        } else {
            None
        }
    }
}

/// The months of the calendar.
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The date in words: “17 March 2027”. Universal time.
#[must_use]
pub fn date(time: FileTime) -> String {
    let date = time.date();
    let month = MONTHS.get(usize::from(date.month).wrapping_sub(1)).copied().unwrap_or_default();
    format!("{} {month} {}", date.day, date.year)
}

/// “17 March 2027”, “about 17 March 2027”, or “between 16 March 2027 and 18 March 2027”.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last) = (date(self.earliest), date(self.latest));
        match (self.is_about, first == last) {
            (true, true) => write!(f, "about {first}"),
            (false, true) => f.write_str(&first),
            (_, false) => write!(f, "between {first} and {last}"),
        }
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Range {
            earliest: FileTime,
            latest: FileTime,
            about: bool,
        }
        Range { earliest: self.earliest, latest: self.latest, about: self.is_about }.serialize(serializer)
    }
}
