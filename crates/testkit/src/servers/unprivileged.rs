use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// The user a server runs as. PostgreSQL refuses to run as root, so that root (in a container, in
/// CI) hands its folder and its programs to `postgres`, or else to `nobody`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unprivileged(Option<(u32, u32)>);

impl Unprivileged {
    /// Picks the user and gives them `folder`, which was made by this process (its owner tells
    /// whether that is root).
    pub(super) fn owning(folder: &Path) -> Self {
        let owner = fs::metadata(folder).expect("the folder was just made").uid();
        if owner != 0 {
            return Self(None);
        }
        let (user, group) = ["postgres", "nobody"]
            .iter()
            .find_map(|name| Some((id("-u", name)?, id("-g", name)?)))
            .expect("this system has a user `postgres` or `nobody`");
        chown(folder, Some(user), Some(group)).expect("root may give folders away");
        Self(Some((user, group)))
    }

    /// Lets `command` run as that user, without root's supplementary groups.
    pub(super) fn apply(self, command: &mut Command) {
        if let Some((user, group)) = self.0 {
            command.gid(group).uid(user);
        }
    }
}

fn id(which: &str, user: &str) -> Option<u32> {
    let output = Command::new("id").args([which, user]).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
