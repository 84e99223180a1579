//! The service's part, as a model: which secrets there are, who was handed them, what documents say.

use std::collections::{BTreeMap, BTreeSet};

use countersign_protocol::{
    Instant, TechnicianId, TenantId, WorkstationId,
    encoding::sha256,
    offline::{
        Algorithm, Bounds, CodeRule, Digits, Ending, Epochs, Held, Holding, Keyed, OfflineRules,
        OfflineSecret, Row, Rows, SecretVersion, TenantRoot,
    },
};
use uuid::Uuid;

pub const RULE: CodeRule = CodeRule { algorithm: Algorithm::Sha1, digits: Digits::Eight };
pub const BOUNDS: Bounds = Bounds { sessions: 1000, days: 3000 };
/// How long an old version works in a routine rotation, in seconds.
const OVERLAP: u64 = 86_400;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Named,
    Shared,
    Derived,
}

/// A secret, wherever it is valid: version, technician (derived mode), workstation (but in shared mode).
pub type Name = (SecretVersion, Option<usize>, Option<usize>);

pub struct Service {
    pub mode: Mode,
    pub left: BTreeSet<usize>,
    /// The version of each workstation's document.
    pub documents: Vec<u64>,
    pub acknowledged: Vec<u64>,
    pub clearances: u32,
    visited: BTreeSet<(usize, usize)>,
    /// The number of each workstation's secret; in shared mode all are the same.
    numbers: Vec<u32>,
    /// The number before, and until when, by workstation.
    old: Vec<Option<(u32, Instant)>>,
    technician_epochs: Vec<u32>,
    workstation_epochs: Vec<u32>,
    /// What phones were sent, also if it was lost.
    handed: BTreeMap<usize, BTreeSet<Name>>,
    /// In which document of a workstation a leaver's change is.
    pub gone: BTreeMap<(usize, usize), u64>,
}

pub fn tenant() -> TenantId {
    Uuid::from_u128(1).into()
}

pub fn technician(t: usize) -> TechnicianId {
    Uuid::from_u128(100 + t as u128).into()
}

pub fn workstation(w: usize) -> WorkstationId {
    Uuid::from_u128(200 + w as u128).into()
}

fn root() -> TenantRoot {
    TenantRoot::new([7; 32])
}

/// The one secret of that name.
pub fn secret((version, t, w): Name) -> OfflineSecret {
    match version {
        SecretVersion::Derived(epochs) => {
            let (t, w) = (technician(t.unwrap()), workstation(w.unwrap()));
            root().secret(tenant(), t, w, epochs, RULE.algorithm).unwrap()
        }
        other => {
            let hash = sha256(&[other.to_string().as_bytes(), &[w.map_or(255, |w| w as u8)]]);
            OfflineSecret::new(&hash[..20]).unwrap()
        }
    }
}

impl Service {
    pub fn new(mode: Mode, technicians: usize, workstations: usize) -> Self {
        Self {
            mode,
            left: BTreeSet::new(),
            documents: vec![1; workstations],
            acknowledged: vec![0; workstations],
            clearances: 0,
            visited: BTreeSet::new(),
            numbers: vec![1; workstations],
            old: vec![None; workstations],
            technician_epochs: vec![1; technicians],
            workstation_epochs: vec![1; workstations],
            handed: BTreeMap::new(),
            gone: BTreeMap::new(),
        }
    }

    fn workstations(&self) -> std::ops::Range<usize> {
        0..self.documents.len()
    }

    pub fn visit(&mut self, t: usize, w: usize) {
        if !self.left.contains(&t) {
            self.visited.insert((t, w));
        }
    }

    pub fn may_enter(&self, t: usize, w: usize) -> bool {
        let visited = self.mode != Mode::Named || self.visited.contains(&(t, w));
        visited && !self.left.contains(&t)
    }

    fn numbered(&self, number: u32) -> SecretVersion {
        match self.mode {
            Mode::Shared => SecretVersion::Shared(number),
            _ => SecretVersion::Named(number),
        }
    }

    fn epochs(&self, t: usize, w: usize) -> Epochs {
        let (technician, workstation) = (self.technician_epochs[t], self.workstation_epochs[w]);
        Epochs { tenant: 1, technician, workstation }
    }

    /// The names of what opens `w` for `t`: the present secret, and the old one with its end.
    fn valid(&self, t: usize, w: usize) -> (Name, Option<(Name, Instant)>) {
        let at = (self.mode == Mode::Named).then_some(w);
        match self.mode {
            Mode::Derived => ((SecretVersion::Derived(self.epochs(t, w)), Some(t), Some(w)), None),
            _ => {
                let name = |number| (self.numbered(number), None, at);
                let old = self.old[w].map(|(number, until)| (name(number), until));
                (name(self.numbers[w]), old)
            }
        }
    }

