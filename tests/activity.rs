use spikemesh::activity::Counts;
use spikemesh::profile::{Hops, UpdateRule};

#[test]
fn counts_add_class_by_class() {
    let mut sum = Counts::new(2, 1);
    let one = Counts {
        accesses: vec![3, 4],
        updates_input: vec![1, 0],
        updates_state: vec![2, 5],
        synaptic_operations: vec![9],
        hops: Hops { east: 1, west: 2, north: 3, south: 4, ..Hops::default() },
        chip_links: 5,
        ..Counts::new(2, 1)
    };
    sum.add(&one);
    sum.add(&one);
    assert_eq!(sum.accesses, [6, 8]);
    assert_eq!(sum.updates(UpdateRule::Input), [2, 0]);
    assert_eq!(sum.updates(UpdateRule::InputOrState), [4, 10]);
    assert_eq!(sum.total_synaptic_operations(), 18);
    assert_eq!(sum.total_hops(), 30);
}
