//! Text for people: the verdict first, then evidence, fix, way back.

mod doctor;
mod layout;

pub use doctor::doctor;
pub use layout::Page;
