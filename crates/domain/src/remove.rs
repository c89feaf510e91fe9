//! Taking workspaces out again, with all that is in them.

use crate::{
    change::{Change, Plan},
    facts::{Facts, Key, Stop, Tie},
    id::{EnterpriseId, TeamId},
};
use std::collections::BTreeSet;

/// Why they cannot be taken out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum No {
    /// None is named.
    Empty,
    /// There is none of this id.
    Unknown(TeamId),
    /// They share something with workspaces that would stay.
    Tied(Vec<(TeamId, Tie)>),
}

/// What has to be known: that they are there, and what hangs on them.
pub fn needs(workspaces: &[TeamId]) -> Vec<Key> {
    let of = |team: &TeamId| [Key::Workspace(*team), Key::Reach(*team)];
    workspaces.iter().flat_map(of).collect()
}

/// Takes them out: all, and only if nothing that stays speaks of them.
pub fn decide(facts: &Facts, workspaces: &[TeamId]) -> Result<Plan<()>, Stop<No>> {
    if workspaces.is_empty() {
        return Err(Stop::Refused(No::Empty));
    }
    let going: BTreeSet<TeamId> = workspaces.iter().copied().collect();
    let (mut enterprises, mut apps) = (BTreeSet::<EnterpriseId>::new(), Vec::new());
    let mut tied = Vec::new();
    for team in &going {
        let workspace = facts.workspace(*team)?;
        let workspace = workspace.ok_or(Stop::Refused(No::Unknown(*team)))?;
        // Who is in an organisation is tied to all of it: it goes as a whole.
        enterprises.extend(workspace.enterprise);
        let reach = facts.reach(*team)?;
        apps.extend(&reach.apps);
        let outside = reach.ties.iter().filter(|tie| !going.contains(&tie.with));
        tied.extend(outside.map(|tie| (*team, tie.clone())));
    }
    if !tied.is_empty() {
        return Err(Stop::Refused(No::Tied(tied)));
    }
    Ok(Plan {
        changes: vec![Change::Removed {
            workspaces: going.into_iter().collect(),
            enterprises: enterprises.into_iter().collect(),
            apps,
        }],
        outcome: (),
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

    /// Two workspaces of an organisation, and one that is a stranger to them.
    fn facts() -> Facts {
        let mut facts = Facts::default();
        let org: EnterpriseId = "E0ACME".parse().unwrap();
        for (id, enterprise) in [("T0A", Some(org)), ("T0B", Some(org)), ("T0C", None)] {
            let mut workspace = Workspace::new(team(id), id, id);
            workspace.enterprise = enterprise;
            facts.put_workspace(team(id), Some(Arc::new(workspace)));
        }
        for (id, with) in [("T0A", Some("T0B")), ("T0B", Some("T0A")), ("T0C", None)] {
            let ties = with.map(|with| Tie {
                with: team(with),
                by: "E0ACME".to_owned(),
            });
            let reach = Reach {
                apps: vec![id.replace('T', "A").parse().unwrap()],
                ties: ties.into_iter().collect(),
            };
            facts.put_reach(team(id), reach);
        }
        facts
    }

    #[test]
    fn what_hangs_together_goes_together() {
        let facts = facts();
        let plan = decide(&facts, &[team("T0B"), team("T0A"), team("T0B")]).unwrap();
        let expected = Change::Removed {
            workspaces: vec![team("T0A"), team("T0B")],
            enterprises: vec!["E0ACME".parse().unwrap()],
            apps: vec!["A0A".parse().unwrap(), "A0B".parse().unwrap()],
        };
        assert_eq!(plan.changes, [expected]);
        assert!(decide(&facts, &[team("T0C")]).is_ok());
        let tie = Tie {
            with: team("T0B"),
            by: "E0ACME".to_owned(),
        };
        let refused = decide(&facts, &[team("T0A"), team("T0C")]);
        let tied = No::Tied(vec![(team("T0A"), tie)]);
        assert_eq!(refused, Err(Stop::Refused(tied)));
    }

    #[test]
    fn what_is_not_there_is_named() {
        let mut facts = facts();
        facts.put_workspace(team("T0X"), None);
        assert_eq!(decide(&facts, &[]), Err(Stop::Refused(No::Empty)));
        assert_eq!(
            decide(&facts, &[team("T0C"), team("T0X")]),
            Err(Stop::Refused(No::Unknown(team("T0X"))))
        );
        assert_eq!(
            decide(&Facts::default(), &[team("T0C")]),
            Err(Stop::Missing(vec![Key::Workspace(team("T0C"))]))
        );
    }
}
