//! The parameters that name variables for the quality of media.

use module_api::{Params, Placed, Text};

/// Which streams are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// All of the call.
    All,
    /// Those with the label of side A.
    A,
    /// Those with the label of side B.
    B,
}

/// Which moment is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// That of the lowest score.
    Min,
    /// That of the highest.
    Max,
    /// None: the average.
    Average,
}

/// Which figure is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// The mean opinion score.
    Mos,
    /// The moment itself, since the call began.
    At,
    /// Packets lost.
    PacketLoss,
    /// Jitter.
    Jitter,
    /// The time there and back.
    RoundTrip,
    /// The time there and back on one leg.
    RoundTripLeg,
    /// The number of samples.
    Samples,
}

/// A variable for a figure.
pub type Wanted<'a> = (&'a Placed<Text>, Side, Moment, Figure);

/// The variables that figures are put into after a query or a deletion.
#[derive(Params)]
pub struct MosParams {
    /// At the lowest score: the score.
    #[param(name = "mos_min_pv", shown = "")]
    pub min_mos: Placed<Text>,
    /// At the lowest score: when that was.
    #[param(name = "mos_min_at_pv", shown = "")]
    pub min_at: Placed<Text>,
    /// At the lowest score: the packets lost, in percent.
    #[param(name = "mos_min_packetloss_pv", shown = "")]
    pub min_packetloss: Placed<Text>,
    /// At the lowest score: the jitter, in milliseconds.
    #[param(name = "mos_min_jitter_pv", shown = "")]
    pub min_jitter: Placed<Text>,
    /// At the lowest score: the time there and back, in microseconds.
    #[param(name = "mos_min_roundtrip_pv", shown = "")]
    pub min_roundtrip: Placed<Text>,
    /// At the lowest score: the time there and back on the leg, in microseconds.
    #[param(name = "mos_min_roundtrip_leg_pv", shown = "")]
    pub min_roundtrip_leg: Placed<Text>,
    /// At the highest score: the score.
    #[param(name = "mos_max_pv", shown = "")]
    pub max_mos: Placed<Text>,
    /// At the highest score: when that was.
    #[param(name = "mos_max_at_pv", shown = "")]
    pub max_at: Placed<Text>,
    /// At the highest score: the packets lost, in percent.
    #[param(name = "mos_max_packetloss_pv", shown = "")]
    pub max_packetloss: Placed<Text>,
    /// At the highest score: the jitter, in milliseconds.
    #[param(name = "mos_max_jitter_pv", shown = "")]
    pub max_jitter: Placed<Text>,
    /// At the highest score: the time there and back, in microseconds.
    #[param(name = "mos_max_roundtrip_pv", shown = "")]
    pub max_roundtrip: Placed<Text>,
    /// At the highest score: the time there and back on the leg, in microseconds.
    #[param(name = "mos_max_roundtrip_leg_pv", shown = "")]
    pub max_roundtrip_leg: Placed<Text>,
    /// On average: the score.
    #[param(name = "mos_average_pv", shown = "")]
    pub average_mos: Placed<Text>,
    /// On average: the packets lost, in percent.
    #[param(name = "mos_average_packetloss_pv", shown = "")]
    pub average_packetloss: Placed<Text>,
    /// On average: the jitter, in milliseconds.
    #[param(name = "mos_average_jitter_pv", shown = "")]
    pub average_jitter: Placed<Text>,
    /// On average: the time there and back, in microseconds.
    #[param(name = "mos_average_roundtrip_pv", shown = "")]
    pub average_roundtrip: Placed<Text>,
    /// On average: the time there and back on the leg, in microseconds.
    #[param(name = "mos_average_roundtrip_leg_pv", shown = "")]
    pub average_roundtrip_leg: Placed<Text>,
    /// On average: how many samples there were.
    #[param(name = "mos_average_samples_pv", shown = "")]
    pub average_samples: Placed<Text>,
    /// The variable with the label of side A.
    #[param(name = "mos_A_label_pv", shown = "")]
    pub label_a: Placed<Text>,
    /// At the lowest score of side A: the score.
    #[param(name = "mos_min_A_pv", shown = "")]
    pub min_mos_a: Placed<Text>,
    /// At the lowest score of side A: when that was.
    #[param(name = "mos_min_at_A_pv", shown = "")]
    pub min_at_a: Placed<Text>,
    /// At the lowest score of side A: the packets lost, in percent.
    #[param(name = "mos_min_packetloss_A_pv", shown = "")]
    pub min_packetloss_a: Placed<Text>,
    /// At the lowest score of side A: the jitter, in milliseconds.
    #[param(name = "mos_min_jitter_A_pv", shown = "")]
    pub min_jitter_a: Placed<Text>,
    /// At the lowest score of side A: the time there and back, in microseconds.
    #[param(name = "mos_min_roundtrip_A_pv", shown = "")]
    pub min_roundtrip_a: Placed<Text>,
    /// At the lowest score of side A: the time there and back on the leg, in microseconds.
    #[param(name = "mos_min_roundtrip_leg_A_pv", shown = "")]
    pub min_roundtrip_leg_a: Placed<Text>,
    /// At the highest score of side A: the score.
    #[param(name = "mos_max_A_pv", shown = "")]
    pub max_mos_a: Placed<Text>,
    /// At the highest score of side A: when that was.
    #[param(name = "mos_max_at_A_pv", shown = "")]
    pub max_at_a: Placed<Text>,
    /// At the highest score of side A: the packets lost, in percent.
    #[param(name = "mos_max_packetloss_A_pv", shown = "")]
    pub max_packetloss_a: Placed<Text>,
    /// At the highest score of side A: the jitter, in milliseconds.
    #[param(name = "mos_max_jitter_A_pv", shown = "")]
    pub max_jitter_a: Placed<Text>,
    /// At the highest score of side A: the time there and back, in microseconds.
    #[param(name = "mos_max_roundtrip_A_pv", shown = "")]
    pub max_roundtrip_a: Placed<Text>,
    /// At the highest score of side A: the time there and back on the leg, in microseconds.
    #[param(name = "mos_max_roundtrip_leg_A_pv", shown = "")]
    pub max_roundtrip_leg_a: Placed<Text>,
    /// On average of side A: the score.
    #[param(name = "mos_average_A_pv", shown = "")]
    pub average_mos_a: Placed<Text>,
    /// On average of side A: the packets lost, in percent.
    #[param(name = "mos_average_packetloss_A_pv", shown = "")]
    pub average_packetloss_a: Placed<Text>,
    /// On average of side A: the jitter, in milliseconds.
    #[param(name = "mos_average_jitter_A_pv", shown = "")]
    pub average_jitter_a: Placed<Text>,
    /// On average of side A: the time there and back, in microseconds.
    #[param(name = "mos_average_roundtrip_A_pv", shown = "")]
    pub average_roundtrip_a: Placed<Text>,
    /// On average of side A: the time there and back on the leg, in microseconds.
    #[param(name = "mos_average_roundtrip_leg_A_pv", shown = "")]
    pub average_roundtrip_leg_a: Placed<Text>,
    /// On average of side A: how many samples there were.
    #[param(name = "mos_average_samples_A_pv", shown = "")]
    pub average_samples_a: Placed<Text>,
    /// The variable with the label of side B.
    #[param(name = "mos_B_label_pv", shown = "")]
    pub label_b: Placed<Text>,
    /// At the lowest score of side B: the score.
    #[param(name = "mos_min_B_pv", shown = "")]
    pub min_mos_b: Placed<Text>,
    /// At the lowest score of side B: when that was.
    #[param(name = "mos_min_at_B_pv", shown = "")]
    pub min_at_b: Placed<Text>,
    /// At the lowest score of side B: the packets lost, in percent.
    #[param(name = "mos_min_packetloss_B_pv", shown = "")]
    pub min_packetloss_b: Placed<Text>,
    /// At the lowest score of side B: the jitter, in milliseconds.
    #[param(name = "mos_min_jitter_B_pv", shown = "")]
    pub min_jitter_b: Placed<Text>,
    /// At the lowest score of side B: the time there and back, in microseconds.
    #[param(name = "mos_min_roundtrip_B_pv", shown = "")]
    pub min_roundtrip_b: Placed<Text>,
    /// At the lowest score of side B: the time there and back on the leg, in microseconds.
    #[param(name = "mos_min_roundtrip_leg_B_pv", shown = "")]
    pub min_roundtrip_leg_b: Placed<Text>,
    /// At the highest score of side B: the score.
    #[param(name = "mos_max_B_pv", shown = "")]
    pub max_mos_b: Placed<Text>,
    /// At the highest score of side B: when that was.
    #[param(name = "mos_max_at_B_pv", shown = "")]
    pub max_at_b: Placed<Text>,
    /// At the highest score of side B: the packets lost, in percent.
    #[param(name = "mos_max_packetloss_B_pv", shown = "")]
    pub max_packetloss_b: Placed<Text>,
    /// At the highest score of side B: the jitter, in milliseconds.
    #[param(name = "mos_max_jitter_B_pv", shown = "")]
    pub max_jitter_b: Placed<Text>,
    /// At the highest score of side B: the time there and back, in microseconds.
    #[param(name = "mos_max_roundtrip_B_pv", shown = "")]
    pub max_roundtrip_b: Placed<Text>,
    /// At the highest score of side B: the time there and back on the leg, in microseconds.
    #[param(name = "mos_max_roundtrip_leg_B_pv", shown = "")]
    pub max_roundtrip_leg_b: Placed<Text>,
    /// On average of side B: the score.
    #[param(name = "mos_average_B_pv", shown = "")]
    pub average_mos_b: Placed<Text>,
    /// On average of side B: the packets lost, in percent.
    #[param(name = "mos_average_packetloss_B_pv", shown = "")]
    pub average_packetloss_b: Placed<Text>,
    /// On average of side B: the jitter, in milliseconds.
    #[param(name = "mos_average_jitter_B_pv", shown = "")]
    pub average_jitter_b: Placed<Text>,
    /// On average of side B: the time there and back, in microseconds.
    #[param(name = "mos_average_roundtrip_B_pv", shown = "")]
    pub average_roundtrip_b: Placed<Text>,
    /// On average of side B: the time there and back on the leg, in microseconds.
    #[param(name = "mos_average_roundtrip_leg_B_pv", shown = "")]
    pub average_roundtrip_leg_b: Placed<Text>,
    /// On average of side B: how many samples there were.
    #[param(name = "mos_average_samples_B_pv", shown = "")]
    pub average_samples_b: Placed<Text>,
}

