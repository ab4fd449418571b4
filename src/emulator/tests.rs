//! The emulator as clients meet it: real HTTP, one emulator per test.

mod admin;
mod clock;
mod data;
mod delays;
mod external;
mod faults;
mod handle;
mod http;
mod http_admin;
mod jwt;
mod keys;
mod lag;
mod logins;
mod raw;
mod sessions;
mod tls;
