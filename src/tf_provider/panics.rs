//! Panics, so that a practitioner and a maintainer each see what they can use.

use std::cell::RefCell;
use std::panic::{self, PanicHookInfo};

thread_local! {
    static LAST: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Where the last panic of this thread was: a file of the source and a line.
pub(crate) fn last_place() -> String {
    LAST.with_borrow(Clone::clone)
}

/// Remembers and logs where a panic was, never its message: that may quote the text it stumbled over.
///
/// Nothing is printed here that begins with `panic: `. Terraform takes such a line for the end of the process, and a panic
/// inside an RPC ends only that RPC.
pub(super) fn install_hook() {
    panic::set_hook(Box::new(|info: &PanicHookInfo<'_>| {
        let place = info
            .location()
            .map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        tracing::error!(place, "the provider panicked");
        LAST.set(place);
    }));
}
