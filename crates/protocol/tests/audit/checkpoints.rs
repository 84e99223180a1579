//! A checkpoint's text is read as it is written, and not otherwise.

use countersign_protocol::audit::{Checkpoint, CheckpointError, Hash};

const ROOT: &str = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";

fn checkpoint(origin: &str, size: u64, extensions: &[&str]) -> Checkpoint {
    let extensions = extensions.iter().map(|line| (*line).to_owned()).collect();
    Checkpoint { origin: origin.to_owned(), size, root: ROOT.parse().unwrap(), extensions }
}

/// The text of the example in C2SP's tlog-checkpoint, and others that it allows.
#[test]
fn a_checkpoint_reads_back_what_it_wrote() {
    for (one, text) in [
        (
            checkpoint("example.com/behind-the-sofa", 20_852_163, &[]),
            format!("example.com/behind-the-sofa\n20852163\n{ROOT}\n"),
        ),
        (checkpoint("go.sum database tree", 0, &[]), format!("go.sum database tree\n0\n{ROOT}\n")),
        (
            checkpoint("ä+ö", u64::MAX, &["one", " two "]),
            format!("ä+ö\n18446744073709551615\n{ROOT}\none\n two \n"),
        ),
    ] {
        assert_eq!(one.text().as_ref(), Ok(&text));
        assert_eq!(text.parse(), Ok(one));
    }
}

#[test]
fn another_text_is_no_checkpoint() {
    use CheckpointError::{Line, Lines, Root, Size};
    let with = |size: &str, root: &str| format!("log.example\n{size}\n{root}\n");
    let texts = [
        (Lines, String::new()),
        (Lines, "\n".into()),
        (Lines, "log.example\n7\n".into()),
        (Lines, format!("log.example\n7\n{ROOT}")),
        (Line, format!("\n7\n{ROOT}\n")),
        (Line, format!("log.example\n7\n{ROOT}\n\n")),
        (Line, format!("log.example\n7\n{ROOT}\none\n\ntwo\n")),
        (Line, format!("log.example\r\n7\n{ROOT}\n")),
        (Line, format!("log\texample\n7\n{ROOT}\n")),
        (Line, format!("log.example\n7\n{ROOT}\none\r\n")),
        (Line, format!("log.example\n7\n{ROOT}\n\0\n")),
    ];
    let sizes = [
        "",
        "07",
        "00",
        "+7",
        "-7",
        "-0",
        " 7",
        "7 ",
        "7\r",
        "0x7",
        "7.0",
        "٧",
        "1e3",
        "18446744073709551616",
    ]
    .map(|size| (Size, with(size, ROOT)));
    let roots = [
        "",
        "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I",
        "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=",
        "CsUYapGGPo4dkMgIAUqom_Xajj7h2fB2MPA3j2jxq2I=",
        "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I= ",
        "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\r",
        "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jx",
        "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2IA",
    ]
    .map(|root| (Root, with("7", root)));
    for (error, text) in texts.into_iter().chain(sizes).chain(roots) {
        assert_eq!(text.parse::<Checkpoint>(), Err(error), "{text:?}");
    }
}

#[test]
fn a_checkpoint_that_could_not_be_read_back_is_not_written() {
    for (origin, extensions) in [
        ("", &[][..]),
        ("log.example\n8", &[]),
        ("log.example\r", &[]),
        ("log.example", &[""]),
        ("log.example", &["one\n\n— log.example AAAA"]),
    ] {
        assert_eq!(checkpoint(origin, 7, extensions).text(), Err(CheckpointError::Line));
    }
}

#[test]
fn a_hash_is_text_in_one_way() {
    let hash: Hash = ROOT.parse().unwrap();
    assert_eq!(hash.to_string(), ROOT);
    let json = serde_json::to_string(&hash).unwrap();
    assert_eq!(json, format!("\"{ROOT}\""));
    assert_eq!(serde_json::from_str::<Hash>(&json).unwrap(), hash);
    assert!(serde_json::from_str::<Hash>("\"AAAA\"").is_err());
}
