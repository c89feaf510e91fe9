//! Names of channels, each once in a workspace, and which channel is the general one.

use super::{convert::Import, notes::Rolls};
use crate::world::{
    check,
    index::{Map, Set},
};
use guestlist_domain::{Channel, ChannelId, ChannelKind, TeamId, name::MAX_LEN};

/// Names that are taken.
#[derive(Default)]
struct Names {
    taken: Set<(TeamId, String)>,
    /// The number that the next channel of a name that is taken is given.
    numbers: Map<(TeamId, String), u64>,
}

impl Import {
    /// Settles which of the channels of a name keeps it, and which is the general one: one that is not
    /// archived before one that is, a public one before a private one, the first before others.
    pub(super) fn settle_names(&mut self) {
        let mut order: Vec<usize> = (0..self.channels.len())
            .filter(|at| !self.channels[*at].kind.is_dm())
            .collect();
        order.sort_by_key(|at| {
            let channel = &self.channels[*at];
            (channel.archived, channel.kind == ChannelKind::Private)
        });
        let (mut names, mut general) = (Names::default(), Set::default());
        let mut others = Vec::new();
        for at in order {
            let channel = &mut self.channels[at];
            if channel.general && !general.insert(channel.team) {
                channel.general = false;
                self.rolls.not_general.add(channel.id);
            }
            let keeps = check::channel_name(&channel.name).is_ok()
                && names.taken.insert((channel.team, channel.name.clone()));
            if !keeps {
                others.push(at);
            }
        }
        // Names that stand in the export are given out before any is made.
        others.sort_unstable();
        for at in others {
            names.rename(&mut self.channels[at], &mut self.rolls);
        }
    }
}

impl Names {
    fn rename(&mut self, channel: &mut Channel, rolls: &mut Rolls) {
        let clean = match check::channel_name(&channel.name) {
            Ok(()) => channel.name.clone(),
            Err(_) => cleaned(&channel.name, channel.id),
        };
        let free = self.free(channel.team, clean);
        let mut was: String = channel.name.chars().take(MAX_LEN).collect();
        if was.len() < channel.name.len() {
            was.push('…');
        }
        rolls.renamed.add(format!("{} {was} → {free}", channel.id));
        channel.name = free;
    }

    /// The name, or the next one with a number that nobody has. Each number is tried once, so that
    /// many channels of one name do not take the square of their number.
    fn free(&mut self, team: TeamId, name: String) -> String {
        let mut free = name.clone();
        while !self.taken.insert((team, free.clone())) {
            let number = self.numbers.entry((team, name.clone())).or_insert(1);
            *number += 1;
            let suffix = format!("-{number}");
            free = name
                .chars()
                .take(MAX_LEN - suffix.len())
                .collect::<String>()
                + &suffix;
        }
        free
    }
}

/// The nearest that can be a channel's name.
fn cleaned(name: &str, id: ChannelId) -> String {
    let one = |c: char| {
        if check::channel_name(&c.to_string()).is_ok() {
            c
        } else {
            '-'
        }
    };
    let clean: String = name.to_lowercase().chars().map(one).take(MAX_LEN).collect();
    if clean.is_empty() {
        id.to_string().to_lowercase()
    } else {
        clean
    }
}
