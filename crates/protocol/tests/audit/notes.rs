//! A note is believed if the log's key signed it, and for no other reason.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{Engine, engine::general_purpose::STANDARD};
use countersign_protocol::audit::{Checkpoint, LogKey, LogKeyError, NoteError, leaf_hash};

/// The note of Go's `golang.org/x/mod/sumdb/note`, which its documentation shows, and its signers.
const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const ENOCH: &str = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
pub const TEXT: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const PETERS: &str = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const ENOCHS: &str = "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";

/// A head of Go's checksum database, as it was published.
const GO_SUM: &str = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
const GO_SUM_HEAD: &str = "go.sum database tree\n63096908\n8lHrQPRYe4KT4WQ9/Qk8/taKnD6IRHbFgfN7vQE2Y54=\n\n— sum.golang.org Az3gri/oVBN1jAhNZ/iS+W31psFAWRT20/GyrhpU6taFwulQGetBkH5S7wpGXdS935jiIGiUUAXBVHzT/P6fYhqAmAk=\n";

/// A log's key and what signs for it.
pub struct Signer {
    pub key: LogKey,
    pair: Ed25519KeyPair,
}

impl Signer {
    pub fn new(name: &str, seed: [u8; 32]) -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
        let public_key = pair.public_key().as_ref().try_into().unwrap();
        Self { key: LogKey::new(name, public_key).unwrap(), pair }
    }

    pub fn signature(&self, text: &str) -> [u8; 64] {
        self.pair.sign(text.as_bytes()).as_ref().try_into().unwrap()
    }

    pub fn sign(&self, checkpoint: &Checkpoint) -> String {
        self.key.signed(checkpoint, &self.signature(&checkpoint.text().unwrap())).unwrap()
    }
}

pub fn checkpoint(origin: &str) -> Checkpoint {
    Checkpoint { origin: origin.to_owned(), size: 7, root: leaf_hash(b"7"), extensions: Vec::new() }
}

fn key(text: &str) -> LogKey {
    text.parse().unwrap()
}

#[test]
fn published_notes_are_verified() {
    for note in [format!("{TEXT}\n{PETERS}"), format!("{TEXT}\n{ENOCHS}{PETERS}")] {
        assert_eq!(key(PETER).verified_text(&note), Ok(TEXT));
    }
    assert_eq!(key(ENOCH).verified_text(&format!("{TEXT}\n{PETERS}{ENOCHS}")), Ok(TEXT));
    let text = key(GO_SUM).verified_text(GO_SUM_HEAD).unwrap();
    let head: Checkpoint = text.parse().unwrap();
    assert_eq!((head.origin.as_str(), head.size), ("go.sum database tree", 63_096_908));
}

#[test]
fn a_checkpoint_of_an_origin_other_than_the_key_is_refused() {
    assert_eq!(key(GO_SUM).open(GO_SUM_HEAD), Err(NoteError::OtherOrigin));
    let signer = Signer::new("log.example/a", [7; 32]);
    let other = checkpoint("log.example/b");
    let signature = signer.signature(&other.text().unwrap());
    assert_eq!(signer.key.signed(&other, &signature), Err(NoteError::OtherOrigin));
}

#[test]
fn a_signed_checkpoint_is_opened() {
    let signer = Signer::new("log.example/a", [7; 32]);
    let one = checkpoint("log.example/a");
    assert_eq!(signer.key.open(&signer.sign(&one)), Ok(one));
}

#[test]
fn a_signature_by_another_key_is_not_written() {
    let (signer, other) =
        (Signer::new("log.example", [7; 32]), Signer::new("log.example", [8; 32]));
    let one = checkpoint("log.example");
    let signature = other.signature(&one.text().unwrap());
    assert_eq!(signer.key.signed(&one, &signature), Err(NoteError::Signature));
}

#[test]
fn a_note_by_others_only_is_not_signed() {
    let note = format!("{TEXT}\n{ENOCHS}");
    assert_eq!(key(PETER).verified_text(&note), Err(NoteError::NotSigned));
    // The same public key under another name, and another key under the same name, are others.
    let (peter, enoch) = (key(PETER), key(ENOCH));
    let renamed = LogKey::new("Other", *peter.public_key()).unwrap();
    let replaced = LogKey::new("PeterNeumann", *enoch.public_key()).unwrap();
    let note = format!("{TEXT}\n{PETERS}");
    for other in [renamed, replaced] {
        assert_eq!(other.verified_text(&note), Err(NoteError::NotSigned));
    }
}

/// Witnesses sign in other ways (C2SP tlog-cosignature); their lines are of other keys.
#[test]
fn cosignatures_do_not_matter() {
    let signer = Signer::new("log.example", [7; 32]);
    let one = checkpoint("log.example");
    let note = signer.sign(&one);
    let same_id = STANDARD.encode([&signer.key.id()[..], b"cosignature"].concat());
    let cosigned = format!("{note}— witness.example {same_id}\n— log.example AAAAAGg=\n");
    assert_eq!(signer.key.open(&cosigned), Ok(one));
}

#[test]
fn one_bad_signature_of_the_key_spoils_the_note() {
    let bad = PETERS.replace("ZJku", "ZJkv");
    for lines in [bad.clone(), format!("{PETERS}{bad}"), format!("{bad}{PETERS}")] {
        let verdict = key(PETER).verified_text(&format!("{TEXT}\n{lines}")).map(str::to_owned);
        assert_eq!(verdict, Err(NoteError::Signature));
    }
    assert_eq!(key(PETER).verified_text(&format!("{TEXT}\n{PETERS}{PETERS}")), Ok(TEXT));
}

