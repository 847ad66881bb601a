//! Answers of a hostile endpoint mapper.

use msrpc::epm::{self, Endpoint};

/// The bytes are the stub of an answer.
pub fn target(data: &[u8]) {
    let Ok(Ok(endpoints)) = epm::read_map(data) else { return };
    // At most the requested number of endpoints, and no name longer than its source, except for replaced
    // bytes.
    assert!(endpoints.len() <= 8);
    for endpoint in endpoints {
        if let Endpoint::Pipe(name) = endpoint {
            assert!(name.len() <= data.len() * 3);
        }
    }
}
