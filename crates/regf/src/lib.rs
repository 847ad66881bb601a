//! Windows registry hive files (regf): read without copying, recover from transaction logs.
#![forbid(unsafe_code)]