/// Else whoever gets a text signed that holds an empty line could pass on its beginning alone.
#[test]
fn a_text_goes_on_to_the_last_empty_line() {
    let signer = Signer::new("log.example", [7; 32]);
    let line = |text: &str| {
        let bytes = [&signer.key.id()[..], &signer.signature(text)].concat();
        format!("— log.example {}\n", STANDARD.encode(bytes))
    };
    let begun = "one\n";
    let text = format!("{begun}\n{}two\n", line(begun));
    let note = format!("{text}\n{}", line(&text));
    assert_eq!(signer.key.verified_text(&note), Ok(text.as_str()));
    let forged = format!("{text}\n{}", line(begun));
    assert_eq!(signer.key.verified_text(&forged), Err(NoteError::Signature));
}

#[test]
fn a_note_of_another_form_is_refused() {
    let cut = &PETERS[..PETERS.len() - 1];
    for note in [
        String::new(),
        TEXT.to_owned(),
        format!("{TEXT}\n"),
        format!("{TEXT}\n\n"),
        format!("{TEXT}{PETERS}"),
        format!("{TEXT}\n{cut}"),
        format!("{TEXT}\n{PETERS}\n"),
        format!("{TEXT}\r\n{PETERS}"),
        format!("{TEXT}\n{cut}\r\n"),
        format!("\u{1}{TEXT}\n{PETERS}"),
        format!("{TEXT}\n{PETERS}one more line\n"),
        format!("{TEXT}\n{}", PETERS.replace('—', "-")),
        format!("{TEXT}\n{}", PETERS.replace("— ", "—")),
        format!("{TEXT}\n{}", PETERS.replace(" x08g", "  x08g")),
        format!("{TEXT}\n{}", PETERS.replace("AM=", "AM")),
        format!("{TEXT}\n{}", PETERS.replace("AM=", "AN=")),
        format!("{TEXT}\n{}", PETERS.replace("AM=\n", "AM= \n")),
        format!("{TEXT}\n{PETERS}— Enoch+Root rwz+eBzm\n"),
        format!("{TEXT}\n{PETERS}— Enoch\u{a0}Root rwz+eBzm\n"),
        format!("{TEXT}\n{PETERS}—  rwz+eBzm\n"),
        format!("{TEXT}\n{PETERS}— EnochRoot rwz+eA==\n"),
        format!("{TEXT}\n{PETERS}— EnochRoot \n"),
    ] {
        assert_eq!(key(PETER).verified_text(&note), Err(NoteError::Malformed), "{note:?}");
    }
}

#[test]
fn a_note_has_a_bounded_length() {
    let hundred = format!("{TEXT}\n{}{PETERS}", ENOCHS.repeat(99));
    assert_eq!(key(PETER).verified_text(&hundred), Ok(TEXT));
    assert_eq!(key(PETER).verified_text(&format!("{hundred}{ENOCHS}")), Err(NoteError::TooLong));
    let long = format!("{}\n\n{PETERS}", "x".repeat(1_000_000));
    assert_eq!(key(PETER).verified_text(&long), Err(NoteError::TooLong));
}

#[test]
fn a_key_reads_back_what_it_wrote() {
    for text in [PETER, ENOCH, GO_SUM] {
        assert_eq!(key(text).to_string(), text);
        let json = serde_json::to_string(&key(text)).unwrap();
        assert_eq!(serde_json::from_str::<LogKey>(&json).unwrap().to_string(), text);
    }
}

#[test]
fn a_key_in_another_spelling_is_refused() {
    use LogKeyError::{Algorithm, Format, Id, Name};
    for (error, text) in [
        (Format, String::new()),
        (Format, "PeterNeumann".into()),
        (Format, "PeterNeumann+c74f20a3".into()),
        (Format, "PeterNeumann+c74f20a3+".into()),
        (Format, "PeterNeumann+c74f20a3+AQ==".into()),
        (Format, format!("{PETER} ")),
        (Format, format!("{PETER}\n")),
        (Format, PETER.replace("10TW", "10T=")),
        (Format, format!("{PETER}AAAA")),
        (Algorithm, PETER.replace("+ARpc", "+BBpc")),
        (Id, PETER.replace("c74f20a3", "c74f20a4")),
        (Id, PETER.replace("c74f20a3", "C74F20A3")),
        (Id, PETER.replace("c74f20a3", "0c74f20a3")),
        (Id, PETER.replace("c74f20a3", "")),
        (Id, PETER.replace("PeterN", "peterN")),
        (Id, PETER.replace("ARpc", "ARpd")),
        (Name, PETER.replace("PeterNeumann", "")),
        (Name, PETER.replace("PeterN", "Peter N")),
        (Name, PETER.replace("PeterN", "Peter\u{2003}N")),
        (Name, PETER.replace("PeterN", "Peter\nN")),
        (Name, PETER.replace("PeterN", "Peter\u{1}N")),
    ] {
        assert_eq!(text.parse::<LogKey>(), Err(error), "{text:?}");
    }
    assert_eq!(LogKey::new("a+b", [0; 32]), Err(Name));
}
