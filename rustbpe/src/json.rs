//! `tokenizer.json`: a vocabulary in the layout of Hugging Face `tokenizers` (byte-level BPE with the Qwen2 split).

use std::collections::HashMap;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Value, json};

use crate::error::Error;
use crate::split::QWEN2_PATTERN;
use crate::vocabulary::{MAX_VOCABULARY, Vocabulary};

#[derive(Serialize, Deserialize)]
struct File {
    version: String,
    truncation: Value,
    padding: Value,
    added_tokens: Vec<AddedToken>,
    normalizer: Value,
    pre_tokenizer: Value,
    post_processor: Value,
    decoder: Value,
    model: Model,
}

#[derive(Serialize, Deserialize)]
struct AddedToken {
    id: u32,
    content: String,
    single_word: bool,
    lstrip: bool,
    rstrip: bool,
    normalized: bool,
    special: bool,
}

#[derive(Serialize, Deserialize)]
struct Model {
    r#type: String,
    dropout: Value,
    unk_token: Value,
    continuing_subword_prefix: Option<String>,
    end_of_word_suffix: Option<String>,
    fuse_unk: bool,
    byte_fallback: bool,
    ignore_merges: bool,
    vocab: Tokens,
    merges: Vec<Merge>,
}

/// Token → id. Written in the order of the ids.
#[derive(Deserialize)]
#[serde(transparent)]
struct Tokens(HashMap<String, u32>);

impl Serialize for Tokens {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut entries: Vec<_> = self.0.iter().collect();
        entries.sort_by_key(|&(_, id)| id);
        let mut map = serializer.serialize_map(Some(entries.len()))?;
        for (token, id) in entries {
            map.serialize_entry(token, id)?;
        }
        map.end()
    }
}

/// Two tokens that merge: written as "left right", which every reader knows; newer writers make lists of it.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Merge {
    Line(String),
    Pair(String, String),
}

impl Merge {
    fn parts(&self) -> Option<(&str, &str)> {
        match self {
            Merge::Line(line) => line.split_once(' '),
            Merge::Pair(left, right) => Some((left, right)),
        }
    }
}

/// The contents of `tokenizer.json` for a vocabulary.
pub fn to_json(vocabulary: &Vocabulary) -> String {
    let characters = byte_characters();
    let written = |id: u32| -> String {
        vocabulary
            .token(id)
            .unwrap_or_default()
            .iter()
            .map(|&byte| characters[byte as usize])
            .collect()
    };
    let ordinary = (vocabulary.size() - vocabulary.special().len()) as u32;
    let added = |(content, id): (&String, u32)| AddedToken {
        id,
        content: content.clone(),
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
    };
    let merge = |&(left, right): &(u32, u32)| Merge::Line(format!("{} {}", written(left), written(right)));
    let file = File {
        version: "1.0".into(),
        truncation: Value::Null,
        padding: Value::Null,
        added_tokens: vocabulary.special().iter().zip(ordinary..).map(added).collect(),
        normalizer: Value::Null,
        pre_tokenizer: pre_tokenizer(),
        post_processor: Value::Null,
        decoder: byte_level(),
        model: Model {
            r#type: "BPE".into(),
            dropout: Value::Null,
            unk_token: Value::Null,
            continuing_subword_prefix: None,
            end_of_word_suffix: None,
            fuse_unk: false,
            byte_fallback: false,
            ignore_merges: false,
            vocab: Tokens((0..ordinary).map(|id| (written(id), id)).collect()),
            merges: vocabulary.merges().iter().map(merge).collect(),
        },
    };
    serde_json::to_string_pretty(&file).unwrap_or_default()
}

/// Read what [`to_json`] wrote. The text may come from anywhere.
///
/// # Errors
///
/// It isn't such a file, or its parts don't belong together.
pub fn from_json(text: &str) -> Result<Vocabulary, Error> {
    let file: File = serde_json::from_str(text).map_err(|error| Error::Invalid(error.to_string()))?;
    let model = &file.model;
    if model.r#type != "BPE"
        || file.pre_tokenizer != pre_tokenizer()
        || !file.normalizer.is_null()
        || !model
            .continuing_subword_prefix
            .as_deref()
            .unwrap_or_default()
            .is_empty()
        || !model.end_of_word_suffix.as_deref().unwrap_or_default().is_empty()
    {
        return Err(Error::Invalid("it is no byte-level BPE with the Qwen2 split".into()));
    }
    let size = 256 + model.merges.len();
    if model.vocab.0.len() != size {
        return Err(Error::Invalid(format!(
            "{} tokens don't fit {} merges",
            model.vocab.0.len(),
            model.merges.len()
        )));
    }
    if size > MAX_VOCABULARY {
        return Err(Error::Invalid(format!("{size} tokens are more than {MAX_VOCABULARY}")));
    }
    let id = |token: &str| model.vocab.0.get(token).copied();
    for (byte, character) in byte_characters().into_iter().enumerate() {
        if id(character.encode_utf8(&mut [0; 4])) != Some(byte as u32) {
            return Err(Error::Invalid(format!("byte {byte} isn't token {byte}")));
        }
    }
    let mut merges = Vec::with_capacity(model.merges.len());
    let mut joined = String::new();
    for (index, merge) in model.merges.iter().enumerate() {
        let parts = merge.parts().and_then(|(left, right)| {
            joined.clear();
            joined.extend([left, right]);
            (id(&joined)? as usize == 256 + index).then_some((id(left)?, id(right)?))
        });
        merges.push(parts.ok_or_else(|| Error::Invalid(format!("merge {index} doesn't make token {}", 256 + index)))?);
    }
    for (index, added) in file.added_tokens.iter().enumerate() {
        if !added.special || added.id as usize != size + index {
            return Err(Error::Invalid("the special tokens aren't the last ones".into()));
        }
    }
    Vocabulary::new(
        merges,
        file.added_tokens.into_iter().map(|added| added.content).collect(),
    )
}

fn byte_level() -> Value {
    json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false})
}

fn pre_tokenizer() -> Value {
    let split = json!({"type": "Split", "pattern": {"Regex": QWEN2_PATTERN}, "behavior": "Isolated", "invert": false});
    json!({"type": "Sequence", "pretokenizers": [split, byte_level()]})
}

/// The printable character that stands for each byte, as GPT-2 chose them: the byte's own in Latin-1 if that shows,
/// else the next one from U+0100 on.
fn byte_characters() -> [char; 256] {
    let mut next = 0x100;
    std::array::from_fn(|byte| match byte as u8 {
        shown @ (0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff) => shown as char,
        _ => {
            next += 1;
            char::from_u32(next - 1).unwrap_or_default()
        }
    })
}
