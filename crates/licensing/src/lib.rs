//! Remote Desktop Services licensing: knowledge, decoders, the machine model, settings and rules. Pure: no I/O.
#![forbid(unsafe_code)]
