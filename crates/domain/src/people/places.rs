//! In which workspaces of their organisation somebody is, and which channels go with that.

use crate::{
    change::Change,
    channel::Channel,
    facts::{Facts, Missing},
    id::{TeamId, UserId},
    see,
    time::Moment,
    user::User,
    usergroup,
    workspace::Status,
};
use std::sync::Arc;

/// Whether one of some workspaces has a channel.
pub(super) fn have(
    facts: &Facts,
    channel: &Channel,
    teams: impl IntoIterator<Item = TeamId>,
) -> Result<bool, Missing> {
    for team in teams {
        if channel.connection(team).is_some() || channel.is_in(team, false) {
            return Ok(true);
        }
        if channel.org_wide
            && let Some(workspace) = facts.workspace(team)?
            && see::same_org(facts, workspace, channel.team)?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Somebody is out of the channels that none of their workspaces has.
pub(super) fn strays(facts: &Facts, user: &User) -> Result<Vec<Change>, Missing> {
    outside(facts, user.id, &user.all_teams().collect::<Vec<_>>())
}

/// Somebody is out of the channels that none of some workspaces has.
fn outside(facts: &Facts, user: UserId, teams: &[TeamId]) -> Result<Vec<Change>, Missing> {
    let mut changes = Vec::new();
    for id in facts.channels_of(user)? {
        let stays = match facts.channel(id)? {
            Some(channel) => have(facts, channel, teams.iter().copied())?,
            None => true,
        };
        if !stays {
            changes.push(Change::Dropped { channel: id, user });
        }
    }
    Ok(changes)
}

/// A bot is in some workspaces no more beside the one that it belongs to first, and out of the channels that none of
/// those has in which it is `left`.
pub fn withdraw(
    facts: &Facts,
    bot: &User,
    teams: &[TeamId],
    left: &[TeamId],
    moment: &Moment,
) -> Result<Vec<Change>, Missing> {
    let mut changes = outside(facts, bot.id, left)?;
    let mut user = bot.clone();
    user.updated = moment.now();
    for team in teams {
        if user.team != *team && user.is_in(*team) {
            user.teams.retain(|one| one != team);
            let (user, team) = (Arc::new(user.clone()), *team);
            changes.push(Change::Unassigned { user, team });
        }
    }
    Ok(changes)
}

/// Which of some workspaces is the first in use.
fn first_in_use(facts: &Facts, teams: &[TeamId]) -> Result<Option<usize>, Missing> {
    for (at, team) in teams.iter().enumerate() {
        let workspace = facts.workspace(*team)?;
        if workspace.is_some_and(|one| one.status == Status::Active) {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

/// Somebody is in one of their workspaces no more, and so out of the channels that none of the others has. Who
/// leaves the one they belonged to first belongs to the first of the others that is in use.
pub(super) fn leave(
    facts: &Facts,
    who: UserId,
    team: TeamId,
    moment: &Moment,
) -> Result<Vec<Change>, Missing> {
    let Some(known) = facts.user(who)?.filter(|known| known.is_in(team)) else {
        return Ok(Vec::new());
    };
    let mut rest: Vec<TeamId> = known.all_teams().filter(|one| *one != team).collect();
    if rest.is_empty() {
        return Ok(Vec::new());
    }
    let first = match known.team == team {
        true => first_in_use(facts, &rest)?.unwrap_or(0),
        false => 0,
    };
    let mut user = User::clone(known);
    user.team = rest.remove(first);
    user.teams = rest;
    user.updated = moment.now();
    let mut changes = strays(facts, &user)?;
    changes.extend(usergroup::leave(facts, known, [team], moment)?);
    let user = Arc::new(user);
    changes.push(Change::Unassigned { user, team });
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        channel::ChannelKind,
        connect::Party,
        facts::{Key, Membership, Stop},
        id::{ChannelId, EnterpriseId},
        people::{self, About, NotTaken},
        time::Timestamp,
        user::{Invited, Stage},
        workspace::Workspace,
    };

    fn team(text: &str) -> TeamId {
        text.parse().unwrap()
    }

    /// Ada is in channels of Acme and West, of both, of all their organisation, and in a DM.
    fn facts(teams: &[&str]) -> (Facts, UserId) {
        let mut facts = Facts::complete();
        let org: EnterpriseId = "E0ACME".parse().unwrap();
        for text in ["T0ACME", "T0WEST", "T0EAST"] {
            let mut workspace = Workspace::new(team(text), text, text);
            workspace.enterprise = Some(org);
            facts.put_workspace(team(text), Some(Arc::new(workspace)));
        }
        let mut ada = User::new("U0ADA".parse().unwrap(), team(teams[0]), "ada");
        ada.teams = teams[1..].iter().map(|text| team(text)).collect();
        let (who, now) = (ada.id, Timestamp(0));
        facts.put_user(who, Some(Arc::new(ada)));
        for (text, of) in [
            ("C0ACME", "T0ACME"),
            ("C0WEST", "T0WEST"),
            ("C0BOTH", "T0ACME"),
            ("C0ALL", "T0EAST"),
            ("D0ACME", "T0ACME"),
        ] {
            let id: ChannelId = text.parse().unwrap();
            let kind = match id.letter() {
                'D' => ChannelKind::Im,
                _ => ChannelKind::Private,
            };
            let mut channel = Channel::new(id, team(of), kind, text, who, now);
            channel.org_wide = text == "C0ALL";
            if text == "C0BOTH" {
                channel.workspaces = vec![team("T0WEST")];
            }
            facts.put_channel(id, Some(Arc::new(channel)));
            let place = Membership::new(now);
            facts.put_membership(id, who, Some(place));
        }
        (facts, who)
    }

    fn out(changes: &[Change]) -> Vec<String> {
        let dropped = changes.iter().filter_map(|change| match change {
            Change::Dropped { channel, .. } => Some(channel.to_string()),
            _ => None,
        });
        dropped.collect()
    }

    #[test]
    fn who_was_brought_where_none_of_their_workspaces_is_goes_again() {
        let moment = Moment::new(Timestamp(1), Timestamp(0));
        for (teams, expected) in [
            (&["T0ACME", "T0WEST"][..], &[][..]),
            (&["T0WEST"], &["C0ACME"]),
            (&["T0ACME"], &["C0WEST"]),
            (&["T0EAST"], &["C0ACME", "C0BOTH", "C0WEST"]),
        ] {
            let (mut facts, who) = facts(teams);
            let swept = people::sweep(&facts, who, &moment).unwrap();
            let mut found = out(&swept);
            found.sort();
            assert_eq!(found, expected, "{teams:?}");
            // Once is enough.
            swept.iter().for_each(|change| facts.apply(change));
            assert_eq!(people::sweep(&facts, who, &moment), Ok(Vec::new()));
        }
    }

    #[test]
    fn what_everybody_is_in_is_that_of_their_workspaces() {
        let (mut facts, who) = facts(&["T0ACME", "T0WEST"]);
        let usual = ["C0GACME", "C0GWEST", "C0GEAST"].map(|text| text.parse().unwrap());
        for (id, of) in usual.into_iter().zip(["T0ACME", "T0WEST", "T0EAST"]) {
            let mut channel =
                Channel::new(id, team(of), ChannelKind::Public, of, who, Timestamp(0));
            channel.general = true;
            facts.put_channel(id, Some(Arc::new(channel)));
        }
        let ada = User::clone(facts.user(who).unwrap().unwrap());
        facts.put_user(
            who,
            Some(Arc::new(User {
                removed: true,
                ..ada
            })),
        );
        // East was theirs when the channels were read.
        let mut moment = Moment::new(Timestamp(1), Timestamp(0));
        let plan = people::come_back(&facts, who, &usual, &mut moment).unwrap();
        let joined = plan.changes.iter().filter_map(|change| match change {
            Change::Joined { channel, .. } => Some(*channel),
            _ => None,
        });
        assert_eq!(joined.collect::<Vec<_>>(), usual[..2]);
    }

    /// What is looked at is locked: of an organisation who has an address, or a handle.
    #[test]
    fn an_address_and_a_handle_are_one_accounts_in_all_of_an_organisation() {
        let (whole, who) = facts(&["T0ACME", "T0WEST"]);
        let mut facts = Facts::default();
        facts.put_user(who, whole.user(who).unwrap().cloned());
        facts.put_workspace(
            team("T0ACME"),
            whole.workspace(team("T0ACME")).unwrap().cloned(),
        );
        facts.put_channels_of(who, Vec::new());
        let (org, address) = (
            Party::Org("E0ACME".parse().unwrap()),
            "bob@acme.test".to_owned(),
        );
        let mailed = About {
            email: Some(Some(address.clone())),
            ..About::default()
        };
        let called = About {
            name: Some("bob".to_owned()),
            ..About::default()
        };
        let edit = |facts: &Facts, about: &About| {
            let mut moment = Moment::new(Timestamp(1), Timestamp(0));
            people::edit(facts, who, about, &[], &mut moment).err()
        };
        let missing = |key| Some(Stop::Missing(vec![key]));
        let holders = Key::Holders(org, address.clone());
        assert_eq!(edit(&facts, &mailed), missing(holders));
        let named = Key::Named(org, "bob".to_owned());
        assert_eq!(edit(&facts, &called), missing(named));
        facts.put_holders(org, &address, vec![who]);
        facts.put_named(org, "bob", Vec::new());
        assert_eq!(edit(&facts, &mailed), None);
        assert_eq!(edit(&facts, &called), None);

        // Of a workspace that they are not in themselves; gone, too, and only invited not.
        let mut bob = User::new("U0BOB".parse().unwrap(), team("T0EAST"), "bob");
        bob.email = Some(address.clone());
        let east = whole.workspace(bob.team).unwrap().cloned();
        facts.put_workspace(bob.team, east);
        facts.put_holders(org, &address, vec![bob.id]);
        facts.put_named(org, "bob", vec![bob.id]);
        let refused = |no| Some(Stop::Refused(no));
        for removed in [false, true] {
            bob.removed = removed;
            facts.put_user(bob.id, Some(Arc::new(bob.clone())));
            let no = NotTaken::AddressTaken(bob.id);
            assert_eq!(edit(&facts, &mailed), refused(no));
            let no = NotTaken::HandleTaken(bob.id);
            assert_eq!(edit(&facts, &called), refused(no));
        }
        bob.invited = Some(Invited {
            by: who,
            at: Timestamp(0),
            channels: Vec::new(),
            link: "x".to_owned(),
            state: Stage::Pending,
        });
        facts.put_user(bob.id, Some(Arc::new(bob.clone())));
        assert_eq!(edit(&facts, &mailed), None);
        assert_eq!(edit(&facts, &called), None);
    }

    /// A world may have been so before: whoever is there goes on, and who is gone comes back once it is another's no more.
    #[test]
    fn two_who_have_one_address_already_are_told_when_one_comes_back() {
        let (mut facts, who) = facts(&["T0ACME"]);
        let mut moment = Moment::new(Timestamp(1), Timestamp(0));
        let mut ada = User::clone(facts.user(who).unwrap().unwrap());
        ada.email = Some("ada@acme.test".to_owned());
        let mut other = User::new("U0OTHER".parse().unwrap(), team("T0EAST"), "ada");
        other.email.clone_from(&ada.email);
        for user in [&ada, &other] {
            facts.put_user(user.id, Some(Arc::new(user.clone())));
        }
        let about = About {
            title: Some("Clerk".to_owned()),
            ..About::default()
        };
        assert!(people::edit(&facts, who, &about, &[], &mut moment).is_ok());
        ada.removed = true;
        facts.put_user(who, Some(Arc::new(ada)));
        let back = people::come_back(&facts, who, &[], &mut moment).err();
        let taken = NotTaken::AddressTaken(other.id);
        assert_eq!(back, Some(Stop::Refused(taken)));
        other.removed = true;
        facts.put_user(other.id, Some(Arc::new(other)));
        assert!(people::come_back(&facts, who, &[], &mut moment).is_ok());
    }

    #[test]
    fn nobody_leaves_where_they_are_not_nor_the_last_workspace() {
        let moment = Moment::new(Timestamp(1), Timestamp(0));
        for (teams, left) in [
            (&["T0ACME"][..], "T0WEST"),
            (&["T0ACME"], "T0ACME"),
            (&["T0ACME", "T0WEST"], "T0EAST"),
        ] {
            let (facts, who) = facts(teams);
            assert_eq!(leave(&facts, who, team(left), &moment), Ok(Vec::new()));
        }
    }
}
