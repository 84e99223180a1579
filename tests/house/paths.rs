//! Every path that a source names, in its `use` lines, in its code and in its macros' arguments.

use proc_macro2::{Group, Spacing, TokenStream, TokenTree};

/// The paths of `source`, from their root: `self`, `super` and the file's own modules become
/// `crate::...`, and what begins with an imported name is traced back to the import. A use tree
/// yields one path a leaf, a glob its parent. Comments and string literals name nothing.
///
/// `module` is the file's own path, such as `crate::http::login`.
pub fn paths(source: &str, module: &str) -> Vec<String> {
    let stream: TokenStream = source.parse().unwrap_or_else(|error| panic!("{module}: {error}"));
    let mut found = Found::default();
    walk(&stream.into_iter().collect::<Vec<_>>(), &segments(module), &mut found);
    let Found { imports, named } = found;
    let traced = named.into_iter().map(|path| traced(path, &imports));
    let imported = imports.iter().map(|import| import.path.clone());
    imported.chain(traced).map(|path| path.join("::")).collect()
}

type Path = Vec<String>;

/// One leaf of a use tree, and the name by which the file calls it.
struct Import {
    name: String,
    path: Path,
}

#[derive(Default)]
struct Found {
    imports: Vec<Import>,
    named: Vec<Path>,
}

fn segments(path: &str) -> Path {
    path.split("::").map(str::to_owned).collect()
}

fn traced(path: Path, imports: &[Import]) -> Path {
    match imports.iter().find(|import| import.name == path[0]) {
        Some(import) => import.path.iter().chain(&path[1..]).cloned().collect(),
        None => path,
    }
}

fn walk(tokens: &[TokenTree], module: &Path, found: &mut Found) {
    let modules = declared_modules(tokens);
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Ident(word) if word == "use" => {
                let end = tokens[at..].iter().position(|token| is(token, ';'));
                let end = end.map_or(tokens.len(), |length| at + length);
                for Import { name, path } in use_tree(&tokens[at + 1..end], &Path::new()) {
                    found.imports.push(Import { name, path: absolute(path, module, &modules) });
                }
                at = end;
            }
            TokenTree::Ident(word) if word == "mod" => {
                if let [TokenTree::Ident(name), TokenTree::Group(body), ..] = &tokens[at + 1..] {
                    let inner = [module.clone(), vec![name.to_string()]].concat();
                    walk(&inside(body), &inner, found);
                    at += 2;
                }
            }
            TokenTree::Ident(_) => {
                let (path, length) = path_at(&tokens[at..]);
                // One word alone is a name of this file's; its import was seen above.
                if path.len() > 1 {
                    found.named.push(absolute(path, module, &modules));
                }
                at += length - 1;
            }
            TokenTree::Group(group) => walk(&inside(group), module, found),
            _ => {}
        }
        at += 1;
    }
}

/// The longest `a::b::c` that the tokens begin with, and how many tokens it takes.
fn path_at(tokens: &[TokenTree]) -> (Path, usize) {
    let mut path = Path::new();
    let mut at = 0;
    while let Some(TokenTree::Ident(word)) = tokens.get(at) {
        path.push(word.to_string());
        at += 1;
        if !(is_separator(&tokens[at..]) && matches!(tokens.get(at + 2), Some(TokenTree::Ident(_))))
        {
            break;
        }
        at += 2;
    }
    (path, at)
}

/// The leaves of what stands between `use` and `;`.
fn use_tree(tokens: &[TokenTree], prefix: &Path) -> Vec<Import> {
    let tokens = if is_separator(tokens) { &tokens[2..] } else { tokens };
    let (own, length) = path_at(tokens);
    let mut path: Path = prefix.iter().cloned().chain(own).collect();
    let rest = &tokens[length..];
    let rest = if is_separator(rest) { &rest[2..] } else { rest };
    if let Some(TokenTree::Group(group)) = rest.first() {
        return inside(group)
            .split(|token| is(token, ','))
            .filter(|branch| !branch.is_empty())
            .flat_map(|branch| use_tree(branch, &path))
            .collect();
    }
    // `a::{self}` is `a`, but `self` alone is this module.
    if path.len() > 1 && path.last().is_some_and(|word| word == "self") {
        path.pop();
    }
    let name = match rest {
        [TokenTree::Ident(word), TokenTree::Ident(alias)] if word == "as" => alias.to_string(),
        [] => path.last().cloned().unwrap_or_default(),
        _ => String::new(),
    };
    vec![Import { name, path }]
}

fn absolute(path: Path, module: &Path, modules: &[String]) -> Path {
    let mut base = module.clone();
    let mut rest = path.as_slice();
    match rest[0].as_str() {
        "self" => rest = &rest[1..],
        "super" => {
            while rest.first().is_some_and(|word| word == "super") {
                base.pop();
                rest = &rest[1..];
            }
        }
        name if modules.iter().any(|module| module == name) => {}
        _ => return path,
    }
    base.extend_from_slice(rest);
    base
}

fn declared_modules(tokens: &[TokenTree]) -> Vec<String> {
    tokens
        .windows(2)
        .filter_map(|pair| match pair {
            [TokenTree::Ident(word), TokenTree::Ident(name)] if word == "mod" => {
                Some(name.to_string())
            }
            _ => None,
        })
        .collect()
}

fn inside(group: &Group) -> Vec<TokenTree> {
    group.stream().into_iter().collect()
}

fn is(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

fn is_separator(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [TokenTree::Punct(first), second, ..]
        if first.as_char() == ':' && first.spacing() == Spacing::Joint && is(second, ':'))
}

#[cfg(test)]
mod tests {
    use super::paths;

    #[test]
    fn a_use_tree_yields_its_leaves() {
        let source = "use a::{b::{self, c as d}, e::*}; pub use ::f; use g;";
        assert_eq!(paths(source, "crate::m"), ["a::b", "a::b::c", "a::e", "f", "g"]);
    }

    #[test]
    fn code_attributes_and_macro_arguments_name_paths() {
        let source = "#[derive(a::B)] fn f(x: &c::D) { on!(conn, |c| e::f(c)); <g::H as i::J>::k(1 + l::<m::N>()) }";
        let found = paths(source, "crate::m");
        for path in ["a::B", "c::D", "e::f", "g::H", "i::J", "m::N"] {
            assert!(found.iter().any(|found| found == path), "{path} in {found:?}");
        }
    }

    #[test]
    fn an_imported_name_is_traced_back() {
        let source = "use crate::{a, b as c, d::{self}}; fn f() { a::x(); c::y(); d::z(); }";
        let found = paths(source, "crate::m");
        assert_eq!(found[3..], ["crate::a::x", "crate::b::y", "crate::d::z"]);
    }

    #[test]
    fn relative_paths_become_absolute() {
        let source =
            "mod x; use x::Y; use self::z; use super::w; mod tests { use super::super::v; }";
        let found = paths(source, "crate::a::b");
        assert_eq!(found, ["crate::a::b::x::Y", "crate::a::b::z", "crate::a::w", "crate::a::v"]);
    }

    #[test]
    fn comments_and_strings_name_nothing() {
        let source = "// a::b\n/* c::d */ /// e::f\nfn f() { let _ = \"g::h\"; }";
        assert_eq!(paths(source, "crate::m"), Vec::<String>::new());
    }
}
