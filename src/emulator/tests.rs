//! The emulator as clients meet it: real HTTP, one emulator per test.

mod handle;
mod http;
mod keys;
mod logins;
mod sessions;
