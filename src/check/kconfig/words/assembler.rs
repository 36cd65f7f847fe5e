//! Owns what a comment is in an assembler file, besides those of C: that depends on the architecture.

use crate::arch;

/// The characters that begin a comment anywhere in a line, by the directory below `arch`. Source: `comment_chars` in the `tc-*.c` of
/// the GNU assembler.
const MARKS: [(&str, &[u8]); 20] = [
    ("alpha", b"#"),
    ("arc", b"#;"),
    ("arm", b"@"),
    ("arm64", b""),
    ("csky", b"#"),
    ("hexagon", b""),
    ("loongarch", b"#"),
    ("m68k", b"|"),
    ("microblaze", b"#"),
    ("mips", b"#"),
    ("nios2", b"#"),
    ("openrisc", b"#"),
    ("parisc", b";"),
    ("powerpc", b"#"),
    ("riscv", b"#"),
    ("s390", b"#"),
    ("sh", b"!"),
    ("sparc", b"!"),
    ("x86", b"#"),
    ("xtensa", b"#"),
];

/// The directives that a `#` at the beginning of a line belongs to; before any other word it begins a comment.
const DIRECTIVES: [&str; 14] = [
    "define", "elif", "elifdef", "elifndef", "else", "endif", "error", "if", "ifdef", "ifndef",
    "include", "line", "undef", "warning",
];

/// Whether a byte of an assembler file stands in a comment that only the assembler knows.
pub(super) fn is_in_comment(path: &str, text: &str, at: u32) -> bool {
    let before = text.get(..at as usize).unwrap_or_default();
    let line = &before[before.rfind('\n').map_or(0, |newline| newline + 1)..];
    if let Some(rest) = line.trim_start().strip_prefix('#') {
        let rest = rest.trim_start();
        let word = rest.split(|c: char| !c.is_ascii_alphanumeric()).next();
        return !DIRECTIVES.contains(&word.unwrap_or_default());
    }
    // The definition of a macro goes on: `#x` makes a string of its argument.
    let mut lines_before = before.lines().rev().skip(usize::from(!line.is_empty()));
    if lines_before.next().is_some_and(|line| line.ends_with('\\')) {
        return false;
    }
    let arch = arch::of_file(path).map(arch::header_arch);
    match MARKS.iter().find(|(name, _)| arch == Some(name)) {
        Some((_, marks)) => line.bytes().any(|byte| marks.contains(&byte)),
        // Where the architecture is not known, what begins a comment on some, if it stands like one.
        None => line
            .as_bytes()
            .windows(2)
            .any(|pair| b"#@;|!".contains(&pair[0]) && pair[1].is_ascii_whitespace()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_one_of_the_architecture() {
        let is_comment = |path: &str, line: &str| {
            let text = format!("\tnop\n{line} CONFIG_A");
            is_in_comment(path, &text, text.len() as u32 - 8)
        };
        for (path, line) in [
            ("arch/x86/a.S", "\tmov %eax, %ebx # see"),
            ("arch/arm/a.S", "\tnop @"),
            ("arch/arm64/a.S", "# only with"),
            ("arch/m68k/a.S", "\tnop |"),
            ("arch/sparc/a.S", "\tnop ! see"),
            ("arch/parisc/a.S", "\tnop ; see"),
            ("lib/crypto/a.S", "\tnop @ see"),
            ("lib/crypto/a.S", "\tnop # see"),
        ] {
            assert!(is_comment(path, line), "{path}: {line}");
        }
        for (path, line) in [
            ("arch/x86/a.S", "#if"),
            ("arch/x86/a.S", "# ifdef"),
            ("arch/x86/a.S", "#define A"),
            ("arch/x86/a.S", "\tmov $"),
            ("arch/arm/a.S", "\tmov r0, #"),
            ("arch/arm64/a.S", "\tnop ;"),
            ("arch/sh/a.S", "\tmov #"),
            ("arch/x86/a.S", "#define A(x) \\\n\tf #x"),
        ] {
            assert!(!is_comment(path, line), "{path}: {line}");
        }
    }
}
