//! Owns for whom a name is exported: for every module, for those that import its namespace, or for those that a list names.
//!
//! Follows `include/linux/export.h`, `include/kunit/visibility.h` and `scripts/mod/modpost.c` of 7.2.

use std::sync::Arc;

use memchr::memmem;

use crate::check::error::CheckError;
use crate::cpp::cache::{Cache, Indexed};
use crate::cpp::condition::Conditions;
use crate::cpp::is_code;
use crate::cpp::lex::{Kind as TokenKind, Lexer, Token, last_word};
use crate::cpp::occurrence::Kind;
use crate::cpp::scan::{DirectiveKind, File};
use crate::kconfig::model::Model;
use crate::tree::Tree;

/// The namespace of names that are exported for tests.
const FOR_TESTS: &str = "EXPORTED_FOR_KUNIT_TESTING";

/// The macro that imports a namespace.
const IMPORT: &str = "MODULE_IMPORT_NS";

/// The header with the macro that exports for tests.
const VISIBILITY: &str = "include/kunit/visibility.h";

/// A source file that may be a module, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct User {
    /// The file.
    pub path: Arc<str>,
    /// The namespaces that it imports.
    imports: Vec<String>,
    /// The other source files of the modules that it is a part of, each of which may import some, too.
    parts: Vec<String>,
    /// Holds what the module may be called: after the file, or after the composite objects that the file is a part of.
    names: Vec<String>,
    /// Whether it is a KUnit test.
    is_test: bool,
}

/// The namespaces that a source file or header imports, outside of its comments.
fn imported(text: &str) -> Vec<&str> {
    if !text.contains(IMPORT) {
        return Vec::new();
    }
    let tokens: Vec<Token> = Lexer::new(text, 0, text.len()).collect();
    let calls = tokens.windows(3).filter(|call| {
        call[0].span.of(text) == IMPORT
            && call[1].is(b'(')
            && matches!(call[2].kind, TokenKind::Identifier | TokenKind::Literal)
    });
    calls.map(|call| bare(call[2].span.of(text))).collect()
}

/// The composite object that a line of a list of kbuild adds parts to, and what it adds.
fn composite(line: &str) -> Option<(&str, &str)> {
    let (variable, words) = line.split_once('=')?;
    let first = variable.split('-').next().unwrap_or_default().trim();
    let is_composite = !first.is_empty() && !["obj", "lib"].contains(&first);
    // Anything that comes last is `-y`, `-objs` or `-$(CONFIG_X)`.
    let name = variable.rsplit_once('-').map_or(variable, |(name, _)| name);
    is_composite.then_some((name.trim(), words))
}

impl User {
    /// Reads what the file, and the list of kbuild beside it, say.
    pub(in crate::check) fn new(tree: &Tree, path: &Arc<str>) -> Self {
        let text = tree.text_if_there(path).unwrap_or_default();
        let mut parts_of_modules = Vec::new();
        let (directory, file) = path.rsplit_once('/').unwrap_or(("", path));
        let stem = file.strip_suffix(".c").unwrap_or(file);
        let mut names = vec![stem.replace('-', "_")];
        for list in ["Makefile", "Kbuild"] {
            let list = tree
                .read_text(&format!("{directory}/{list}"))
                .unwrap_or_default();
            let object = format!("{stem}.o");
            let list = list.replace("\\\n", " ");
            let composites = || list.lines().filter_map(composite);
            let has_it = |words: &str| words.split_whitespace().any(|word| word == object);
            for (name, _) in composites().filter(|(_, words)| has_it(words)) {
                let parts = composites().filter(|(of, _)| *of == name);
                let parts = parts.flat_map(|(_, words)| words.split_whitespace());
                let parts = parts.filter_map(|word| word.strip_suffix(".o"));
                parts_of_modules.extend(parts.map(|part| format!("{directory}/{part}.c")));
                names.push(name.replace('-', "_"));
            }
        }
        Self {
            path: path.clone(),
            imports: imported(&text).into_iter().map(str::to_owned).collect(),
            parts: parts_of_modules,
            names,
            is_test: path.contains("kunit") || path.contains("/tests/") || text.contains("<kunit/"),
        }
    }

