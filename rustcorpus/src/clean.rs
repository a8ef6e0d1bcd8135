//! Bringing one story into its normal form, or saying why it should be left out.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Why a story is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Drop {
    Empty = 1,
    Fragment = 2,
    Foreign = 3,
    TooShort = 4,
    TooLong = 5,
    CutOff = 6,
}

/// What cleaning changed in a story; flags of a `u8`.
#[derive(Clone, Copy)]
#[repr(u8)]
pub enum Change {
    Unicode = 1,
    Quotes = 2,
    Controls = 4,
    Spaces = 8,
}

/// Which steps are taken. Unicode normal form, control characters and spaces aren't optional: a story has no others.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Typographic quotes, dashes and the ellipsis become ASCII.
    pub quotes: bool,
    /// Stories with markup such as `<|im_start|>`, or with characters that were lost (U+FFFD), are dropped.
    pub fragments: bool,
    /// Stories with less than this share of ASCII characters are dropped; 0 for any.
    pub min_ascii: f64,
    /// Stories with fewer words are dropped.
    pub min_words: usize,
    /// Stories with more words are dropped; 0 for any length.
    pub max_words: usize,
    /// Stories that don't end in final punctuation are dropped.
    pub cut_off: bool,
}

/// Cleans stories, one after the other.
pub struct Cleaner {
    rules: Rules,
}

enum Class {
    Space,
    Line,
    Control,
    Quote(&'static str),
    Text,
}

impl Cleaner {
    pub fn new(rules: Rules) -> Self {
        Self { rules }
    }

    /// Append the normal form of `text` to `out` and return the flags of what changed.
    ///
    /// A story that should be left out is `Err`, and `out` stays as it was.
    pub fn clean(&self, text: &str, out: &mut String) -> Result<u8, Drop> {
        let start = out.len();
        let changes = self.normalize(text, out);
        match self.judge(&out[start..]) {
            Some(reason) => {
                out.truncate(start);
                Err(reason)
            }
            None => Ok(changes),
        }
    }

    fn normalize(&self, text: &str, out: &mut String) -> u8 {
        // Control characters go first: what they kept apart may combine.
        let visible = || text.chars().filter(|character| !is_control(*character));
        if text.is_ascii() || is_nfc_quick(visible()) == IsNormalized::Yes {
            return self.tidy(text, out);
        }
        let normal: String = visible().nfc().collect();
        let mut changes = self.tidy(&normal, out);
        if visible().count() < text.chars().count() {
            changes |= Change::Controls as u8;
        }
        if !visible().eq(normal.chars()) {
            changes |= Change::Unicode as u8;
        }
        changes
    }

    fn tidy(&self, text: &str, out: &mut String) -> u8 {
        let start = out.len();
        let (mut changes, mut spaces, mut lines, mut odd) = (0, 0usize, 0usize, false);
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            let plain = plain_prefix(rest.as_bytes());
            let (here, after) = rest.split_at(plain.max(character.len_utf8()));
            rest = after;
            let written = match classify(character) {
                Class::Space => {
                    spaces += 1;
                    odd |= character != ' ';
                    continue;
                }
                Class::Line => {
                    lines += 1;
                    odd |= character != '\n';
                    continue;
                }
                Class::Control => {
                    changes |= Change::Controls as u8;
                    continue;
                }
                Class::Quote(ascii) if self.rules.quotes => {
                    changes |= Change::Quotes as u8;
                    ascii
                }
                Class::Quote(_) | Class::Text => here,
            };
            if spaces + lines > 0 && out.len() > start {
                out.push(if lines > 0 { '\n' } else { ' ' });
                if odd || spaces + lines > 1 {
                    changes |= Change::Spaces as u8;
                }
            }
            (spaces, lines, odd) = (0, 0, false);
            out.push_str(written);
        }
        changes
    }

    fn judge(&self, text: &str) -> Option<Drop> {
        let rules = &self.rules;
        if text.is_empty() {
            return Some(Drop::Empty);
        }
        if rules.fragments && has_fragment(text) {
            return Some(Drop::Fragment);
        }
        if rules.min_ascii > 0.0 && !text.is_ascii() {
            let (ascii, all) = text.chars().fold((0usize, 0usize), |(ascii, all), character| {
                (ascii + usize::from(character.is_ascii()), all + 1)
            });
            if (ascii as f64) < rules.min_ascii * all as f64 {
                return Some(Drop::Foreign);
            }
        }
        // In normal form, words are what stands between single spaces and line ends.
        let words = 1 + text.bytes().filter(|byte| matches!(byte, b' ' | b'\n')).count();
        if words < rules.min_words {
            return Some(Drop::TooShort);
        }
        if rules.max_words > 0 && words > rules.max_words {
            return Some(Drop::TooLong);
        }
        (rules.cut_off && !is_finished(text)).then_some(Drop::CutOff)
    }
}

/// How many bytes at the front are in normal form whatever the rules: visible ASCII, with single spaces and line ends
/// between. They begin and end with visible ones.
fn plain_prefix(bytes: &[u8]) -> usize {
    const BLOCK: usize = 32; // bytes that are looked at together, without branches
    let visible = |byte: u8| byte.is_ascii_graphic();
    let plain = |byte: u8, next: u8| visible(byte) | (matches!(byte, b' ' | b'\n') & visible(next));
    let mut end = 0;
    if !bytes.first().is_some_and(|byte| visible(*byte)) {
        return end;
    }
    while let Some(block) = bytes[end..].first_chunk::<{ BLOCK + 1 }>() {
        if !(0..BLOCK).fold(true, |all, at| all & plain(block[at], block[at + 1])) {
            break;
        }
        end += BLOCK;
    }
    let rest = &bytes[end..];
    let next = rest.iter().skip(1).chain(&[0]);
    end + rest
        .iter()
        .zip(next)
        .take_while(|(byte, next)| plain(**byte, **next))
        .count()
}

fn classify(character: char) -> Class {
    match character {
        '!'..='~' => Class::Text,
        '\n' | '\r' | '\x0b' | '\x0c' | '\u{85}' | '\u{2028}' | '\u{2029}' => Class::Line,
        ' ' | '\t' => Class::Space,
        control if is_control(control) => Class::Control,
        '\u{2018}'..='\u{201b}' | '\u{2032}' => Class::Quote("'"),
        '\u{201c}'..='\u{201f}' | '\u{2033}' | '«' | '»' => Class::Quote("\""),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => Class::Quote("-"),
        '…' => Class::Quote("..."),
        other if other.is_whitespace() => Class::Space,
        _ => Class::Text,
    }
}

/// Whether a character acts on a terminal or can't be seen; spaces and line ends aside.
fn is_control(character: char) -> bool {
    matches!(character, '\0'..='\x08' | '\x0e'..='\x1f' | '\x7f'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{ad}' | '\u{61c}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Whether the text holds `<|name|>` markup or a replacement character.
fn has_fragment(text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let Some(inside) = rest.strip_prefix('|') else {
            continue;
        };
        rest = inside;
        let name = rest
            .bytes()
            .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
            .count();
        if name > 0 && rest[name..].starts_with("|>") {
            return true;
        }
    }
    text.contains('\u{fffd}')
}

/// Whether the text ends a sentence, closing quotes and brackets aside.
fn is_finished(text: &str) -> bool {
    let end = text.trim_end_matches(['"', '\'', ')', ']', '*', '\u{2019}', '\u{201d}', '»', '“', '」']);
    end.ends_with(['.', '!', '?', '…', '。', '！', '？'])
}
