//! Phones and workstations that follow the crate's rules, between them a network that loses and reorders.

use std::{collections::BTreeMap, time::Duration};

use countersign_protocol::{
    Instant,
    offline::{
        Attempt, Contact, Holding, Ledger, OfflineRules, Prompt, Reading, Refusal, Shown, code,
        skew::Exchange,
    },
};
use proptest::sample::Index;

use crate::service::{Mode, Name, RULE, Service, secret, tenant, workstation};

#[derive(Clone, Debug)]
pub enum Step {
    Visit(usize, usize),
    /// The technician's phone asks; whether the answer arrives.
    Sync(usize, bool),
    /// The workstation asks for its document: the answer is under way.
    Ask(usize),
    /// One of the answers under way arrives, also a second time; whether the acknowledgement does.
    Answer(usize, Index, bool),
    Rotate(usize),
    LosePhone(usize),
    Steal(usize),
    Leave(usize),
    /// Seconds go by.
    Pass(u64),
    /// The workstation's wall clock is set to so many seconds from the truth.
    SetClock(usize, i64),
    Restart(usize),
    /// The technician reads the prompt and types the code, once or twice.
    Enter(usize, usize, bool),
    Resynchronise(usize, usize),
    Guess(usize, u32),
}

struct Machine {
    rules: OfflineRules,
    ledger: Ledger,
    under_way: Vec<(OfflineRules, Instant)>,
    wall_ahead: i64,
    started: Instant,
    /// The last step accepted, by row.
    accepted: BTreeMap<Option<usize>, u64>,
    sequence: u64,
}

pub struct World {
    now: Instant,
    service: Service,
    phones: Vec<Option<Holding>>,
    machines: Vec<Machine>,
}

impl World {
    pub fn new(mode: Mode, technicians: usize, workstations: usize) -> Self {
        let service = Service::new(mode, technicians, workstations);
        let now = Instant::from_unix_millis(1_795_348_800_000);
        let machine = |w| {
            let rules = service.document(w);
            let contact = Contact { server_time: now, offset: None };
            Machine {
                ledger: Ledger::default().contacted(contact).applied(&rules).unwrap(),
                rules,
                under_way: Vec::new(),
                wall_ahead: 0,
                started: now,
                accepted: BTreeMap::new(),
                sequence: 0,
            }
        };
        let machines = (0..workstations).map(machine).collect();
        Self { now, phones: vec![None; technicians], machines, service }
    }

    pub fn take(&mut self, step: &Step) {
        match *step {
            Step::Visit(t, w) => self.service.visit(t, w),
            Step::Sync(t, arrives) => {
                let holding = self.service.hand_over(t, self.now);
                if arrives {
                    self.phones[t] = Some(holding);
                }
            }
            Step::Ask(w) => {
                let answer = (self.service.document(w), self.now);
                self.machines[w].under_way.push(answer);
            }
            Step::Answer(w, which, acknowledged) => self.answer(w, which, acknowledged),
            Step::Rotate(w) => self.service.rotate(w, self.now),
            Step::LosePhone(t) => self.service.lose_phone(t),
            Step::Steal(w) => self.service.steal(w),
            Step::Leave(t) => self.service.leave(t),
            Step::Pass(seconds) => self.now = self.now + Duration::from_secs(seconds),
            Step::SetClock(w, ahead) => self.machines[w].wall_ahead = ahead,
            Step::Restart(w) => self.machines[w].restart(self.now),
            Step::Enter(t, w, again) => {
                if let Some(shown) = self.shown(t, w) {
                    let _ = self.enter(t, w, &shown.code, None);
                    if again {
                        assert!(self.enter(t, w, &shown.code, None).is_err(), "a code twice");
                    }
                }
            }
            Step::Resynchronise(t, w) => {
                let first = self.shown(t, w);
                self.now = self.now + Duration::from_secs(code::STEP_SECONDS);
                if let (Some(first), Some(next)) = (first, self.shown(t, w)) {
                    let _ = self.enter(t, w, &first.code, Some(&next.code));
                }
            }
            Step::Guess(w, times) => (0..times).for_each(|_| {
                let _ = self.enter(0, w, "00000000", None);
            }),
        }
    }

    fn answer(&mut self, w: usize, which: Index, acknowledged: bool) {
        let machine = &mut self.machines[w];
        if machine.under_way.is_empty() {
            return;
        }
        let (rules, server_time) = which.get(&machine.under_way).clone();
        let newest = server_time == self.now;
        machine.contact(server_time, newest, self.now);
        if let Ok(ledger) = machine.ledger.clone().applied(&rules) {
            assert!(rules.version >= machine.rules.version);
            machine.ledger = ledger;
            machine.rules = rules;
            if acknowledged {
                let known = &mut self.service.acknowledged[w];
                *known = (*known).max(machine.rules.version);
            }
        }
    }

    fn prompt(&self, t: usize, w: usize) -> Prompt {
        let machine = &self.machines[w];
        let now = machine.ledger.now(machine.wall(self.now));
        let name = format!("t{t}");
        machine.rules.prompt(tenant(), workstation(w), &name, now).expect("codes are on")
    }

    /// What the phone shows for the workstation's prompt: only what it holds.
    fn shown(&self, t: usize, w: usize) -> Option<Shown> {
        let (holding, prompt) = (self.phones[t].as_ref()?, self.prompt(t, w));
        let shown = holding.show(&prompt, self.now).ok()?;
        assert!(shown.version == prompt.version || Some(shown.version) == prompt.also);
        let name = self.name(shown.version, t, w);
        assert!(self.service.knows(t).contains(&name), "never handed over: {name:?}");
        assert_eq!(shown.code, RULE.code(&secret(name), shown.step));
        Some(shown)
    }