    /// What the phone of `t` is sent, written down before it is.
    pub fn hand_over(&mut self, t: usize, now: Instant) -> Holding {
        let mut held = Vec::new();
        if !self.left.contains(&t) {
            for w in self.workstations() {
                if !self.may_enter(t, w) {
                    continue;
                }
                let (present, old) = self.valid(t, w);
                for name in [Some(present), old.map(|(name, _)| name)].into_iter().flatten() {
                    self.handed.entry(t).or_default().insert(name);
                    let secret = secret(name);
                    match name.0 {
                        SecretVersion::Named(version) => {
                            held.push(Held::Named { workstation: workstation(w), version, secret });
                        }
                        SecretVersion::Shared(version) => {
                            held.push(Held::Shared { version, secret });
                        }
                        SecretVersion::Derived(_) => {}
                    }
                }
            }
            if self.mode == Mode::Derived {
                let epoch = self.technician_epochs[t];
                held.push(Held::Derived {
                    tenant_epoch: 1,
                    technician_epoch: epoch,
                    key: root().technician_key(tenant(), 1, technician(t), epoch).unwrap(),
                    lowest: self
                        .workstations()
                        .map(|w| (workstation(w), self.workstation_epochs[w]))
                        .collect(),
                });
            }
        }
        Holding {
            tenant: tenant(),
            technician: technician(t),
            code: RULE,
            bounds: BOUNDS,
            synced_at: now,
            held,
        }
    }

    /// All that the phones of `t` can ever have: also what a key gives for epochs to come.
    pub fn knows(&self, t: usize) -> BTreeSet<Name> {
        let mut known = self.handed.get(&t).cloned().unwrap_or_default();
        if self.mode == Mode::Derived {
            for technician in 1..=self.technician_epochs[t] {
                for w in self.workstations() {
                    for workstation in 1..=self.workstation_epochs[w] + 1 {
                        let epochs = Epochs { tenant: 1, technician, workstation };
                        known.insert((SecretVersion::Derived(epochs), Some(t), Some(w)));
                    }
                }
            }
        }
        known
    }

    /// The document that workstation `w` would get now.
    pub fn document(&self, w: usize) -> OfflineRules {
        let row = |t: usize| {
            let (present, old) = self.valid(t, w);
            let keyed = |name: Name| Keyed { version: name.0, secret: secret(name) };
            let old = old.map(|(name, until)| Ending { keyed: keyed(name), until });
            let technician = (self.mode == Mode::Derived).then(|| technician(t));
            Row { technician, current: keyed(present), old }
        };
        let rows = match self.mode {
            Mode::Derived => {
                let here = (0..self.technician_epochs.len()).filter(|t| !self.left.contains(t));
                Rows::ByName { rows: here.map(|t| (format!("t{t}"), row(t))).collect() }
            }
            _ => Rows::One { row: row(0) },
        };
        OfflineRules {
            version: self.documents[w],
            code: RULE,
            bounds: BOUNDS,
            clearances: self.clearances,
            rows,
        }
    }

    fn replace(&mut self, w: usize, until: Option<Instant>) {
        self.old[w] = until.map(|until| (self.numbers[w], until));
        self.numbers[w] += 1;
        self.documents[w] += 1;
    }

    /// A routine rotation of a workstation's secret, or of the tenant's.
    pub fn rotate(&mut self, w: usize, now: Instant) {
        let until = Some(now + std::time::Duration::from_secs(OVERLAP));
        match self.mode {
            Mode::Named => self.replace(w, until),
            Mode::Shared => self.workstations().for_each(|w| self.replace(w, until)),
            Mode::Derived => self.steal(w),
        }
    }

    pub fn lose_phone(&mut self, t: usize) {
        if self.mode == Mode::Derived && !self.left.contains(&t) {
            self.technician_epochs[t] += 1;
            self.documents.iter_mut().for_each(|version| *version += 1);
        }
    }

    pub fn steal(&mut self, w: usize) {
        if self.mode == Mode::Derived && self.workstation_epochs[w] < 5 {
            self.workstation_epochs[w] += 1;
            self.documents[w] += 1;
        }
    }

    /// A technician leaves: exactly what their phones were ever handed is replaced.
    pub fn leave(&mut self, t: usize) {
        if !self.left.insert(t) {
            return;
        }
        let known = self.handed.get(&t).cloned().unwrap_or_default();
        for w in self.workstations() {
            let (present, old) = self.valid(t, w);
            if self.mode == Mode::Derived {
                self.documents[w] += 1;
            } else if known.contains(&present) {
                self.replace(w, None);
            } else if old.is_some_and(|(name, _)| known.contains(&name)) {
                self.old[w] = None;
                self.documents[w] += 1;
            }
            self.gone.insert((t, w), self.documents[w]);
        }
    }

    pub fn clear(&mut self) {
        self.clearances += 1;
        self.documents.iter_mut().for_each(|version| *version += 1);
    }
}
