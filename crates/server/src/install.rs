//! `/oauth/v2/authorize`: the page on which a person lets an app into a workspace or an organisation.
//!
//! There is no login here. Whoever opens the page chooses for whom they speak, as an operator or a
//! tester does. What keeps others from it: the server listens on the loopback interface unless told
//! otherwise, and then answers here only to names of this machine; a form is taken only from a page
//! that this server showed; and an answer goes only to an address that the app registered.
//! <https://docs.slack.dev/authentication/installing-with-oauth>

mod ask;
mod places;
mod show;

use crate::page::{self, Desk, people::people};
use ask::Ask;
pub(crate) use ask::Refused;
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, Response, StatusCode, header},
    routing::get,
};
use guestlist_domain::{
    Actor, App, Facts, Moment, Plan, Stop, TeamId, TokenHash, User, UserId,
    install::{self, NotTaken, Place, can_install},
};
use guestlist_store::{Decide, Failure, Store, StoreError, chain, world::token_hash};
use places::Places;
use std::sync::Arc;

/// More than the fields of a form can need.
const MOST_FORM: usize = 64 << 10;

/// The page.
#[derive(Clone)]
pub(crate) struct Install(pub(crate) Desk);

/// Its route.
pub(crate) fn router(install: Install) -> Router {
    Router::new()
        .route("/oauth/v2/authorize", get(show_form).post(take_form))
        .with_state(install)
}

async fn show_form(State(install): State<Install>, request: Request) -> Response<Body> {
    if !install.0.lets_in(request.headers()) {
        return show::refused(&Refused::Foreign);
    }
    let query = request.uri().query().unwrap_or_default();
    let shown = install.form(Ask::read(query.as_bytes()), false).await;
    shown.unwrap_or_else(|refused| show::refused(&refused))
}

async fn take_form(State(install): State<Install>, request: Request) -> Response<Body> {
    let taken = install.take(request).await;
    taken.unwrap_or_else(|refused| show::refused(&refused))
}

/// The app that asks, and what it asks for.
async fn check(store: &Store, ask: &Ask) -> Result<(Arc<App>, install::Request), Refused> {
    if store.server_state().maintenance {
        return Err(Refused::Unavailable);
    }
    let client_id = ask.client_id.clone();
    let app = store.read(|reader| reader.client(&client_id)).await;
    let app = app.map_err(failed)?.ok_or(Refused::InvalidClientId)?;
    let request = ask.request(&app)?;
    Ok((app, request))
}

/// Takes what somebody decided; where a browser is sent with it.
async fn decided(store: &Store, ask: &Ask) -> Result<String, Refused> {
    let (app, request) = check(store, ask).await?;
    let state = ask.state.as_deref();
    match ask.decision.as_str() {
        "cancel" => Ok(location(
            &request.send_to,
            ("error", "access_denied"),
            state,
        )),
        "allow" => {
            let code = consent(store, &app, ask, request.clone()).await?;
            Ok(location(&request.send_to, ("code", &code), state))
        }
        _ => Err(Refused::Unreadable),
    }
}

/// Takes the consent, and gives the code for it.
async fn consent(
    store: &Store,
    app: &App,
    ask: &Ask,
    request: install::Request,
) -> Result<String, Refused> {
    let place = ask.team.as_deref().and_then(places::named);
    let place = place.ok_or(Refused::InvalidTeam)?;
    let user: UserId = ask.user.parse().map_err(|_| Refused::NoMember)?;
    let team = match place {
        Place::Workspace(team) => team,
        Place::Organisation(_) => {
            let person = store.read(|reader| reader.user(user)).await;
            person.map_err(failed)?.ok_or(Refused::NoMember)?.team
        }
    };
    let drawn = store.draw().map_err(|error| {
        tracing::error!(%error, "there is no randomness");
        Refused::Failed
    })?;
    let code = format!("{}.{}", ask.client_id, drawn.hex("code"));
    let consent = Consent {
        app: app.id,
        place,
        team,
        user,
        request,
        hash: token_hash(&code),
    };
    match store.write(Arc::new(consent)).await {
        Ok(()) => Ok(code),
        Err(Failure::Refused(refusal)) => Err(refusal.into()),
        Err(Failure::Store(error)) => Err(failed(error)),
        Err(Failure::Scope(_) | Failure::Gone) => Err(Refused::Failed),
    }
}

