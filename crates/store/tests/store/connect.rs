//! The life of a connection over the store: what rules are shown is the same whether the tables
//! follow at once or later, and what was done survives.

use crate::{
    home::{Decision, Home, Rule, id},
    model::after,
};
use guestlist_domain::{
    Caller, Change, ChannelId, Facts, InvitationId, Mail, Moment, Plan, Stop, TeamId, Timestamp,
    connect::{Actor, Edge, accept, due, send, sever},
    invitation::{LIFE_SECONDS, State},
    mail::{Attempt, State as MailState, attempted},
    trail::Blind,
};
use guestlist_store::{Clock, MailFilter, Store, world::token_hash};
use std::sync::Arc;

const SITE: &str = "http://guestlist.test";
const WELCOME: &str = "C0WELCOME";

async fn greeter(store: &Store) -> Arc<Caller> {
    let owner = store
        .owner(token_hash("xoxb-sample-greeter"))
        .await
        .unwrap()
        .unwrap();
    owner.caller.clone().unwrap()
}

fn actor(facts: &Facts, user: &str) -> Result<Actor, Stop<&'static str>> {
    let user = facts.user(id(user))?.unwrap().clone();
    let workspace = facts.workspace(user.team)?.unwrap().clone();
    Ok(Actor {
        user,
        workspace,
        is_bound: false,
    })
}

fn with<T>(plan: Plan<T>) -> Plan<(Vec<Change>, T)> {
    Plan {
        changes: plan.changes.clone(),
        outcome: (plan.changes, plan.outcome),
    }
}

async fn sent(store: &Store, email: &'static str, done: &mut Vec<Change>) -> InvitationId {
    let caller = greeter(store).await;
    let rule = move |facts: &Facts, moment: &mut Moment| -> Decision<_> {
        let emails = [email.to_owned()];
        let ask = send::Ask {
            caller: &caller,
            channel: Some(id(WELCOME)),
            emails: &emails,
            user: None,
            external_limited: false,
            message: None,
            edge: Edge {
                chance: [3; 16],
                site: SITE,
                post: true,
            },
        };
        let plan = send::decide(facts, &ask, moment, &mut Blind)
            .map_err(|stop| stop.map(|_| "not sent"))?;
        Ok(with(plan))
    };
    let (changes, outcome) = Rule::new(rule).ask(store).await.unwrap();
    done.extend(changes);
    outcome.invitation.id
}

async fn accepted(store: &Store, invitation: InvitationId, done: &mut Vec<Change>) {
    let rule = move |facts: &Facts, moment: &mut Moment| -> Decision<_> {
        let who = actor(facts, "U0GIL")?;
        let ask = accept::Ask {
            who: &who,
            which: Some(accept::Which::Id(invitation)),
            name: "acme-welcome",
            private: true,
            site: SITE,
        };
        let plan = accept::decide(facts, &ask, moment, &mut Blind)
            .map_err(|stop| stop.map(|_| "refused"))?;
        Ok(with(plan))
    };
    let (changes, _) = Rule::new(rule).ask(store).await.unwrap();
    done.extend(changes);
}

async fn severed(store: &Store, done: &mut Vec<Change>) {
    let caller = greeter(store).await;
    let rule = move |facts: &Facts, moment: &mut Moment| -> Decision<_> {
        let target = id::<TeamId>("T0GLOBEX");
        let plan = sever::disconnect_party(facts, &caller, Some(target), moment)
            .map_err(|stop| stop.map(|_| "not severed"))?;
        Ok(with(plan))
    };
    let (changes, ()) = Rule::new(rule).ask(store).await.unwrap();
    done.extend(changes);
}

/// What rules are shown of it.
async fn shown(store: &Store) -> (Vec<ChannelId>, Vec<State>, usize, Option<ChannelId>, u32) {
    let at = guestlist_domain::facts::hour(store.clock().now());
    let rule = move |facts: &Facts, _: &mut Moment| -> Decision<_> {
        let (acme, globex) = (id("T0ACME"), id("T0GLOBEX"));
        let mut states: Vec<State> = facts
            .offers(id(WELCOME))?
            .iter()
            .map(|one| one.state)
            .collect();
        // Those that are over are among the facts only while they are held.
        states.retain(|state| matches!(state, State::Sent | State::Approved));
        Ok(Plan::nothing((
            facts.links(acme, globex)?,
            states,
            facts.side(id(WELCOME), globex)?.len(),
            facts.handle(globex, "acme-welcome")?,
            facts.mailed(id("U0GREET"), at)?,
        )))
    };
    Rule::new(rule).ask(store).await.unwrap()
}

