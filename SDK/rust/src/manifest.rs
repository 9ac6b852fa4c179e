//! The description of a kind, and the ELF note that is made of it while the plugin is compiled.

/// What a kind is called, what it promises, and which options it has. `plugin!` makes it.
pub struct Info {
    /// Such as "org.example.sha".
    pub id: &'static str,
    /// The short name for the command line.
    pub name: &'static str,
    /// Such as "1.2.0".
    pub version: &'static str,
    /// Names the format of requests and responses; both ends compare it.
    pub wire: &'static str,
    /// One line for people.
    pub summary: &'static str,
    /// The bits of [`flags`].
    pub flags: u32,
    /// What users may set.
    pub options: &'static [(&'static str, Standard, &'static str)],
    /// Words that `taskhost plugin check` gives to the kind; paths are relative to the library.
    pub examples: &'static [&'static str],
}

/// The value of an option that is not set, and thereby its type.
pub enum Standard {
    /// A whole number.
    Int(i64),
    /// True or false.
    Bool(bool),
    /// A text.
    Text(&'static str),
}

/// What a kind promises; the words are those of the manifest.
#[allow(non_upper_case_globals)]
pub mod flags {
    /// Requests do not depend on the worker's status: they may be pipelined.
    pub const stateless: u32 = 1;
    /// The worker's state may be inherited by fork.
    pub const fork_safe: u32 = 2;
    /// A request that had started may be sent again.
    pub const idempotent: u32 = 4;
    /// Equal requests have equal responses.
    pub const deterministic: u32 = 8;
    /// `perform` asks whether it is cancelled.
    pub const polls_cancel: u32 = 16;
    /// `on_task_gone` replaces a task whose worker died by smaller ones.
    pub const splits: u32 = 32;
}

const FLAG_NAMES: [&str; 6] = ["stateless", "fork_safe", "idempotent", "deterministic", "polls_cancel", "splits"];

/// Text that is being written into `N` bytes; what does not fit is counted only.
struct Text<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Text<N> {
    const fn byte(mut self, byte: u8) -> Self {
        if self.len < N {
            self.bytes[self.len] = byte;
        }
        self.len += 1;
        self
    }
    const fn plain(mut self, text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut i = 0;
        while i < bytes.len() {
            self = self.byte(bytes[i]);
            i += 1;
        }
        self
    }
    const fn quoted(mut self, text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut i = 0;
        self = self.byte(b'"');
        while i < bytes.len() {
            if bytes[i] == b'"' || bytes[i] == b'\\' {
                self = self.byte(b'\\');
            }
            self = self.byte(if bytes[i] < 0x20 { b' ' } else { bytes[i] });
            i += 1;
        }
        self.byte(b'"')
    }
    const fn member(self, name: &str, value: &str) -> Self {
        self.plain(",\"").plain(name).plain("\":").quoted(value)
    }
    const fn number(mut self, value: i64) -> Self {
        if value < 0 {
            self = self.byte(b'-');
        }
        let mut unit: u64 = 1;
        let value = value.unsigned_abs();
        while value / unit >= 10 {
            unit *= 10;
        }
        while unit > 0 {
            self = self.byte(b'0' + (value / unit % 10) as u8);
            unit /= 10;
        }
        self
    }
}

const fn write<const N: usize>(info: &Info) -> Text<N> {
    let mut text = Text { bytes: [0; N], len: 0 };
    text = text.plain("{\"schema\":1").member("id", info.id).member("name", info.name);
    text = text.member("version", info.version).plain(",\"abi\":{\"major\":1,\"needs_minor\":0}");
    text = text.member("wire", info.wire);
    if !info.summary.is_empty() {
        text = text.member("summary", info.summary);
    }
    if info.flags != 0 {
        text = text.plain(",\"flags\":[");
        let (mut bit, mut count) = (0, 0);
        while bit < FLAG_NAMES.len() {
            if info.flags & (1 << bit) != 0 {
                if count > 0 {
                    text = text.byte(b',');
                }
                text = text.quoted(FLAG_NAMES[bit]);
                count += 1;
            }
            bit += 1;
        }
        text = text.byte(b']');
    }
    if !info.options.is_empty() {
        text = text.plain(",\"config\":[");
        let mut i = 0;
        while i < info.options.len() {
            text = text.plain(if i == 0 { "{\"key\":" } else { ",{\"key\":" }).quoted(info.options[i].0);
            text = match &info.options[i].1 {
                Standard::Int(value) => text.member("type", "int").plain(",\"default\":").number(*value),
                Standard::Bool(true) => text.member("type", "bool").plain(",\"default\":true"),
                Standard::Bool(false) => text.member("type", "bool").plain(",\"default\":false"),
                Standard::Text(value) => text.member("type", "string").member("default", value),
            };
            text = text.member("help", info.options[i].2).byte(b'}');
            i += 1;
        }
        text = text.byte(b']');
    }
    let mut i = 0;
    while i < info.examples.len() {
        text = text.plain(if i == 0 { ",\"examples\":[" } else { "," }).quoted(info.examples[i]);
        i += 1;
    }
    if i > 0 {
        text = text.byte(b']');
    }
    text.member("sdk", "taskhost-rust 1.0").byte(b'}')
}

const fn check_identifier(text: &str) {
    let bytes = text.as_bytes();
    let mut i = 0;
    assert!(!bytes.is_empty(), "an id or a name is empty");
    while i < bytes.len() {
        let is_good = bytes[i].is_ascii_alphanumeric() || bytes[i] == b'.' || bytes[i] == b'-' || bytes[i] == b'_';
        assert!(is_good, "ids and names may have letters, digits, '.', '-' and '_'");
        i += 1;
    }
}

/// The length of the JSON.
pub const fn size(info: &Info) -> usize {
    check_identifier(info.id);
    check_identifier(info.name);
    write::<0>(info).len
}

/// With one NUL, filled up to a multiple of four.
pub const fn padded(size: usize) -> usize {
    (size + 1 + 3) & !3
}

/// The ELF note.
#[repr(C, align(4))]
pub struct Note<const N: usize> {
    namesz: u32,
    descsz: u32,
    kind: u32,
    name: [u8; 12],
    desc: [u8; N],
}

/// Makes the note.
pub const fn note<const N: usize>(info: &Info) -> Note<N> {
    let text = write::<N>(info);
    assert!(text.len < N, "there is no room for the NUL");
    Note {
        namesz: 9,
        descsz: text.len as u32 + 1,
        kind: crate::sys::TH_NOTE_MANIFEST,
        name: *b"taskhost\0\0\0\0",
        desc: text.bytes,
    }
}

/// A text with a NUL.
pub const fn c_string<const N: usize>(text: &str) -> [u8; N] {
    let (bytes, mut made, mut i) = (text.as_bytes(), [0; N], 0);
    while i < bytes.len() {
        assert!(bytes[i] != 0, "a text contains a NUL");
        made[i] = bytes[i];
        i += 1;
    }
    made
}
