use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_testkit::vendors::webpush::{Subscriber, Undecipherable};

use super::sealing::{sealed, sealed_with};

fn decoded(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

/// RFC 8291, appendix A.
#[test]
fn the_example_of_the_rfc_is_decrypted() {
    let private = decoded("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94").try_into().unwrap();
    let auth = decoded("BTBZMqHH6r4Tts7J_aSIgg").try_into().unwrap();
    let subscriber = Subscriber::with_keys(&private, auth, "https://push.example.net/").unwrap();
    assert_eq!(
        subscriber.subscription().keys.p256dh,
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    );
    let body = decoded(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWA\
         mS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxs\
         j_Qulcy4a-fN",
    );
    let plaintext = subscriber.decrypt(&body).unwrap();
    assert_eq!(plaintext, b"When I grow up, I want to be a watermelon");
}

#[test]
fn padding_is_taken_off() {
    let subscriber = Subscriber::new("https://push.example.net/");
    let body = sealed_with(&subscriber.subscription(), b"look\x02\0\0\0", 4096);
    assert_eq!(subscriber.decrypt(&body).unwrap(), b"look");
}

#[test]
fn what_is_no_push_for_the_subscriber_is_thrown_away() {
    let subscriber = Subscriber::new("https://push.example.net/");
    let subscription = subscriber.subscription();
    let good = sealed(&subscription, b"look");
    let changed = |at: usize| {
        let mut body = good.clone();
        body[at] ^= 1;
        body
    };
    let other = Subscriber::new("https://push.example.net/");
    for (body, why) in [
        (vec![], Undecipherable::Header),
        (good[..20].to_vec(), Undecipherable::Header),
        (good[..40].to_vec(), Undecipherable::Header),
        (changed(20), Undecipherable::Header),
        (changed(21), Undecipherable::SenderKey),
        (changed(0), Undecipherable::Sealed),
        (changed(good.len() - 1), Undecipherable::Sealed),
        (good[..86].to_vec(), Undecipherable::Sealed),
        (sealed(&other.subscription(), b"look"), Undecipherable::Sealed),
        (sealed_with(&subscription, b"look\x01", 4096), Undecipherable::Padding),
        (sealed_with(&subscription, b"\0\0", 4096), Undecipherable::Padding),
        (sealed_with(&subscription, b"look\x02", 20), Undecipherable::Records),
        (sealed_with(&subscription, b"look\x02", 17), Undecipherable::Header),
    ] {
        assert_eq!(subscriber.decrypt(&body), Err(why));
    }
}
