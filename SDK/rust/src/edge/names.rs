//! Names for people. No call is at hand: what goes wrong is logged.

use super::{logged_status, Hooks};
use crate::bytes::borrow;
use crate::kind::*;
use crate::sys::*;
use crate::{Out, Result};

impl<K: NameOfTask> Hooks<K> {
    pub const NAME_OF_TASK: Option<NameHook> = Some(name_of_task::<K>);
}
unsafe extern "C" fn name_of_task<K: NameOfTask>(task: th_bytes, text: *mut th_out) -> th_status {
    logged_status("name_of_task", || write(&K::name_of_task(borrow(task)), text))
}

impl<K: NameOfRequest> Hooks<K> {
    pub const NAME_OF_REQUEST: Option<NameHook> = Some(name_of_request::<K>);
}
unsafe extern "C" fn name_of_request<K: NameOfRequest>(request: th_bytes, text: *mut th_out) -> th_status {
    logged_status("name_of_request", || write(&K::name_of_request(borrow(request)), text))
}

fn write(name: &str, text: *mut th_out) -> Result<()> {
    let mut end = name.len().min(256);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    Out { raw: text }.push(&name.as_bytes()[..end])
}