#[tokio::test]
async fn it_is_the_same_whether_the_tables_follow_at_once_or_later() {
    for fold in [true, false] {
        let home = Home::sample();
        let store = home.open();
        let start = store.dump().await.unwrap();
        let mut done = Vec::new();
        let settle = async |store: &Store| {
            if fold {
                store.dump().await.unwrap();
            }
        };
        let welcome: ChannelId = id(WELCOME);
        // Looked at before anything is there, so that what is held has to follow.
        assert_eq!(shown(&store).await, (vec![], vec![], 0, None, 0));
        let one = sent(&store, "gil@globex.test", &mut done).await;
        settle(&store).await;
        assert_eq!(sent(&store, "gil@globex.test", &mut Vec::new()).await, one);
        assert_eq!(shown(&store).await, (vec![], vec![State::Sent], 0, None, 1));
        accepted(&store, one, &mut done).await;
        settle(&store).await;
        let expected = (vec![welcome], vec![State::Approved], 1, Some(welcome), 1);
        assert_eq!(shown(&store).await, expected);
        severed(&store, &mut done).await;
        settle(&store).await;
        assert_eq!(
            shown(&store).await,
            (vec![], vec![], 0, None, 1),
            "fold: {fold}"
        );
        let again = sent(&store, "gil@globex.test", &mut done).await;
        accepted(&store, again, &mut done).await;
        settle(&store).await;
        let expected = (vec![welcome], vec![State::Approved], 1, Some(welcome), 2);
        assert_eq!(shown(&store).await, expected);

        // A process that is killed here leaves all of it.
        let killed = home.killed();
        let revived = killed.open();
        let wanted = after(&start, &done);
        assert_eq!(revived.dump().await.unwrap(), wanted);
        assert_eq!(shown(&revived).await, expected);
        assert_eq!(store.dump().await.unwrap(), wanted);
        let told = |store: Store| async move {
            let told = store
                .read(|reader| reader.told(Timestamp(0), None, 1000))
                .await
                .unwrap();
            told.into_iter()
                .map(|one| (one.ts, one.name, one.payload.to_string()))
                .collect::<Vec<_>>()
        };
        let events = told(store).await;
        assert_eq!(events, told(revived).await);
        let raised = done
            .iter()
            .filter(|change| matches!(change, Change::Raised { .. }));
        assert_eq!(events.len(), raised.count());

        // Letters are there with the invitations they bring, in the tables and in what is held.
        let letters = |store: Store| async move {
            let all = store.read(|reader| reader.mails(&MailFilter::default(), 10));
            all.await.unwrap() as Vec<Mail>
        };
        let written: Vec<_> = done
            .iter()
            .rev()
            .filter_map(|change| match change {
                Change::Mail { mail, .. } => Some(mail.as_ref().clone()),
                _ => None,
            })
            .collect();
        assert_eq!(written.len(), 2);
        let killed = home.killed();
        assert_eq!(letters(killed.open()).await, written);
    }
}

#[tokio::test]
async fn a_letter_is_due_until_it_is_handed_over() {
    let home = Home::sample();
    let store = home.open();
    let mut news = store.mail_news();
    let mut done = Vec::new();
    sent(&store, "gil@globex.test", &mut done).await;
    news.changed().await.unwrap();
    let due = async || {
        let due = store.read(|reader| {
            let due = reader.mail_due(reader.now(), 10)?;
            Ok::<_, guestlist_store::StoreError>((due, reader.next_mail()?))
        });
        due.await.unwrap()
    };
    let (letters, next) = due().await;
    let [(team, mail)] = &letters[..] else {
        panic!("{letters:?}");
    };
    assert_eq!((*team, next), (id("T0ACME"), mail.due));
    for (attempt, became, left) in [
        (
            Attempt::Failed("busy".to_owned()),
            Some(MailState::Retrying),
            true,
        ),
        (Attempt::Sent, Some(MailState::Sent), false),
        // It is over by now.
        (Attempt::Failed("late".to_owned()), None, false),
    ] {
        let name = mail.id;
        let rule = move |facts: &Facts, moment: &mut Moment| -> Decision<Option<MailState>> {
            Ok(attempted(facts, name, &attempt, moment)?)
        };
        let outcome = Rule::new(rule).ask(&store).await.unwrap();
        assert_eq!(outcome, became);
        let (letters, next) = due().await;
        assert_eq!((letters.len(), next.is_some()), (0, left));
    }
    let filter = MailFilter {
        to: Some("gil@globex.test".to_owned()),
        state: Some(MailState::Sent),
        ..MailFilter::default()
    };
    let found = store.read(move |reader| reader.mails(&filter, 10)).await;
    let found: Vec<Mail> = found.unwrap();
    assert_eq!((found.len(), found[0].attempts), (1, 2));
}

