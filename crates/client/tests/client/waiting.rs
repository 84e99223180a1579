//! Waiting, on a clock that only moves when everyone waits.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use countersign_client::{Answer, Backoff, Error, Heard, Result, StatusCode, until_changed};
use countersign_protocol::ProblemCode;
use tokio::time::{Instant, sleep};

use crate::support::{CannedService, Reply, phone};

const MINUTE: Duration = Duration::from_secs(60);

/// Pauses without chance: always the longest draw.
fn longest() -> Backoff {
    Backoff::drawing(|| u32::MAX)
}

fn refusal(code: ProblemCode, retry_after: Option<Duration>) -> Error {
    let problem = countersign_protocol::Problem::new(code);
    Error::Problem { problem: Box::new(problem), retry_after }
}

fn unchanged(closing: bool) -> Result<Heard<()>> {
    Ok(Heard::Unchanged { closing })
}

/// Waits with `ask`, and gives what came of it and when each request was sent, in milliseconds.
async fn asked_at<Fut: Future<Output = Result<Heard<()>>>>(
    total: Duration,
    ask: impl Fn(usize, Duration) -> Fut,
) -> (Result<Option<()>>, Vec<u128>) {
    let (start, times) = (Instant::now(), RefCell::new(Vec::new()));
    let outcome = until_changed(total, longest(), |wait| {
        times.borrow_mut().push(start.elapsed().as_millis());
        let number = times.borrow().len();
        ask(number, wait)
    })
    .await;
    (outcome, times.into_inner())
}

#[tokio::test(start_paused = true)]
async fn a_long_wait_is_several_requests_of_at_most_thirty_seconds_back_to_back() {
    let asked = RefCell::new(Vec::new());
    let (outcome, times) = asked_at(Duration::from_millis(70_500), |_, wait| {
        asked.borrow_mut().push(wait.as_secs());
        async move {
            sleep(wait).await;
            unchanged(false)
        }
    })
    .await;
    assert!(matches!(outcome, Ok(None)));
    assert_eq!(asked.into_inner(), [30, 30, 10]);
    assert_eq!(times, [0, 30_000, 60_000]);
}

#[tokio::test(start_paused = true)]
async fn a_change_ends_the_wait() {
    let (outcome, _) = asked_at(MINUTE, |number, wait| async move {
        sleep(wait / 2).await;
        if number == 2 { Ok(Heard::Changed(())) } else { unchanged(false) }
    })
    .await;
    assert!(matches!(outcome, Ok(Some(()))));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_shuts_down_is_asked_again_after_a_growing_pause() {
    let (outcome, times) = asked_at(MINUTE, |number, _| async move {
        if number < 4 { unchanged(true) } else { Ok(Heard::Changed(())) }
    })
    .await;
    assert!(matches!(outcome, Ok(Some(()))));
    assert_eq!(times, [0, 500, 1500, 3500]);
}

#[tokio::test(start_paused = true)]
async fn a_wait_cut_short_without_a_word_does_not_become_a_storm() {
    let (outcome, times) = asked_at(MINUTE, |number, _| async move {
        assert!(number < 100, "a storm");
        unchanged(false)
    })
    .await;
    assert!(matches!(outcome, Ok(None)));
    assert_eq!(times, [0, 500, 1500, 3500, 7500, 15_500, 30_500, 45_500]);
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_ran_its_time_makes_the_next_pause_short_again() {
    let (_, times) = asked_at(MINUTE, |number, wait| async move {
        if number == 3 {
            sleep(wait).await;
            return unchanged(false);
        }
        unchanged(true)
    })
    .await;
    assert_eq!(times[..5], [0, 500, 1500, 31_500, 32_000]);
}

#[tokio::test(start_paused = true)]
async fn the_services_retry_after_is_the_least_pause() {
    let (outcome, times) = asked_at(MINUTE, |number, _| async move {
        if number == 1 {
            Err(refusal(ProblemCode::Unavailable, Some(Duration::from_secs(7))))
        } else {
            Ok(Heard::Changed(()))
        }
    })
    .await;
    assert!(matches!(outcome, Ok(Some(()))));
    assert_eq!(times, [0, 7500]);
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_beyond_the_deadline_ends_the_wait_with_its_reason() {
    let (outcome, times) = asked_at(MINUTE, |_, _| async {
        Err(refusal(ProblemCode::TooManyRequests, Some(Duration::from_secs(90))))
    })
    .await;
    assert_eq!(outcome.err().and_then(|error| error.code()), Some(ProblemCode::TooManyRequests));
    assert_eq!(times, [0]);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_waiting_does_not_mend_ends_the_wait_at_once() {
    let (outcome, times) =
        asked_at(MINUTE, |_, _| async { Err(refusal(ProblemCode::NotFound, None)) }).await;
    assert_eq!(outcome.err().and_then(|error| error.code()), Some(ProblemCode::NotFound));
    assert_eq!(times, [0]);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_does_not_outlast_the_deadline() {
    let start = Instant::now();
    let (outcome, _) = asked_at(MINUTE, |_, _| std::future::pending()).await;
    assert!(matches!(outcome, Ok(None)));
    assert_eq!(start.elapsed(), MINUTE);
}

#[tokio::test(start_paused = true)]
async fn even_a_deadline_of_now_asks_once() {
    let asked = Cell::new(0);
    let (outcome, _) = asked_at(Duration::ZERO, |_, wait| {
        asked.set(asked.get() + 1);
        assert_eq!(wait, Duration::ZERO);
        async { Ok(Heard::Changed(())) }
    })
    .await;
    assert!(matches!(outcome, Ok(Some(()))));
    assert_eq!(asked.get(), 1);
}

#[test]
fn only_a_304_is_nothing_new() {
    let answer = |status| Answer {
        status,
        headers: countersign_client::header::HeaderMap::new(),
        body: Vec::new(),
        retry_after: None,
        offset: None,
    };
    let heard = |status| Heard::in_answer(answer(status));
    assert!(matches!(heard(StatusCode::NOT_MODIFIED), Ok(Heard::Unchanged { closing: false })));
    assert!(matches!(heard(StatusCode::OK), Ok(Heard::Changed(_))));
    assert!(matches!(heard(StatusCode::BAD_GATEWAY), Err(Error::Unexpected { status: 502, .. })));
}

#[tokio::test]
async fn a_phone_waits_with_its_etag_and_keeps_the_next() {
    let service = CannedService::start(|_| {
        Reply::With(
            200,
            vec!["etag: \"two\"".into()],
            r#"{"logins":[],"devices_version":1,"push_address_wanted":false,"server_time":"2026-11-22T09:41:00.000Z"}"#.into(),
        )
    })
    .await;
    let phone = phone(service.url.clone());
    let list = phone.wait_pending("\"one\"", Duration::from_secs(20)).await.expect("an answer");
    assert_eq!(list.expect("another list").etag, "\"two\"");
    let seen = service.seen().pop().expect("a request");
    assert_eq!(seen.header("if-none-match"), "\"one\"");
    assert!(matches!(seen.header("prefer"), "wait=19" | "wait=20"), "{}", seen.header("prefer"));
}