    fn imports(&self, tree: &Tree, namespace: &str) -> bool {
        let mut parts = self.parts.iter();
        self.imports.iter().any(|known| known == namespace)
            || parts.any(|part| {
                let text = tree.text_if_there(part).unwrap_or_default();
                imported(&text).contains(&namespace)
            })
            || self.may_include_import(tree, namespace)
    }

    /// Whether a header that the file may include imports a namespace: one of all headers in `include`, or one beside it.
    fn may_include_import(&self, tree: &Tree, namespace: &str) -> bool {
        let is_header = |path: &str| path.ends_with(".h");
        let directory = self.path.rsplit_once('/').map_or("", |(above, _)| above);
        let beside = tree.list(directory).unwrap_or_default();
        let beside = beside
            .iter()
            .map(|entry| format!("{directory}/{}", entry.name));
        let mut headers: Vec<String> = beside.filter(|path| is_header(path)).collect();
        headers.extend(tree.walk("include", &is_header).unwrap_or_default());
        let mut imports = false;
        tree.read_each(&headers, &mut |_, text| {
            let text = text.unwrap_or_default();
            imports = imports
                || memmem::find(text, IMPORT.as_bytes()).is_some()
                    && imported(&String::from_utf8_lossy(text)).contains(&namespace);
        });
        imports
    }

    /// Whether a list of modules, in which `*` ends a prefix, has the module in it.
    fn is_in(&self, list: &str) -> bool {
        let mut modules = list.split(',').map(|name| name.trim().replace('-', "_"));
        modules.any(|module| match module.strip_suffix('*') {
            Some(prefix) => self.names.iter().any(|name| name.starts_with(prefix)),
            None => self.names.contains(&module),
        })
    }
}

/// A way in which a name is exported.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Export {
    /// For every module.
    All,
    /// For modules that import the namespace.
    Namespace(String),
    /// For these modules.
    Modules(String),
    /// For KUnit tests, in a tree whose macro names no namespace.
    Tests,
}

impl Export {
    fn serves(&self, tree: &Tree, user: &User) -> bool {
        match self {
            Export::All => true,
            Export::Namespace(namespace) => user.imports(tree, namespace),
            Export::Modules(list) => user.is_in(list),
            Export::Tests => user.is_test,
        }
    }
}

/// The first of the users for which no file of the architecture exports a name. `definer` is the file that defines it.
pub(in crate::check) fn not_served<'a>(
    cache: &Cache<'_>,
    model: &Model,
    users: &'a [User],
    definer: &Indexed,
    name: &str,
) -> Result<Option<&'a User>, CheckError> {
    let mut exports = in_file(cache.tree(), definer, name);
    let find = |exports: &[Export]| {
        let mut users = users.iter();
        users.find(|user| {
            !exports
                .iter()
                .any(|export| export.serves(cache.tree(), user))
        })
    };
    if find(&exports).is_none() {
        return Ok(None);
    }
    // Only a name that looks like it is not exported is worth a look at the other files.
    exports.extend(elsewhere(cache, model, name)?);
    Ok(find(&exports))
}

/// The ways in which the files of an architecture export a name, for those who ask about several users.
pub(in crate::check) struct Exports(Vec<Export>);

impl Exports {
    /// Those of a name that `definer` defines.
    pub(in crate::check) fn of(
        cache: &Cache<'_>,
        model: &Model,
        definer: &Indexed,
        name: &str,
    ) -> Result<Self, CheckError> {
        let mut exports = Self(in_file(cache.tree(), definer, name));
        if !exports.serve_all() {
            exports.0.extend(elsewhere(cache, model, name)?);
        }
        Ok(exports)
    }

    /// Whether the user, a file of the tree, may use the name as a module.
    pub(in crate::check) fn serve(&self, tree: &Tree, user: &User) -> bool {
        self.0.iter().any(|export| export.serves(tree, user))
    }

    /// Whether every module may.
    pub(in crate::check) fn serve_all(&self) -> bool {
        self.0.contains(&Export::All)
    }

