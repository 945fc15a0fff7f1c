//! Where the registers of a list stand in it, by id.
//!
//! Must not do: know what a list is for.

/// The ids of a list with their places. The lists are looked through several times for each request, and sorted this takes
/// a few steps.
#[derive(Debug)]
pub struct Places<const N: usize>([(u16, u8); N]);

impl<const N: usize> Places<N> {
    /// The places of these ids; of an id that is there twice, one of the two.
    pub const fn of(ids: [u16; N]) -> Self {
        assert!(N <= 0x100, "a place has eight bits");
        let mut places = [(0, 0); N];
        let mut count = 0;
        while count < N {
            let mut at = count;
            while at > 0 && places[at - 1].0 > ids[count] {
                places[at] = places[at - 1];
                at -= 1;
            }
            places[at] = (ids[count], count as u8);
            count += 1;
        }
        Self(places)
    }

    /// The place of an id.
    pub fn get(&self, id: u16) -> Option<usize> {
        let at = self.0.binary_search_by_key(&id, |(known, _)| *known).ok()?;
        self.0.get(at).map(|(_, place)| usize::from(*place))
    }
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