#[tokio::test]
async fn what_is_due_is_found_by_its_time() {
    let home = Home::sample();
    let clock = Clock::default();
    let store = home.open_by(clock.clone());
    let one = sent(&store, "gil@globex.test", &mut Vec::new()).await;
    let due = |store: &Store| {
        let store = store.clone();
        async move {
            store
                .read(|reader| {
                    Ok::<_, guestlist_store::StoreError>((
                        reader.due(reader.now(), 10)?,
                        reader.next_due()?,
                    ))
                })
                .await
                .unwrap()
        }
    };
    let (now, next) = due(&store).await;
    assert_eq!(now, []);
    assert!(next.is_some_and(|at| at > clock.now()));
    clock.advance(LIFE_SECONDS * 1_000_000);
    clock.woken().await;
    assert_eq!(due(&store).await.0, [one]);
    let rule = move |facts: &Facts, moment: &mut Moment| -> Decision<()> {
        Ok(due::decide(facts, one, SITE, moment)?)
    };
    Rule::new(rule).ask(&store).await.unwrap();
    assert_eq!(due(&store).await, (vec![], None));
    let dump = store.dump().await.unwrap();
    assert_eq!(dump.invitations[0].1.state, State::Expired);
}

/// What a store of the first schema holds of a connected channel and its invitations.
const BEFORE: &str = include_str!("../../migrations/0001_init.sql");

#[tokio::test]
async fn a_store_made_before_is_brought_up_to_it() {
    let yaml = "
version: 1
workspaces:
  - id: T0ACME
    name: Acme
    domain: acme
    users: [{id: U0ADA, name: ada}, {id: U0GREET, name: greet, bot_id: B0GREET}]
    channels:
      - {id: C0WELCOME, name: welcome, creator: U0ADA, members: [U0ADA, U0GIL], connections: [{workspace: T0GLOBEX, name: acme-welcome}]}
    invitations:
      - {id: I0MAIL, channel: C0WELCOME, inviter: U0GREET, to: {email: gil@globex.test}, link: zt-1}
      - {id: I0DONE, channel: C0WELCOME, inviter: U0ADA, to: {user: U0GIL}, state: approved, acceptance: {workspace: T0GLOBEX, user: U0GIL}}
  - {id: T0GLOBEX, name: Globex, domain: globex, users: [{id: U0GIL, name: gil, email: gil@globex.test}]}
";
    let seed = crate::home::seed(yaml);
    let fresh = Home::embedded();
    fresh.load(&seed, "fresh").unwrap();
    // The same rows in the tables as they were.
    let old = Home::embedded();
    let columns = [
        ("meta", "key, value"),
        ("workspace", "team, enterprise, domain, doc"),
        ("user", "team, id, home, flags, name, email, bot, doc"),
        ("channel", "team, id, handle, kind, archived, doc"),
        ("channel_share", "team, channel, owner"),
        ("member", "team, channel, user, since, closed"),
        ("invitation", "team, id, doc"),
    ];
    let db = old.sql();
    db.execute_batch(BEFORE).unwrap();
    db.execute("attach ?1 as fresh", [fresh.database().to_str().unwrap()])
        .unwrap();
    for (table, columns) in columns {
        let copy =
            format!("insert into main.{table} ({columns}) select {columns} from fresh.{table}");
        db.execute_batch(&copy).unwrap();
    }
    db.pragma_update(None, "user_version", 1).unwrap();
    drop(db);

    let (fresh, old) = (fresh.open(), old.open());
    assert_eq!(shown(&old).await, shown(&fresh).await);
    assert_eq!(shown(&old).await.3, Some(id(WELCOME)));
    for team in ["T0ACME", "T0GLOBEX"] {
        let seen = async |store: &Store| {
            let look = store.read(|reader| {
                let listed = reader.invitations(id(team), None, 10)?;
                let shared = reader.shared_channels(id(team))?;
                Ok::<_, guestlist_store::StoreError>((listed, shared, reader.next_due()?))
            });
            look.await.unwrap()
        };
        let known = seen(&old).await;
        assert_eq!((known.0.len(), known.1.len()), (2, 1), "{team}");
        assert_eq!(known, seen(&fresh).await);
    }
}
