//! Registry exports (`.reg`) and Group Policy files (`Registry.pol`), parsed, printed and changed without
//! loss.
#![forbid(unsafe_code)]

mod encoding;
pub mod lgpo;
pub mod pol;
mod recognize;
pub mod reg;
mod text;

pub use encoding::{CodePage, Encoding, LineEnding};
pub use recognize::{looks_like_lgpo, looks_like_pol, looks_like_reg};
pub use text::Text;
