//! A phone and a workstation's agent, at the use cases' door.

use countersign::{
    auth::{Purpose, SigningKey},
    domain::Failure,
    flows::{
        AdminCaller, Context,
        admin::{enrolment_tokens, technicians, tenants, tickets},
        enrolment, tokens,
    },
};
use countersign_protocol::{
    Bytes, DeviceId, MspId, P256Jwk, TechnicianId, TenantId,
    wire::{
        admin::{CreateEnrolmentToken, CreateTechnician, CreateTenant, TenantSettings},
        desktop::{
            ASSERTION_TYP, AssertionClaims, Authenticate, Enrol, Enrolment, WorkstationFacts,
            WorkstationToken,
        },
        mobile::{
            DeviceFacts, Enrolled, FinishEnrolment, FinishSignIn, Refresh, StartEnrolment,
            StartSignIn, Tokens,
        },
    },
};
use countersign_testkit::SoftPasskey;
use jsonwebtoken::{Algorithm, EncodingKey, Header};

use crate::setup::{Setup, noon};

pub const ORIGIN: &str = "http://localhost:8080";

/// With keys to sign tokens with.
pub fn ready(setup: Setup) -> Setup {
    let key = |purpose| SigningKey::generate(purpose, noon()).unwrap();
    setup.ctx.signing.replace(vec![key(Purpose::AccessToken), key(Purpose::Installation)]);
    setup
}

pub async fn nik(setup: &Setup, caller: AdminCaller) -> TechnicianId {
    let asked =
        CreateTechnician { email: "nik@example.com".to_owned(), user_name: "nik".to_owned() };
    technicians::create(&setup.ctx, caller, asked).await.unwrap().id
}

pub async fn ticket(setup: &Setup, caller: AdminCaller, technician: TechnicianId) -> String {
    tickets::make(&setup.ctx, caller, technician).await.unwrap().ticket
}

pub async fn tenant(setup: &Setup, caller: AdminCaller, name: &str) -> TenantId {
    let asked = CreateTenant { name: name.to_owned(), settings: TenantSettings::default() };
    tenants::create(&setup.ctx, caller, asked).await.unwrap().id
}

/// An enrolment token of ten uses and an hour.
pub fn token() -> CreateEnrolmentToken {
    CreateEnrolmentToken { uses: 10, expires_in: 3600, auto_confirm: true, workstation_id: None }
}

pub async fn enrolment_token(
    setup: &Setup,
    caller: AdminCaller,
    tenant: TenantId,
    asked: CreateEnrolmentToken,
) -> String {
    enrolment_tokens::create(&setup.ctx, caller, tenant, asked).await.unwrap().token.unwrap()
}

pub struct Phone {
    pub jkt: String,
    pub passkey: SoftPasskey,
}

impl Phone {
    pub fn new() -> Self {
        let jkt = SigningKey::generate(Purpose::Grant, noon()).unwrap().public.thumbprint();
        Self { jkt, passkey: SoftPasskey::new() }
    }

    /// What finishes the enrolment that `ticket` starts.
    pub async fn started(&self, ctx: &Context, ticket: &str) -> Result<FinishEnrolment, Failure> {
        let start = StartEnrolment { ticket: ticket.to_owned() };
        let options = enrolment::start(ctx, &self.jkt, &start).await?;
        Ok(FinishEnrolment {
            ticket: ticket.to_owned(),
            credential: self.passkey.register(&options.public_key, ORIGIN),
            device: DeviceFacts {
                name: "Nik's Pixel".to_owned(),
                model: "Pixel 11".to_owned(),
                os: "Android 17".to_owned(),
            },
            push: None,
            language: None,
        })
    }

    pub async fn enrol(&self, ctx: &Context, ticket: &str) -> Result<Enrolled, Failure> {
        let request = self.started(ctx, ticket).await?;
        enrolment::finish(ctx, &self.jkt, request).await
    }

    pub async fn refresh(&self, ctx: &Context, tokens: &Tokens) -> Result<Tokens, Failure> {
        let request = Refresh { refresh_token: tokens.refresh_token.clone() };
        tokens::refresh(ctx, &self.jkt, &request).await
    }

    /// What signs in again.
    pub async fn signed(
        &self,
        ctx: &Context,
        msp_id: MspId,
        device_id: DeviceId,
    ) -> Result<FinishSignIn, Failure> {
        let start = StartSignIn { msp_id, device_id };
        let options = tokens::start_sign_in(ctx, &self.jkt, &start).await?;
        let assertion = self.passkey.assert(&options.public_key, ORIGIN);
        Ok(FinishSignIn { msp_id, device_id, nonce: options.nonce, assertion })
    }
}

/// An image of a machine: its keys, and the counter it last got.
pub struct Machine {
    pub key: SigningKey,
    pub encryption_key: P256Jwk,
    pub facts: WorkstationFacts,
}

impl Machine {
    pub fn new(host_name: &str, hardware_id: &str) -> Self {
        let key = || SigningKey::generate(Purpose::Grant, noon()).unwrap();
        let facts = WorkstationFacts {
            host_name: host_name.to_owned(),
            os: "Windows 11 24H2".to_owned(),
            agent_version: "1.4.0".to_owned(),
            hardware_id: hardware_id.to_owned(),
        };
        Self { key: key(), encryption_key: key().public, facts }
    }

    pub fn jkt(&self) -> String {
        self.key.public.thumbprint()
    }

    pub fn request(&self, token: &str) -> Enrol {
        Enrol {
            token: token.to_owned(),
            signing_key: self.key.public.clone(),
            encryption_key: self.encryption_key.clone(),
            facts: self.facts.clone(),
        }
    }

    pub async fn enrol(&self, ctx: &Context, token: &str) -> Result<enrolment::Answered, Failure> {
        enrolment::enrol(ctx, &self.jkt(), self.request(token)).await
    }

    pub fn assertion(&self, ctx: &Context, is: &Enrolment, ctr: u64, rid: u8) -> Authenticate {
        let iat = ctx.now().unix_seconds();
        let claims = AssertionClaims {
            iss: is.workstation_id,
            sub: is.workstation_id,
            aud: format!("{}/desktop/v1/token", ctx.public_url()),
            iat,
            exp: iat + 60,
            jti: ctx.id::<uuid::Uuid>(ctx.now()).to_string(),
            msp: is.msp_id,
            ctr,
            rid: Bytes([rid; 16]),
        };
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some(ASSERTION_TYP.to_owned());
        let key = EncodingKey::from_ec_der(&self.key.pkcs8);
        Authenticate { assertion: jsonwebtoken::encode(&header, &claims, &key).unwrap() }
    }

    /// Shows the counter `ctr`, in the rotation `rid`.
    pub async fn authenticate(
        &self,
        ctx: &Context,
        is: &Enrolment,
        ctr: u64,
        rid: u8,
    ) -> Result<WorkstationToken, Failure> {
        tokens::authenticate(ctx, &self.jkt(), &self.assertion(ctx, is, ctr, rid)).await
    }
}
