//! The emulator as clients meet it: real HTTP, one emulator per test.

mod faults;
mod handle;
mod http;
mod keys;
mod logins;
mod raw;
mod sessions;
