//! Who did what, and how long it took.

use std::{
    cell::RefCell,
    fmt::Display,
    io::{IsTerminal, Write},
};

use countersign_client::Error;
use countersign_protocol::ProblemCode;
use tokio::time::Instant as Timer;

use crate::{NotAsTold, Told};

/// Longest name of the cast.
const WHO: usize = 13;

/// Prints the story as it happens.
pub struct Timeline {
    colours: bool,
    began: Timer,
    /// The part that is being told, for the message if it goes wrong.
    chapter: RefCell<String>,
}

impl Timeline {
    /// Begins now. Colours only on a terminal, and not with `NO_COLOR` (no-color.org).
    pub fn begin() -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let colours = std::io::stdout().is_terminal() && !unwanted;
        Self { colours, began: Timer::now(), chapter: RefCell::default() }
    }

    /// A new part of the story.
    pub fn chapter(&self, title: &str) {
        title.clone_into(&mut self.chapter.borrow_mut());
        println!("\n{}", self.coloured("1", title));
    }

    /// Does `what` and prints what `tell` says of the result, with the milliseconds it took.
    pub async fn step<T, E: Display>(
        &self,
        who: &str,
        what: &str,
        doing: impl Future<Output = Result<T, E>>,
        tell: impl FnOnce(&T) -> String,
    ) -> Told<T> {
        let began = Timer::now();
        let done = doing.await.map_err(|error| self.step_failed(who, what, error))?;
        self.line(who, &tell(&done), began);
        Ok(done)
    }

    /// Does what must be refused with one of these codes, and prints the refusal.
    pub async fn refused<T>(
        &self,
        who: &str,
        what: &str,
        codes: &[ProblemCode],
        doing: impl Future<Output = Result<T, Error>>,
    ) -> Told {
        let began = Timer::now();
        let problem = match doing.await {
            Err(Error::Problem { problem, .. }) if codes.contains(&problem.code) => problem,
            Err(error) => return Err(self.step_failed(who, what, error)),
            Ok(_) => return Err(self.step_failed(who, what, "was not refused")),
        };
        let state = problem.state.as_ref().map(|state| format!(", state {state}"));
        let refusal =
            format!("{} {}{}", problem.status, problem.code.as_str(), state.unwrap_or_default());
        self.line(who, &format!("{what}: {}", self.coloured("31", &refusal)), began);
        Ok(())
    }

    /// Goes on only if `holds`; `what` is the sentence that should be true.
    pub fn holds(&self, what: &str, holds: bool) -> Told {
        if holds { Ok(()) } else { Err(self.not_as_told(format!("it does not hold that {what}"))) }
    }

    /// Something that began earlier and ended now.
    pub fn since(&self, who: &str, what: &str, began: Timer) {
        self.line(who, what, began);
    }

    /// The error of what is being told.
    pub fn not_as_told(&self, why: impl Display) -> NotAsTold {
        NotAsTold { step: self.chapter.borrow().clone(), why: why.to_string() }
    }

    fn step_failed(&self, who: &str, what: &str, why: impl Display) -> NotAsTold {
        let chapter = self.chapter.borrow();
        NotAsTold { step: format!("{chapter}: {who} {what}"), why: why.to_string() }
    }

    /// The end, if it is not the right one.
    pub fn failed(&self, error: &NotAsTold) {
        let _ = std::io::stdout().flush();
        eprintln!("\n{} {error}", self.coloured("1;31", "Not as told:"));
    }

    /// The end.
    pub fn ended(&self, what: &str) {
        let took = self.began.elapsed();
        println!("\n{} {:.1} s.", self.coloured("1;32", what), took.as_secs_f64());
    }

    fn line(&self, who: &str, what: &str, began: Timer) {
        let took = format!("{:7.1} ms", began.elapsed().as_secs_f64() * 1e3);
        let who = format!("{who:<WHO$}");
        println!("{}  {}  {what}", self.coloured("2", &took), self.coloured("36", &who));
    }

    fn coloured(&self, style: &str, text: &str) -> String {
        if self.colours { format!("\x1b[{style}m{text}\x1b[0m") } else { text.to_owned() }
    }
}
