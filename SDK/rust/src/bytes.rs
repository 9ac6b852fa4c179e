use crate::sys::th_bytes;

/// The bytes of a slice, lent to the host.
pub(crate) fn lend(bytes: &[u8]) -> th_bytes {
    th_bytes { ptr: bytes.as_ptr(), len: bytes.len() }
}

/// The bytes that the host lends.
///
/// # Safety
/// They must stay as they are for `'a`.
pub(crate) unsafe fn borrow<'a>(bytes: th_bytes) -> &'a [u8] {
    if bytes.len == 0 {
        return &[];
    }
    std::slice::from_raw_parts(bytes.ptr, bytes.len)
}

/// The words of a submission.
#[derive(Clone, Copy)]
pub struct Words<'a>(&'a [th_bytes]);

impl<'a> Words<'a> {
    /// # Safety
    /// `first` points to `count` words, which stay as they are for `'a`.
    pub(crate) unsafe fn new(first: *const th_bytes, count: usize) -> Self {
        Words(if count == 0 { &[] } else { std::slice::from_raw_parts(first, count) })
    }
    /// How many they are.
    pub fn len(&self) -> usize {
        self.0.len()
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// One after the other.
    pub fn iter(self) -> impl Iterator<Item = &'a [u8]> {
        // SAFETY: by the contract of `new`.
        self.0.iter().map(|word| unsafe { borrow(*word) })
    }
}
