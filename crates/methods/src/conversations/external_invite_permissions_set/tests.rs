use super::ExternalInvitePermissionsSet as Set;
use crate::{
    fixture::place,
    trial::{Trial, refuses},
};
use guestlist_domain::{Change, invitation::Sharing};
use serde_json::{Value, json};

fn args(channel: &str, target: &str, action: &str) -> Value {
    json!({"channel": channel, "target_team": target, "action": action})
}

#[test]
fn refusals() {
    refuses::<Set>(vec![
        (
            "invalid_arguments",
            "U0ADA",
            json!({"channel": "C0SHARED"}),
            |_| {},
        ),
        (
            "invalid_action",
            "U0ADA",
            args("C0SHARED", "T0GLOBEX", "remove"),
            |_| {},
        ),
        (
            "restricted_action",
            "U0BOB",
            args("C0SHARED", "T0GLOBEX", "upgrade"),
            |_| {},
        ),
        (
            "restricted_action",
            "U0GUS",
            args("C0SHARED", "T0GLOBEX", "upgrade"),
            |_| {},
        ),
        (
            "channel_not_found",
            "U0ADA",
            args("C0HIDDEN", "T0GLOBEX", "upgrade"),
            |_| {},
        ),
        (
            "channel_not_found",
            "U0ADA",
            args("D0ADABOB", "T0GLOBEX", "upgrade"),
            |_| {},
        ),
        (
            "invalid_target_team",
            "U0ADA",
            args("C0SHARED", "T0INITECH", "upgrade"),
            |_| {},
        ),
        (
            "invalid_target_team",
            "U0ADA",
            args("C0SHARED", "T0ACME", "upgrade"),
            |_| {},
        ),
        (
            "not_supported",
            "U0ADA",
            args("C0SHARED", "T0GLOBEX", "downgrade"),
            |t| {
                place(&mut t.seed, "C0SHARED").legacy_shared = true;
            },
        ),
    ]);
}

#[test]
fn partners_are_let_do_more_or_less() {
    for (was, action, how) in [
        (true, "upgrade", Some(Sharing::Upgraded)),
        (false, "downgrade", Some(Sharing::Downgraded)),
        (false, "upgrade", None),
    ] {
        let mut trial = Trial::of("U0GREET");
        place(&mut trial.seed, "C0SHARED").connections[0].external_limited = was;
        let done = trial.done::<Set>(args("C0SHARED", "T0GLOBEX", action));
        let steps: Vec<_> = done
            .changes
            .iter()
            .map(|change| match change {
                Change::Shared { step, channel, .. } => {
                    assert_ne!(channel.connections[0].external_limited, was);
                    *step
                }
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(steps, how.into_iter().collect::<Vec<_>>());
    }
}
