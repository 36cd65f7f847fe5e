//! Owns how the name of a symbol is recognised, and which declared name a misspelt one was meant to be.

/// Whether a word of Kconfig is the name of a symbol and not a number.
pub(super) fn is_name(name: &str) -> bool {
    let is_number = name.starts_with("0x")
        || name
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'-');
    !is_number
        && name.bytes().any(|byte| byte.is_ascii_uppercase())
        && name.bytes().all(crate::cpp::lex::is_word)
}

/// The same of a word that stands for a truth value or not: where it does, no other words have a place, with capital letters or without,
/// while elsewhere small letters may be a constant without quotes.
pub(super) fn is_name_as(name: &str, is_truth: bool) -> bool {
    is_name(name) || is_truth && crate::check::kconfig::names::is_name(name)
}

/// Of `names` the one that is nearest to `name`, if one is so near that it may be meant.
pub(super) fn nearest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<String> {
    let most = match name.len() {
        0..=4 => return None,
        5..=8 => 1,
        9..=15 => 2,
        _ => 3,
    };
    names
        .filter(|known| known.len().abs_diff(name.len()) <= most)
        .map(|known| (strsim::damerau_levenshtein(known, name), known))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, known)| known.to_owned())
}
