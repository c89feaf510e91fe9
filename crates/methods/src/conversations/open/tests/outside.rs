//! DMs with people of other organisations.

use super::Open;
use crate::{
    fixture::{Scene, channel, id, ids, join, person, place},
    trial::Trial,
};
use guestlist_domain::{Change, Channel, ChannelKind, TeamId, channel::Connection};
use serde_json::json;

/// A further channel that both organisations have, with Ada and Gil in it.
pub(super) fn meet_gil(trial: &mut Trial) {
    let mut other = channel("T0ACME", "C0OTHER", ChannelKind::Public, "other", "U0ADA");
    other.connections.push(Connection {
        workspace: id("T0GLOBEX"),
        ..place(&mut trial.seed, "C0SHARED").connections[0].clone()
    });
    trial.seed.channels.push(other);
    join(&mut trial.seed, "C0OTHER", &["U0ADA", "U0GIL"]);
}

#[test]
fn their_workspace_takes_part() {
    let mut trial = Trial::of("U0ADA");
    meet_gil(&mut trial);
    for (users, people) in [("U0GUS", 2), ("U0BOB,U0GUS", 3)] {
        let done = trial.done::<Open>(json!({"users": users}));
        let [Change::Created { channel }, joined @ ..] = &done.changes[..] else {
            panic!("{:?}", done.changes)
        };
        let sides: Vec<TeamId> = channel.sides().collect();
        assert_eq!(sides, [id::<TeamId>("T0ACME"), id("T0GLOBEX")]);
        assert_eq!(joined.len(), people);
    }
    join(&mut trial.seed, "C0OTHER", &["U0GUS"]);
    let all = trial.done::<Open>(json!({"users": "U0GUS,U0GIL"}));
    assert_eq!(all.changes.len(), 4);
}

#[tokio::test]
async fn both_sides_have_it_until_their_organisations_part() {
    let scene = Scene::new();
    let call = async |token, method, args| scene.call(token, method, args).await;
    let opened = call(
        "bot",
        "conversations.open",
        json!({"users": "U0GUS", "return_im": true}),
    )
    .await;
    let dm = &opened["channel"]["id"];
    assert_eq!(opened["channel"]["is_ext_shared"], true);
    let said = json!({"channel": "U0GUS", "text": "Welcome!"});
    assert_eq!(
        call("bot", "chat.postMessage", said.clone()).await["channel"],
        *dm
    );

    // It is the same from the other side.
    let theirs = call("gus", "conversations.open", json!({"users": "U0GREET"})).await;
    assert_eq!(
        (&theirs["already_open"], &theirs["channel"]["id"]),
        (&json!(true), dm)
    );
    let listed = call("gus", "conversations.list", json!({"types": "im"})).await;
    assert_eq!(ids(&listed["channels"]), [dm.as_str().unwrap()]);
    assert_eq!(listed["channels"][0]["user"], "U0GREET");
    let history = json!({"channel": dm});
    let read = call("gus", "conversations.history", history.clone()).await;
    assert_eq!(read["messages"][0]["text"], "Welcome!");
    let answer = json!({"channel": dm, "text": "Thank you"});
    assert_eq!(
        call("gus", "chat.postMessage", answer.clone()).await["ok"],
        true
    );
    let partners = call("bot", "team.externalTeams.list", json!({})).await;
    assert_eq!(partners["organizations"][0]["im_channel_count"], 1);

    // Who has left the channel is still spoken to.
    call(
        "bot",
        "conversations.kick",
        json!({"channel": "C0SHARED", "user": "U0GUS"}),
    )
    .await;
    let again = call("bot", "conversations.open", json!({"users": "U0GUS"})).await;
    assert_eq!(again["already_open"], true);

    let parting = json!({"target_team": "T0GLOBEX"});
    assert_eq!(
        call("bot", "team.externalTeams.disconnect", parting).await["ok"],
        true
    );
    for token in ["bot", "gus"] {
        let refusal = scene
            .refusal(token, "chat.postMessage", answer.clone())
            .await;
        assert_eq!(refusal, "is_archived");
        let read = call(token, "conversations.history", history.clone()).await;
        assert_eq!(read["messages"][0]["text"], "Thank you");
    }
    let users = json!({"users": "U0GUS"});
    let refusal = scene.refusal("bot", "conversations.open", users).await;
    assert_eq!(refusal, "user_not_found");
    let partners = call("bot", "team.externalTeams.list", json!({})).await;
    assert_eq!(partners["organizations"][0]["im_channel_count"], 0);
}

/// Who has left the workspace that took part is spoken to where they are now, once the DM is opened again.
#[test]
fn it_comes_along_to_their_next_workspace() {
    let mut trial = Trial::of("U0ADA");
    let mut dm = channel("T0ACME", "D0ADAGUS", ChannelKind::Im, "", "U0ADA");
    dm.parties = vec![id("U0ADA"), id("U0GUS")];
    dm.connect([id("T0GLOBEX")]);
    trial.seed.channels.push(dm);
    join(&mut trial.seed, "D0ADAGUS", &["U0ADA", "U0GUS"]);
    let mut west = trial.seed.workspaces[2].clone();
    assert_eq!(west.id, id::<TeamId>("T0GLOBEX"));
    west.id = id("T0GLOWEST");
    trial.seed.workspaces.push(west);
    let ask = json!({"users": "U0GUS"});
    let gus = person(&mut trial.seed, "U0GUS");
    gus.team = id("T0GLOWEST");
    gus.teams = vec![id("T0GLOBEX")];
    assert_eq!(trial.done::<Open>(ask.clone()).changes, []);

    person(&mut trial.seed, "U0GUS").teams.clear();
    let done = trial.done::<Open>(ask.clone());
    let [
        Change::Shared {
            channel: dm, with, ..
        },
    ] = &done.changes[..]
    else {
        panic!("{:?}", done.changes)
    };
    assert_eq!(*with, id::<TeamId>("T0GLOWEST"));
    assert!(dm.connection(*with).is_some() && dm.id == id("D0ADAGUS"));
    // Once is enough.
    *place(&mut trial.seed, "D0ADAGUS") = Channel::clone(dm);
    assert_eq!(trial.done::<Open>(ask).changes, []);
}