    fn name(
        &self,
        version: countersign_protocol::offline::SecretVersion,
        t: usize,
        w: usize,
    ) -> Name {
        match self.service.mode {
            Mode::Named => (version, None, Some(w)),
            Mode::Shared => (version, None, None),
            Mode::Derived => (version, Some(t), Some(w)),
        }
    }

    fn enter(&mut self, t: usize, w: usize, code: &str, next: Option<&str>) -> Result<(), Refusal> {
        let row = (self.service.mode == Mode::Derived).then_some(t);
        let name = format!("t{t}");
        let machine = &mut self.machines[w];
        let before = machine.ledger.failures();
        let attempt = Attempt { name: &name, code, next };
        let (ledger, verdict) =
            machine.ledger.clone().check(&machine.rules, attempt, machine.reading(self.now));
        machine.ledger = ledger;
        match verdict {
            Ok(accepted) => {
                let last = machine.accepted.insert(row, accepted.step);
                assert!(last.is_none_or(|last| last < accepted.step), "a step twice");
                machine.sequence += 1;
                assert_eq!(accepted.sequence, machine.sequence);
                Ok(())
            }
            Err(refusal) => {
                let counted = u32::from(matches!(refusal, Refusal::Wrong | Refusal::Used));
                assert_eq!(machine.ledger.failures(), before + counted, "a failure forgotten");
                Err(refusal)
            }
        }
    }

    /// Whatever a leaver's phones were ever handed: no code of it opens a workstation that has applied the
    /// change, and the others are known for stragglers.
    pub fn no_leaver_enters(&self) {
        for (&(t, w), &change) in &self.service.gone {
            let machine = &self.machines[w];
            let applied = machine.rules.version >= change;
            let straggles = self.service.acknowledged[w] < change;
            assert!(applied || straggles, "a straggler passes for one that applied");
            if !applied {
                continue;
            }
            let known = self.service.knows(t);
            // Free of any lock, so that it is not the lock that refuses.
            let rules = OfflineRules { clearances: u32::MAX, ..machine.rules.clone() };
            let free = machine.ledger.clone().applied(&rules).unwrap();
            let reading = machine.reading(self.now);
            let centre = code::step(machine.ledger.offset().correct(reading.wall));
            let named = format!("t{t}");
            for name in known.iter().filter(|name| name.2.is_none_or(|at| at == w)) {
                let secret = secret(*name);
                for step in centre - 2..=centre + 2 {
                    let [code, next] = [step, step + 1].map(|step| RULE.code(&secret, step));
                    let pair = (step == centre).then_some(Some(next.as_str()));
                    for next in [None].into_iter().chain(pair) {
                        let attempt = Attempt { name: &named, code: &code, next };
                        let (_, verdict) = free.clone().check(&rules, attempt, reading);
                        // By chance it can be a code of a secret that they never had.
                        let theirs = |version| known.contains(&self.name(version, t, w));
                        assert!(
                            verdict.as_ref().is_ok_and(|accepted| !theirs(accepted.version))
                                || verdict.is_err(),
                            "technician {t} entered {w} with {name:?}"
                        );
                    }
                }
            }
        }
    }

    /// The rules don't lock anyone out for good: with everything fetched, applied and forgiven, and the clocks
    /// measured, the code of each technician is accepted.
    pub fn whoever_is_left_enters_once_all_is_synchronised(&mut self) {
        self.service.clear();
        // Codes that were accepted early, for a clock that was resynchronised, are over by then.
        self.now = self.now + Duration::from_secs(3 * 3600);
        for w in 0..self.machines.len() {
            let rules = self.service.document(w);
            let machine = &mut self.machines[w];
            machine.contact(self.now, true, self.now);
            machine.ledger = machine.ledger.clone().applied(&rules).unwrap();
            machine.rules = rules;
        }
        for t in 0..self.phones.len() {
            self.phones[t] = Some(self.service.hand_over(t, self.now));
            for w in 0..self.machines.len() {
                self.now = self.now + Duration::from_secs(code::STEP_SECONDS);
                let shown = self.shown(t, w);
                assert_eq!(shown.is_some(), self.service.may_enter(t, w), "{t} at {w}");
                if let Some(shown) = shown {
                    assert_eq!(self.enter(t, w, &shown.code, None), Ok(()), "{t} at {w}");
                }
            }
        }
    }
}

impl Machine {
    fn wall(&self, now: Instant) -> Instant {
        Instant::from_unix_millis(now.unix_millis() + self.wall_ahead * 1000)
    }

    fn reading(&self, now: Instant) -> Reading {
        Reading { wall: self.wall(now), uptime: now.since(self.started) }
    }

    fn contact(&mut self, server_time: Instant, quick: bool, now: Instant) {
        let sent = self.wall(now);
        let offset = Exchange { sent, took: Duration::ZERO, server_time }.offset();
        let contact = Contact { server_time, offset: offset.filter(|_| quick) };
        let failures = self.ledger.failures();
        self.ledger = self.ledger.clone().contacted(contact);
        assert_eq!(self.ledger.failures(), failures, "a contact alone forgives nothing");
    }

    fn restart(&mut self, now: Instant) {
        let kept = serde_json::to_string(&self.ledger).unwrap();
        self.ledger = serde_json::from_str(&kept).unwrap();
        self.started = now;
    }
}