    /// Whether none may.
    pub(in crate::check) fn serve_none(&self) -> bool {
        self.0.is_empty()
    }
}

/// The ways in which any file of the architecture exports a name.
fn elsewhere(cache: &Cache<'_>, model: &Model, name: &str) -> Result<Vec<Export>, CheckError> {
    let tree = cache.tree();
    let wanted = cache.wanted(&[name]);
    let finder = memmem::Finder::new(name);
    let mut exports = Vec::new();
    for path in tree.walk(&format!("arch/{}", model.srcarch), &is_code)? {
        if !cache.holds(&path, &wanted)? {
            continue;
        }
        let text = tree.read(&path)?;
        let is_exported = finder.find_iter(&text).any(|at| {
            let line =
                &text[memchr::memrchr(b'\n', &text[..at]).map_or(0, |newline| newline + 1)..at];
            memmem::find(line, b"EXPORT").is_some()
        });
        if is_exported {
            match path.ends_with(".c").then(|| cache.file(&path)).flatten() {
                Some(indexed) => exports.extend(in_file(tree, &indexed, name)),
                // A line of assembler is not read closely: it counts as an export.
                None => exports.push(Export::All),
            }
        }
    }
    Ok(exports)
}

/// The ways in which a file exports a name.
fn in_file(tree: &Tree, indexed: &Indexed, name: &str) -> Vec<Export> {
    let text = &*indexed.file.text;
    let places = indexed.file.occurrences(&[name], &mut Conditions::new());
    let exports = places.iter().filter(|place| place.kind == Kind::Export);
    let exports = exports.map(|place| {
        let before = text
            .get(..place.location.start as usize)
            .unwrap_or_default();
        let after = text.get(place.location.end as usize..).unwrap_or_default();
        export(tree, text, before, after)
    });
    let exports: Vec<Export> = exports.collect();
    // A macro may make the name and export it at once.
    let is_made = exports.is_empty() && !places.iter().any(|place| place.kind.provides());
    match is_made && has_exporting_macro(&indexed.file) {
        true => vec![Export::All],
        false => exports,
    }
}

/// Whether a macro of a file exports what it is given.
fn has_exporting_macro(file: &File) -> bool {
    let mut directives = file.directives.iter();
    directives.any(|directive| match directive.kind {
        DirectiveKind::Define {
            parameters: Some(_),
            body,
            ..
        } => body.of(&file.text).contains("EXPORT_SYMBOL"),
        _ => false,
    })
}

/// Returns what the macro around a name exports it for. `before` and `after` are the texts around the name.
fn export(tree: &Tree, text: &str, before: &str, after: &str) -> Export {
    let before = before.trim_end();
    let before = before.strip_suffix('(').unwrap_or(before).trim_end();
    let argument = after.split(')').next().unwrap_or_default();
    let argument = bare(argument.trim_start().trim_start_matches(',')).to_owned();
    match last_word(before) {
        "EXPORT_SYMBOL_IF_KUNIT" => {
            let header = tree.text_if_there(VISIBILITY).unwrap_or_default();
            match header.contains(FOR_TESTS) {
                true => Export::Namespace(FOR_TESTS.to_owned()),
                false => Export::Tests,
            }
        }
        "EXPORT_SYMBOL_NS" | "EXPORT_SYMBOL_NS_GPL" => Export::Namespace(argument),
        "EXPORT_SYMBOL_FOR_MODULES" | "EXPORT_SYMBOL_GPL_FOR_MODULES" => Export::Modules(argument),
        _ => match default_namespace(text) {
            Some(namespace) => Export::Namespace(namespace.to_owned()),
            None => Export::All,
        },
    }
}

/// The namespace of a file's plain exports, where it sets one.
fn default_namespace(text: &str) -> Option<&str> {
    text.lines().find_map(|line| {
        let rest = line.trim().strip_prefix('#')?.trim_start();
        let rest = rest.strip_prefix("define")?.trim_start();
        let value = rest.strip_prefix("DEFAULT_SYMBOL_NAMESPACE")?;
        value.starts_with([' ', '\t']).then(|| bare(value))
    })
}

