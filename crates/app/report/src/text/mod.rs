//! Text output: the verdict first, then evidence, fix and undo.

mod baseline;
mod cal;
mod change;
mod decisions;
mod deleted;
mod diff;
pub(crate) mod doctor;
mod explain;
mod forecast;
mod journal;
pub(crate) mod layout;
mod overview;
mod plan;
mod policy;
mod predict;
mod probe;
mod rules;
mod show;

pub use self::doctor::Doctor;
pub use baseline::summary;
pub use cal::cal;
pub use change::{Change, change};
pub use decisions::configuration;
pub use deleted::deleted;
pub use diff::diff;
pub use explain::explain;
pub use forecast::forecast;
pub use journal::journal;
pub(crate) use layout::visible;
pub use layout::{Page, harmless};
pub use plan::{applied, plan, recommended, restarted};
pub use policy::{lint, policy};
pub use predict::predict;
pub use probe::probe;
pub use rules::rules;
pub use show::Show;