impl MosParams {
    /// All variables with what they are for.
    pub fn wanted(&self) -> [Wanted<'_>; 54] {
        use {Figure::*, Moment::*, Side::*};
        [
            (&self.min_mos, All, Min, Mos),
            (&self.min_at, All, Min, At),
            (&self.min_packetloss, All, Min, PacketLoss),
            (&self.min_jitter, All, Min, Jitter),
            (&self.min_roundtrip, All, Min, RoundTrip),
            (&self.min_roundtrip_leg, All, Min, RoundTripLeg),
            (&self.max_mos, All, Max, Mos),
            (&self.max_at, All, Max, At),
            (&self.max_packetloss, All, Max, PacketLoss),
            (&self.max_jitter, All, Max, Jitter),
            (&self.max_roundtrip, All, Max, RoundTrip),
            (&self.max_roundtrip_leg, All, Max, RoundTripLeg),
            (&self.average_mos, All, Average, Mos),
            (&self.average_packetloss, All, Average, PacketLoss),
            (&self.average_jitter, All, Average, Jitter),
            (&self.average_roundtrip, All, Average, RoundTrip),
            (&self.average_roundtrip_leg, All, Average, RoundTripLeg),
            (&self.average_samples, All, Average, Samples),
            (&self.min_mos_a, A, Min, Mos),
            (&self.min_at_a, A, Min, At),
            (&self.min_packetloss_a, A, Min, PacketLoss),
            (&self.min_jitter_a, A, Min, Jitter),
            (&self.min_roundtrip_a, A, Min, RoundTrip),
            (&self.min_roundtrip_leg_a, A, Min, RoundTripLeg),
            (&self.max_mos_a, A, Max, Mos),
            (&self.max_at_a, A, Max, At),
            (&self.max_packetloss_a, A, Max, PacketLoss),
            (&self.max_jitter_a, A, Max, Jitter),
            (&self.max_roundtrip_a, A, Max, RoundTrip),
            (&self.max_roundtrip_leg_a, A, Max, RoundTripLeg),
            (&self.average_mos_a, A, Average, Mos),
            (&self.average_packetloss_a, A, Average, PacketLoss),
            (&self.average_jitter_a, A, Average, Jitter),
            (&self.average_roundtrip_a, A, Average, RoundTrip),
            (&self.average_roundtrip_leg_a, A, Average, RoundTripLeg),
            (&self.average_samples_a, A, Average, Samples),
            (&self.min_mos_b, B, Min, Mos),
            (&self.min_at_b, B, Min, At),
            (&self.min_packetloss_b, B, Min, PacketLoss),
            (&self.min_jitter_b, B, Min, Jitter),
            (&self.min_roundtrip_b, B, Min, RoundTrip),
            (&self.min_roundtrip_leg_b, B, Min, RoundTripLeg),
            (&self.max_mos_b, B, Max, Mos),
            (&self.max_at_b, B, Max, At),
            (&self.max_packetloss_b, B, Max, PacketLoss),
            (&self.max_jitter_b, B, Max, Jitter),
            (&self.max_roundtrip_b, B, Max, RoundTrip),
            (&self.max_roundtrip_leg_b, B, Max, RoundTripLeg),
            (&self.average_mos_b, B, Average, Mos),
            (&self.average_packetloss_b, B, Average, PacketLoss),
            (&self.average_jitter_b, B, Average, Jitter),
            (&self.average_roundtrip_b, B, Average, RoundTrip),
            (&self.average_roundtrip_leg_b, B, Average, RoundTripLeg),
            (&self.average_samples_b, B, Average, Samples),
        ]
    }
}
