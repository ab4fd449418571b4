//! The emulator as clients meet it: real HTTP, one emulator per test.

mod clock;
mod control;
mod data;
mod delays;
mod external;
mod faults;
mod handle;
mod hands;
mod http;
mod jwt;
mod keys;
mod lag;
mod linking;
mod local_userpass;
mod logins;
mod raw;
mod sessions;
mod tls;
