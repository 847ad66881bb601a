//! Answers of an endpoint mapper that means no good.

use msrpc::epm::{self, Endpoint};

/// The bytes are the stub of an answer.
pub fn target(data: &[u8]) {
    let Ok(Ok(endpoints)) = epm::read_map(data) else { return };
    // No more was asked for, and no name is longer than what it was read from but for replaced bytes.
    assert!(endpoints.len() <= 8);
    for endpoint in endpoints {
        if let Endpoint::Pipe(name) = endpoint {
            assert!(name.len() <= data.len() * 3);
        }
    }
}
