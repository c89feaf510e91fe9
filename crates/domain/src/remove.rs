//! Taking workspaces out again, with all that is in them.

use crate::{
    change::{Change, Plan},
    facts::{Facts, Key, Stop, Tie},
    id::{EnterpriseId, TeamId},
};
use std::collections::BTreeSet;

/// What is to go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removal {
    /// The workspaces that are named.
    pub workspaces: Vec<TeamId>,
    /// Whatever hangs together with them goes, too, named or not.
    pub tied: bool,
    /// Of those that are named some may be gone already.
    pub may_be_gone: bool,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Those that are taken out: as they were named, then those that hung together with them.
    pub workspaces: Vec<TeamId>,
    /// Those that were named and not there.
    pub missing: Vec<TeamId>,
}

/// Why they cannot be taken out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum No {
    /// None is named.
    Empty,
    /// There is none of this id.
    Unknown(TeamId),
    /// They share something with workspaces that would stay.
    Tied {
        /// What those that are named share with which others.
        ties: Vec<(TeamId, Tie)>,
        /// All that would have to be named, too: others may be tied to further ones.
        with: Vec<TeamId>,
    },
}

/// What has to be known: that they are there, and what hangs on them.
pub fn needs(workspaces: &[TeamId]) -> Vec<Key> {
    let of = |team: &TeamId| [Key::Workspace(*team), Key::Reach(*team)];
    workspaces.iter().flat_map(of).collect()
}

