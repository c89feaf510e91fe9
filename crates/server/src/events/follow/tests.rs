use super::*;
use guestlist_domain::{
    Actor, Moment, Plan, Stop,
    workspace::{Events, OAuth},
};
use guestlist_store::{Clock, Decide, Directory, load_into};
use std::convert::Infallible;

struct Makes(AppId);

impl Decide for Makes {
    type Outcome = ();
    type Refusal = Infallible;

    fn actor(&self) -> Actor {
        Actor::nobody("T0ACME".parse().unwrap())
    }

    fn decide(&self, _: &Facts, _: &mut Moment) -> Result<Plan<()>, Stop<Infallible>> {
        let app = Arc::new(App {
            id: self.0,
            team: "T0ACME".parse().unwrap(),
            name: "listens".to_owned(),
            created: Timestamp(0),
            bot_user: None,
            bot: None,
            signing_secret: None,
            client_id: None,
            client_secret: None,
            allowed_addresses: Vec::new(),
            events: Some(Events {
                subscribe: vec!["member_joined_channel".to_owned()],
                ..Events::default()
            }),
            oauth: OAuth::default(),
            interactivity: Default::default(),
        });
        Ok(Plan {
            changes: vec![Change::AppMade { app }],
            outcome: (),
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_apps_that_subscribe_between_two_looks_each_is_told() {
    let home = tempfile::tempdir().unwrap();
    let directory = Directory::hold(home.path()).unwrap();
    load_into(&directory, &Seed::default(), "empty", &mut |_, _| {}).unwrap();
    let store = Store::open(directory, Clock::default()).unwrap();
    let here = Bookmark::Row(store.logged());
    let mut follower = Follower::at(store.clone(), here).await.unwrap();
    assert!(!follower.has_audience());
    let apps: [AppId; 2] = ["A0FIRST", "A0SECOND"].map(|id| id.parse().unwrap());
    for app in apps {
        store.write(Arc::new(Makes(app))).await.unwrap();
    }
    while follower.is_behind().unwrap() {
        follower.step().await.unwrap();
    }
    for app in apps {
        assert!(follower.audience.listens(app), "{app}");
    }
}
