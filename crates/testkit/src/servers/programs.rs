use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// Debian keeps server programs out of PATH, one folder a major version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// Homebrew's prefixes on Apple silicon, on Intel and on Linux. Versioned formulas
/// (`postgresql@17`) are not linked into `bin`.
const HOMEBREW: [&str; 3] = ["/opt/homebrew", "/usr/local", "/home/linuxbrew/.linuxbrew"];

/// The folder that holds both `initdb` and `postgres`: from PATH, or the newest that Debian or
/// Homebrew installed.
pub(super) fn postgres_programs() -> Option<PathBuf> {
    let mut installed: Vec<PathBuf> = subfolders(Path::new(DEBIAN));
    for prefix in HOMEBREW {
        let formulas = subfolders(&Path::new(prefix).join("opt"));
        installed
            .extend(formulas.into_iter().filter(|formula| name(formula).starts_with("postgresql")));
    }
    installed.sort_by_key(|folder| std::cmp::Reverse(major_version(&name(folder))));
    path_folders()
        .chain(installed.into_iter().map(|folder| folder.join("bin")))
        .find(|bin| bin.join("initdb").is_file() && bin.join("postgres").is_file())
}

/// The `redis-server` program, from PATH or Homebrew's prefixes.
pub(super) fn redis_program() -> Option<PathBuf> {
    path_folders()
        .chain(HOMEBREW.iter().map(|prefix| Path::new(prefix).join("bin")))
        .map(|bin| bin.join("redis-server"))
        .find(|program| program.is_file())
}

fn path_folders() -> impl Iterator<Item = PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).collect::<Vec<_>>().into_iter()
}

fn subfolders(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default()
}

fn name(folder: &Path) -> String {
    folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// `15` of `15` and of `postgresql@15`; 0 where there is none.
fn major_version(name: &str) -> u32 {
    name.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::major_version;

    #[test]
    fn versions_compare_as_numbers() {
        assert!(major_version("postgresql@9") < major_version("15"));
        assert_eq!(major_version("postgresql"), 0);
    }
}
