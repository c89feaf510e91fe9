//! Barriers, and what they cost.

use super::*;

#[test]
fn a_barrier_stands_between_two_who_come_together() {
    let mut scene = Scene::new();
    scene.home.barriers = vec![Barrier {
        from: [id("U0ANN")].into(),
        to: [id("U0BOB")].into(),
    }];
    let (ok, joined, failed) = scene.ask("U0ANN,U0BOB", true).unwrap();
    assert_eq!(
        (ok, joined, failed),
        (
            true,
            vec!["U0ANN".to_owned()],
            vec![PersonRefusal::CantInvite]
        )
    );
}

/// People of a large channel, of which nothing is known beyond what is asked for.
struct Crowd {
    caller: Caller,
    people: Vec<UserId>,
    /// Who is in the channel.
    inside: Vec<UserId>,
}

fn many(letter: char, count: u64) -> Vec<UserId> {
    let number = |n| u64::from(letter) * 100_000 + n;
    (0..count)
        .map(|n| UserId::from_number('U', number(n)).unwrap())
        .collect()
}

impl Crowd {
    /// Loads what `rule` asks for until it decides; what came of it, and how often it was asked.
    fn ask<T: std::fmt::Debug, R: std::fmt::Debug>(
        &self,
        channel: &Arc<Channel>,
        keys: Vec<Key>,
        rule: impl Fn(&Facts) -> Result<T, Stop<R>>,
    ) -> (T, usize) {
        let mut facts = Facts::default();
        let mut keys = keys;
        for attempt in 1..20 {
            for key in &keys {
                match key {
                    Key::Channel(id) => facts.put_channel(*id, Some(channel.clone())),
                    Key::Workspace(id) => {
                        facts.put_workspace(*id, Some(self.caller.workspace.clone()));
                    }
                    Key::Standing(id) => {
                        let user = User::new(*id, self.caller.team(), "somebody");
                        facts.put_standing(*id, Some((&user).into()));
                    }
                    Key::Member(channel, id) => {
                        let is_in = *id == self.caller.id() || self.inside.contains(id);
                        let place = is_in.then(|| Membership::new(Timestamp(1)));
                        facts.put_membership(*channel, *id, place);
                    }
                    other => panic!("{other:?}"),
                }
            }
            match rule(&facts) {
                Ok(done) => return (done, attempt),
                Err(Stop::Missing(missing)) => keys = missing,
                Err(other) => panic!("{other:?}"),
            }
        }
        panic!("asked for ever, at last for {keys:?}");
    }

    fn invite(&self, channel: &Arc<Channel>) -> (usize, usize, usize) {
        let people: Vec<_> = self.people.iter().map(|user| Ok(*user)).collect();
        let ask = Ask {
            caller: &self.caller,
            channel: Some(channel.id),
            kinds: act::CHANNELS,
            people: &people,
            force: true,
            scopes: &SCOPES,
        };
        let (plan, attempts) = self.ask(channel, needs(&ask), |facts| {
            let mut moment = Moment::new(Timestamp(1_000), Timestamp(0));
            decide(facts, &ask, &mut moment, &mut Blind)
        });
        (plan.changes.len(), plan.outcome.failed.len(), attempts)
    }
}

/// However many people are named by a call and by barriers, the rule is asked twice: what barriers ask is loaded in one
/// go. (With a look at each pair of them this would not end.)
#[test]
fn barriers_of_thousands_are_looked_at_once() {
    let (east, west, north) = (many('E', 2_000), many('W', 2_000), many('N', 2_000));
    let barrier = |from: &[UserId], to: &[UserId]| Barrier {
        from: from.iter().copied().collect(),
        to: to.iter().copied().collect(),
    };
    for (barriers, people, inside, expected) in [
        // Who comes first keeps the others out.
        (
            vec![barrier(&east, &west)],
            [&east[..1_000], &west[..1_000]].concat(),
            vec![],
            (1_000, 1_000, 2),
        ),
        // One who is there already does, last in the list as they are.
        (
            vec![barrier(&west, &east)],
            east.clone(),
            vec![west[1_999]],
            (0, 2_000, 2),
        ),
        // Several barriers are one question.
        (
            vec![
                barrier(&east, &west),
                barrier(&east, &north),
                barrier(&north, &west),
            ],
            [&east[..500], &west[..500], &north[..500]].concat(),
            vec![],
            (500, 1_000, 2),
        ),
        // Nobody is on either side: nothing more is asked for.
        (
            vec![barrier(&east, &west)],
            north.clone(),
            vec![],
            (2_000, 0, 1),
        ),
        // Who is named on both sides is not kept from themselves, but from the others.
        (
            vec![barrier(&east[..2], &east[..1])],
            east[..2].to_vec(),
            vec![],
            (1, 1, 1),
        ),
    ] {
        let mut scene = Scene::new();
        scene.home.barriers = barriers;
        let channel = Arc::new(scene.channel.clone());
        let (_, caller) = scene.ready();
        let crowd = Crowd {
            caller,
            people,
            inside,
        };
        assert_eq!(crowd.invite(&channel), expected);
        // Whoever comes alone, by themselves or by an admin, is no dearer.
        let first = crowd.people[0];
        let keys = vec![Key::Channel(channel.id), Key::Workspace(channel.team)];
        let (_, attempts) = crowd.ask(&channel, keys, |facts| {
            barred::<ChannelRefusal>(facts, &channel, first)
        });
        assert!(attempts <= 2, "{attempts}");
    }
}
