//! A place on a map.

/// One degree in millionths.
const DEGREE: i32 = 1_000_000;

/// A pair of numbers that is no place on Earth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be from -90 to 90 (latitude) and from -180 to 180 (longitude)")]
pub struct NoPoint;

/// A place on Earth (WGS 84), to a millionth of a degree: a decimetre.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    latitude_millionths: i32,
    longitude_millionths: i32,
}

impl Point {
    /// A place by latitude and longitude in degrees.
    pub fn from_degrees(latitude: f64, longitude: f64) -> Result<Self, NoPoint> {
        let point = Self {
            latitude_millionths: to_millionths(latitude, 90)?,
            longitude_millionths: to_millionths(longitude, 180)?,
        };
        Ok(point)
    }

    /// Latitude, in degrees; south is negative.
    pub fn latitude(self) -> f64 {
        f64::from(self.latitude_millionths) / f64::from(DEGREE)
    }

    /// Longitude, in degrees; west is negative.
    pub fn longitude(self) -> f64 {
        f64::from(self.longitude_millionths) / f64::from(DEGREE)
    }
}

#[allow(clippy::cast_possible_truncation, reason = "the number is within its limit")]
fn to_millionths(degrees: f64, limit: i32) -> Result<i32, NoPoint> {
    // A comparison with NaN is false.
    match degrees.abs() <= f64::from(limit) {
        true => Ok((degrees * f64::from(DEGREE)).round() as i32),
        false => Err(NoPoint),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            latitude in -90.0_f64..=90.0,
            longitude in -180.0_f64..=180.0,
        ) {
            let point = Point::from_degrees(latitude, longitude).unwrap();
            prop_assert_eq!(Point::from_degrees(point.latitude(), point.longitude()), Ok(point));
            prop_assert!((point.latitude() - latitude).abs() < 0.000_001);
        }
    }

    #[test]
    fn points_are_on_earth() {
        for (latitude, longitude) in
            [(90.1, 0.0), (0.0, -180.5), (f64::NAN, 0.0), (0.0, f64::INFINITY)]
        {
            assert_eq!(Point::from_degrees(latitude, longitude), Err(NoPoint));
        }
        let naples = Point::from_degrees(40.851_775_4, 14.268_124).unwrap();
        assert!((naples.latitude() - 40.851_775).abs() < 1e-9);
    }
}
