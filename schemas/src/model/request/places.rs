//! Where the registers of a list stand in it, by id.
//!
//! Must not do: know what a list is for.

/// More than twice as many as a list has ids, so that most stand where they are looked for first.
const SLOTS: usize = 512;

/// The ids of a list, each with its place in it plus one; 0 is an empty slot. The lists are looked through several times for
/// each request, and this takes a step or two.
#[derive(Debug)]
pub struct Places([(u16, u16); SLOTS]);

impl Places {
    /// The places of these ids; of an id that is there twice, the first.
    pub const fn of<const N: usize>(ids: [u16; N]) -> Self {
        assert!(N < SLOTS / 2, "fewer slots than the search needs");
        let mut slots = [(0, 0); SLOTS];
        let mut count = 0;
        while count < N {
            let mut at = first_slot(ids[count]);
            while slots[at].1 != 0 {
                at = (at + 1) % SLOTS;
            }
            slots[at] = (ids[count], count as u16 + 1);
            count += 1;
        }
        Self(slots)
    }

    /// The place of an id.
    #[inline]
    pub fn get(&self, id: u16) -> Option<usize> {
        let mut at = first_slot(id);
        loop {
            let (known, place) = self.0[at];
            // There always is an empty slot.
            let place = usize::from(place).checked_sub(1)?;
            if known == id {
                return Some(place);
            }
            at = (at + 1) % SLOTS;
        }
    }
}

/// Where an id is looked for first: ids of one page lie close together, and are to be spread.
const fn first_slot(id: u16) -> usize {
    (id.wrapping_mul(0x9e37) >> 7) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_id_has_its_place_and_no_other_has_one() {
        let ids = [7, 3, 0xffff, 0, 5];
        let places = Places::of(ids);
        for id in 0..=u16::MAX {
            assert_eq!(places.get(id), ids.iter().position(|known| *known == id), "{id}");
        }
        assert_eq!(Places::of([]).get(0), None);
    }
}