/// Takes them out: all, and only if nothing that stays speaks of them.
pub fn decide(facts: &Facts, ask: &Removal) -> Result<Plan<Removed>, Stop<No>> {
    if ask.workspaces.is_empty() {
        return Err(Stop::Refused(No::Empty));
    }
    let (mut enterprises, mut apps) = (BTreeSet::<EnterpriseId>::new(), Vec::new());
    let (mut removed, mut ties) = (Removed::default(), Vec::new());
    let named: BTreeSet<TeamId> = ask.workspaces.iter().copied().collect();
    let mut met = BTreeSet::new();
    let mut next = ask.workspaces.clone();
    while !next.is_empty() {
        let unknown = needs(&next).into_iter().filter(|key| !facts.knows(key));
        let unknown: Vec<Key> = unknown.collect();
        if !unknown.is_empty() {
            return Err(Stop::Missing(unknown));
        }
        let mut further = BTreeSet::new();
        for team in next {
            if !met.insert(team) {
                continue;
            }
            let Some(workspace) = facts.workspace(team)? else {
                if named.contains(&team) {
                    if !ask.may_be_gone {
                        return Err(Stop::Refused(No::Unknown(team)));
                    }
                    removed.missing.push(team);
                }
                continue;
            };
            removed.workspaces.push(team);
            // Who is in an organisation is tied to all of it: it goes as a whole.
            enterprises.extend(workspace.enterprise);
            let reach = facts.reach(team)?;
            apps.extend(&reach.apps);
            further.extend(reach.ties.iter().map(|tie| tie.with));
            if named.contains(&team) {
                let outside = reach.ties.iter().filter(|tie| !named.contains(&tie.with));
                ties.extend(outside.map(|tie| (team, tie.clone())));
            }
        }
        next = further.difference(&met).copied().collect();
    }
    if !ask.tied && !ties.is_empty() {
        let with = removed.workspaces.into_iter();
        let with = with.filter(|team| !named.contains(team)).collect();
        return Err(Stop::Refused(No::Tied { ties, with }));
    }
    let mut going = removed.workspaces.clone();
    going.sort_unstable();
    apps.sort_unstable();
    let change = Change::Removed {
        workspaces: going,
        enterprises: enterprises.into_iter().collect(),
        apps,
    };
    Ok(Plan {
        changes: (!removed.workspaces.is_empty())
            .then_some(change)
            .into_iter()
            .collect(),
        outcome: removed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{facts::Reach, workspace::Workspace};
    use std::sync::Arc;

    fn team(id: &str) -> TeamId {
        id.parse().unwrap()
    }

    fn removal(workspaces: &[&str]) -> Removal {
        Removal {
            workspaces: workspaces.iter().map(|id| team(id)).collect(),
            ..Removal::default()
        }
    }

    /// Two workspaces of an organisation, one that is connected with the second, and one that is a stranger to
    /// them.
    fn facts() -> Facts {
        let mut facts = Facts::default();
        let org: EnterpriseId = "E0ACME".parse().unwrap();
        for (id, enterprise, ties) in [
            ("T0A", Some(org), &[("T0B", "E0ACME")][..]),
            ("T0B", Some(org), &[("T0A", "E0ACME"), ("T0D", "C0BOTH")]),
            ("T0C", None, &[]),
            ("T0D", None, &[("T0B", "C0BOTH")]),
        ] {
            let mut workspace = Workspace::new(team(id), id, id);
            workspace.enterprise = enterprise;
            facts.put_workspace(team(id), Some(Arc::new(workspace)));
            let ties = ties.iter().map(|(with, by)| tie(with, by)).collect();
            let apps = vec![id.replace('T', "A").parse().unwrap()];
            facts.put_reach(team(id), Reach { apps, ties });
        }
        facts
    }

    fn tie(with: &str, by: &str) -> Tie {
        Tie {
            with: team(with),
            by: by.to_owned(),
        }
    }

    #[test]
    fn what_hangs_together_goes_together() {
        let facts = facts();
        let plan = decide(&facts, &removal(&["T0B", "T0D", "T0A", "T0B"])).unwrap();
        let expected = Change::Removed {
            workspaces: vec![team("T0A"), team("T0B"), team("T0D")],
            enterprises: vec!["E0ACME".parse().unwrap()],
            apps: ["A0A", "A0B", "A0D"].map(|id| id.parse().unwrap()).to_vec(),
        };
        assert_eq!(plan.changes, std::slice::from_ref(&expected));
        let named = ["T0B", "T0D", "T0A"].map(team);
        assert_eq!(plan.outcome.workspaces, named);
        assert!(decide(&facts, &removal(&["T0C"])).is_ok());
        // Those that the others are tied to are told, too.
        let refused = decide(&facts, &removal(&["T0A", "T0C"]));
        let tied = No::Tied {
            ties: vec![(team("T0A"), tie("T0B", "E0ACME"))],
            with: vec![team("T0B"), team("T0D")],
        };
        assert_eq!(refused, Err(Stop::Refused(tied)));
        let all = Removal {
            tied: true,
            ..removal(&["T0D"])
        };
        let plan = decide(&facts, &all).unwrap();
        assert_eq!(plan.changes, [expected]);
        assert_eq!(plan.outcome.workspaces, ["T0D", "T0B", "T0A"].map(team));
    }

    #[test]
    fn what_is_not_there_is_named() {
        let mut facts = facts();
        facts.put_workspace(team("T0X"), None);
        facts.put_reach(team("T0X"), Reach::default());
        assert_eq!(decide(&facts, &removal(&[])), Err(Stop::Refused(No::Empty)));
        let ask = removal(&["T0C", "T0X"]);
        assert_eq!(
            decide(&facts, &ask),
            Err(Stop::Refused(No::Unknown(team("T0X"))))
        );
        assert_eq!(
            decide(&Facts::default(), &removal(&["T0C"])),
            Err(Stop::Missing(needs(&[team("T0C")])))
        );
        let may_be_gone = |ask: Removal| Removal {
            may_be_gone: true,
            ..ask
        };
        let plan = decide(&facts, &may_be_gone(ask)).unwrap();
        let outcome = Removed {
            workspaces: vec![team("T0C")],
            missing: vec![team("T0X")],
        };
        assert_eq!((plan.changes.len(), plan.outcome), (1, outcome));
        let plan = decide(&facts, &may_be_gone(removal(&["T0X"]))).unwrap();
        assert_eq!(plan.changes, []);
        assert_eq!(plan.outcome.missing, [team("T0X")]);
    }
}