/// Somebody's answer to a link to the page, without the page. Where a browser would be sent with it.
pub(crate) async fn answer_link(
    store: &Store,
    query: &str,
    (place, user): (Place, UserId),
    allow: bool,
) -> Result<String, Refused> {
    let ask = Ask {
        team: Some(match place {
            Place::Workspace(team) => team.to_string(),
            Place::Organisation(org) => org.to_string(),
        }),
        user: user.to_string(),
        decision: if allow { "allow" } else { "cancel" }.to_owned(),
        ..Ask::read(query.as_bytes())
    };
    decided(store, &ask).await
}

impl Install {
    /// The page; `is_another` for whoever allowed it elsewhere than where it was shown for.
    async fn form(&self, ask: Ask, is_another: bool) -> Result<Response<Body>, Refused> {
        let (app, request) = check(&self.0.store, &ask).await?;
        let places = Places::of(&self.0.store, &app).await?;
        let chosen = places.choose(&app, ask.team.as_deref())?;
        let (teams, find) = (chosen.teams(), ask.find.to_lowercase());
        let is_wide = chosen.is_organisation();
        let for_admins = request.is_for_admins() || is_wide;
        let fits = move |user: &User, team: TeamId| {
            // Of an organisation's people each is asked once, where they belong first.
            let is_there = can_install(user, team) && (!is_wide || user.team == team);
            is_there && (user.is_admin() || !for_admins)
        };
        let people = page::look(&self.0.store, move |reader| {
            people(reader, &teams, &find, fits)
        });
        let people = people.await.map_err(failed)?;
        let seal = self.0.seal.of(ask.sealed(&chosen.id()));
        Ok(show::form(&show::Form {
            ask: &ask,
            app: &app,
            request: &request,
            places: &places.choices(&app),
            chosen: &chosen,
            people: &people,
            seal: &seal,
            is_another,
        }))
    }

    async fn take(&self, request: Request) -> Result<Response<Body>, Refused> {
        let body = self.0.form(request, MOST_FORM).await?;
        let mut ask = Ask::read(&body);
        if !self.0.seal.is_on(&ask.seal, ask.sealed(&ask.shown)) {
            return Err(Refused::Stale);
        }
        let team = ask.team.get_or_insert_with(|| ask.shown.clone());
        // Nobody allows what they were not shown.
        if *team != ask.shown && ask.decision == "allow" {
            return self.form(ask, true).await;
        }
        Ok(send(&decided(&self.0.store, &ask).await?))
    }
}

fn failed(error: StoreError) -> Refused {
    tracing::error!(error = %chain(&error), "the page for an installation failed");
    if error.is_away() {
        Refused::Unavailable
    } else {
        Refused::Failed
    }
}

/// Where an app is told something.
fn location(to: &str, told: (&str, &str), state: Option<&str>) -> String {
    let pairs = [told]
        .into_iter()
        .chain(state.map(|state| ("state", state)));
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish();
    let joint = if to.contains('?') { '&' } else { '?' };
    format!("{to}{joint}{query}")
}

/// Sends a browser there.
fn send(location: &str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    page::guarded(response.headers_mut());
    match HeaderValue::from_str(location) {
        Ok(location) => {
            *response.status_mut() = StatusCode::FOUND;
            response.headers_mut().insert(header::LOCATION, location);
            response
        }
        // A redirect URL that can be registered can stand in a header.
        Err(_) => show::refused(&Refused::Failed),
    }
}

/// A person's consent, as the store decides it.
struct Consent {
    app: guestlist_domain::AppId,
    place: Place,
    /// The person's.
    team: TeamId,
    user: UserId,
    request: install::Request,
    hash: TokenHash,
}

impl Decide for Consent {
    type Outcome = ();
    type Refusal = NotTaken;

    fn actor(&self) -> Actor {
        Actor {
            team: self.team,
            user: Some(self.user),
            app: Some(self.app),
        }
    }

    fn decide(&self, facts: &Facts, moment: &mut Moment) -> Result<Plan<()>, Stop<NotTaken>> {
        let Self {
            app,
            place,
            user,
            ref request,
            hash,
            ..
        } = *self;
        install::consent(facts, app, place, user, request, hash, moment)
    }
}
