//! Panics end at the edge: their text and place become the message of the hook.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// From now on a panic inside a hook is not printed: it is reported as the failure of that hook.
pub(crate) fn take_over() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let is_in_hook = DEPTH.try_with(|depth| depth.get() > 0).unwrap_or(false);
            if is_in_hook {
                let place = info.location().map(|place| format!("{}:{}", place.file(), place.line()));
                let _ = PLACE.try_with(|kept| *kept.borrow_mut() = place);
            }
            if !is_in_hook || std::env::var_os("RUST_BACKTRACE").map_or(false, |value| value != "0") {
                previous(info);
            }
        }));
    });
}

/// Runs `body`; a panic is its text, with the place in the source.
pub(crate) fn catch<T>(body: impl FnOnce() -> T) -> Result<T, String> {
    DEPTH.with(|depth| depth.set(depth.get() + 1));
    let result = panic::catch_unwind(AssertUnwindSafe(body));
    DEPTH.with(|depth| depth.set(depth.get() - 1));
    result.map_err(|payload| {
        let text = text(&*payload);
        // A value that panics when it is dropped would get out.
        std::mem::forget(payload);
        match PLACE.with(|place| place.borrow_mut().take()) {
            Some(place) => format!("{text} (panicked at {place})"),
            None => text,
        }
    })
}

fn text(payload: &(dyn Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        return (*text).to_string();
    }
    match payload.downcast_ref::<String>() {
        Some(text) => text.clone(),
        None => "a panic without a text".to_string(),
    }
}
