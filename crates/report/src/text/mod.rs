//! Text for people: the verdict first, then evidence, fix, way back.

mod cal;
mod diff;
mod doctor;
mod explain;
mod layout;
mod rules;
mod show;

pub use cal::cal;
pub use diff::diff;
pub use doctor::doctor;
pub use explain::explain;
pub use layout::{Page, harmless};
pub use rules::rules;
pub use show::show;
