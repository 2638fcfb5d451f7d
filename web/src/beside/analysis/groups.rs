//! The table of [`super::grid`] by groups: what a vnic may open that gets one group and no other, whatever address it has.
//!
//! An answer has the same shape. There are no packets in it, because no vnic is meant; the `vnics` of a lot are
//! members of its group, to which others are `to_come`.

use std::collections::HashMap;

use analysis::{Matrix, Reach, group_matrix};
use policy::{Direction, Document, Faults, GroupId, Resolved};
use serde_json::{Value, json};

use super::grid::{beyond, cells, places, tell};

/// The table of a draft, beside what it is compared with.
pub(crate) fn of(draft: &Resolved, before: Option<&Resolved>) -> Value {
    let side = |resolved: &Resolved| Side::of(resolved.document());
    match side(draft).and_then(|is| Ok((is, before.map(side).transpose()?))) {
        Ok((is, was)) => table(draft.document(), before.map(Resolved::document), &is, was.as_ref()),
        Err(faults) => json!({ "error": format!("a group cannot have two members more: {faults}") }),
    }
}

fn table(draft: &Document, before: Option<&Document>, is: &Side, was: Option<&Side>) -> Value {
    let gone =
        before.into_iter().flat_map(|before| &before.groups).filter(|group| draft.group(group.id.as_str()).is_none());
    let groups: Vec<_> = draft.groups.iter().chain(gone).collect();
    let cells = cells(groups.len(), |from, to| {
        let group = |at: usize| at.checked_sub(1).map(|at| &groups[at].id);
        let place = (group(from), group(to));
        (place != (None, None)).then(|| (is.openings(place), was.map(|was| was.openings(place))))
    });
    let outside = json!({ "name": "Outside", "groups": "", "vnics": [] });
    let lots = groups.iter().map(|group| {
        let members = draft.vnics().filter(|(_, vnic)| vnic.groups.contains(&group.id));
        let vnics: Vec<&str> = members.map(|(_, vnic)| vnic.id.as_str()).collect();
        json!({ "name": group.id.as_str(), "groups": group.name, "vnics": vnics, "to_come": true })
    });
    let lots: Vec<Value> = [outside].into_iter().chain(lots).collect();
    json!({ "compared": before.is_some(), "lots": lots, "cells": cells })
}

/// One document, and what members of its groups could open.
struct Side {
    matrix: Matrix<GroupId>,
    /// By sender: places in the matrix.
    senders: HashMap<GroupId, Vec<usize>>,
    exposed: HashMap<GroupId, Vec<usize>>,
}

impl Side {
    fn of(document: &Document) -> Result<Side, Faults> {
        let matrix = group_matrix(document)?;
        let senders = places(matrix.within.iter().map(|reach| &reach.from));
        let exposed = places(matrix.outside.iter().map(|exposure| &exposure.vnics));
        Ok(Side { matrix, senders, exposed })
    }

    /// From one group to another; `None` is the outside.
    fn openings(&self, place: (Option<&GroupId>, Option<&GroupId>)) -> Vec<Value> {
        match place {
            (Some(from), Some(to)) => self.within(from, to),
            (None, Some(group)) => self.outside(group, Direction::Ingress),
            (Some(group), None) => self.outside(group, Direction::Egress),
            (None, None) => Vec::new(),
        }
    }

    fn within(&self, from: &GroupId, to: &GroupId) -> Vec<Value> {
        let reaches = |reach: &&Reach<GroupId>| reach.to.binary_search(to).is_ok();
        let found = self.senders.get(from).into_iter().flatten().map(|at| &self.matrix.within[*at]).find(reaches);
        let openings = found.into_iter().flat_map(|found| &found.opens);
        tell(openings.map(|opening| (opening.clone(), String::new(), None, None)), ("", ""))
    }

    fn outside(&self, group: &GroupId, direction: Direction) -> Vec<Value> {
        let exposures = self.exposed.get(group).into_iter().flatten().map(|at| &self.matrix.outside[*at].region);
        let exposures = exposures.filter(|region| region.direction == direction);
        let openings = exposures.map(|region| (region.opening(), beyond(region, direction.preposition()), None, None));
        tell(openings, ("", ""))
    }
}
