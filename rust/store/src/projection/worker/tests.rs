use super::*;

fn entries(kinds: &[&str]) -> Vec<Entry> {
    (1..)
        .zip(kinds)
        .map(|(sequence, kind)| Entry {
            sequence,
            kind: (*kind).to_owned(),
            key: None,
            payload: Vec::new(),
            at_us: 0,
        })
        .collect()
}

fn kept(kinds: &[&str], limit: usize) -> usize {
    whole(entries(kinds), limit).len()
}

#[test]
fn a_full_batch_ends_before_a_fill_without_its_position() {
    assert_eq!(kept(&["order", "fill"], 2), 1);
    assert_eq!(kept(&["fill", "order", "position", "fill", "order"], 5), 3);
}

#[test]
fn a_fill_with_its_position_stays() {
    assert_eq!(kept(&["fill", "order", "position"], 3), 3);
    assert_eq!(kept(&["fill", "order", "position", "order"], 4), 4);
}

#[test]
fn a_batch_that_is_not_full_holds_whole_appends() {
    assert_eq!(kept(&["order", "fill"], 3), 2);
}

#[test]
fn a_batch_never_becomes_empty() {
    assert_eq!(kept(&["fill", "order"], 2), 2);
    assert_eq!(kept(&["order", "command"], 2), 2);
}