/// A name without white space and quotes around it.
fn bare(text: &str) -> &str {
    text.trim().trim_matches('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a module of these files may use `x`, which `file` exports in one line.
    fn is_served(line: &str, module: &str) -> bool {
        let directory = tempfile::tempdir().unwrap();
        let mut tree = Tree::open_directory(directory.path()).unwrap();
        let mut put = |path: &str, text: &str| tree.overlay(path, Some(text.into())).unwrap();
        put("m/my-test.c", module);
        put(
            "m/Makefile",
            "obj-m += whole.o\nwhole-y := other.o \\\n\tmy-test.o\nwhole-y += third.o\napart-y := fourth.o\n",
        );
        put("include/linux/h.h", "MODULE_IMPORT_NS(\"HEADER\");\n");
        put("m/third.c", "MODULE_IMPORT_NS(\"BESIDE\");\n");
        put("m/fourth.c", "MODULE_IMPORT_NS(\"APART\");\n");
        put(
            VISIBILITY,
            "/* Users need MODULE_IMPORT_NS(\"EXPORTED_FOR_KUNIT_TESTING\") to have it. */\n#define EXPORT_SYMBOL_IF_KUNIT(s) EXPORT_SYMBOL_NS(s, \"EXPORTED_FOR_KUNIT_TESTING\")\n",
        );
        let user = User::new(&tree, &Arc::from("m/my-test.c"));
        let (before, after) = line.split_once("(x").unwrap();
        export(&tree, line, &format!("{before}("), after).serves(&tree, &user)
    }

    #[test]
    fn a_macro_may_export_what_it_makes() {
        let has = |text: &str| has_exporting_macro(&File::parse("a.c".into(), text));
        assert!(has(
            "#define MAKE(n) void f_##n(void) { } \\\n\tEXPORT_SYMBOL(f_##n)\nMAKE(x);\n"
        ));
        assert!(!has(
            "#define MAKE(n) void f_##n(void)\nEXPORT_SYMBOL(f);\n"
        ));
        assert!(!has("#define EXPORT EXPORT_SYMBOL(f)\n"));
    }

    #[test]
    fn an_export_is_for_those_that_it_names() {
        let plain = "int a;\n";
        assert!(is_served("EXPORT_SYMBOL(x);", plain));
        assert!(is_served("EXPORT_SYMBOL_GPL(x);", plain));
        for line in [
            "EXPORT_SYMBOL_NS(x, \"MINE\");",
            "EXPORT_SYMBOL_NS_GPL(x, MINE);",
            "#define DEFAULT_SYMBOL_NAMESPACE \"MINE\"\nEXPORT_SYMBOL(x);",
        ] {
            assert!(!is_served(line, plain), "{line}");
            assert!(!is_served(line, "MODULE_IMPORT_NS(\"OTHER\");"), "{line}");
            assert!(is_served(line, "MODULE_IMPORT_NS(\"MINE\");"), "{line}");
            assert!(is_served(line, "MODULE_IMPORT_NS(MINE);"), "{line}");
        }
        // Another part of the module may import it.
        assert!(is_served("EXPORT_SYMBOL_NS_GPL(x, \"BESIDE\");", plain));
        assert!(!is_served("EXPORT_SYMBOL_NS_GPL(x, \"APART\");", plain));
        // So may a header.
        assert!(is_served("EXPORT_SYMBOL_NS_GPL(x, \"HEADER\");", plain));
        let for_tests = "EXPORT_SYMBOL_IF_KUNIT(x);";
        assert!(!is_served(for_tests, plain));
        assert!(!is_served(for_tests, "#include <kunit/test.h>\n"));
        assert!(is_served(
            for_tests,
            "MODULE_IMPORT_NS(\"EXPORTED_FOR_KUNIT_TESTING\");"
        ));
        for (list, served) in [
            ("my-test", true),
            ("a,my_test", true),
            ("whole", true),
            ("my*", true),
            ("my", false),
            ("kvm,kvm-intel", false),
        ] {
            let line = format!("EXPORT_SYMBOL_FOR_MODULES(x, \"{list}\");");
            assert_eq!(is_served(&line, plain), served, "{list}");
        }
    }
}
