//! Text for people: the verdict first, then evidence, fix, way back.

mod cal;
mod diff;
pub(crate) mod doctor;
mod explain;
mod layout;
mod overview;
mod rules;
mod show;

pub use self::doctor::doctor;
pub use cal::cal;
pub use diff::diff;
pub use explain::explain;
pub(crate) use layout::visible;
pub use layout::{Page, harmless};
pub use rules::rules;
pub use show::show;
