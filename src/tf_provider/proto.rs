//! The messages that `build.rs` generated from `proto/`. By hand: the `Debug` of what carries secrets, and how much memory a
//! message gets.

#![allow(
    clippy::pedantic,
    clippy::allow_attributes_without_reason,
    dead_code,
    unreachable_pub,
    reason = "generated code keeps its generator's style, and the messages that only name a pair are never made"
)]

use std::fmt;
use std::marker::PhantomData;

use prost::Message;
use tonic::codec::{self, BufferSettings};
use tonic_prost::{ProstDecoder, ProstEncoder};

pub mod tfplugin6 {
    include!(concat!(env!("OUT_DIR"), "/server/tfplugin6.rs"));
}

pub mod plugin {
    include!(concat!(env!("OUT_DIR"), "/server/plugin.rs"));
}

impl fmt::Debug for tfplugin6::DynamicValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "DynamicValue({} + {} bytes)",
            self.msgpack.len(),
            self.json.len()
        )
    }
}

impl fmt::Debug for tfplugin6::RawState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawState({} bytes)", self.json.len())
    }
}

/// Room for a message to begin with. What we send and receive has a few hundred bytes, so tonic's own 8 KiB each way would
/// mostly be taken, and wiped, for nothing; longer messages get more.
const BUFFER_SIZE: usize = 1024;
/// How much of a stream is gathered before it is sent: tonic's own choice.
const SEND_FROM: usize = 32 * 1024;

/// How messages of type `T` are written and those of type `U` read.
pub struct Codec<T, U>(PhantomData<(T, U)>);

impl<T, U> Default for Codec<T, U> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T, U> codec::Codec for Codec<T, U>
where
    T: Message + Send + 'static,
    U: Message + Default + Send + 'static,
{
    type Encode = T;
    type Decode = U;
    type Encoder = ProstEncoder<T>;
    type Decoder = ProstDecoder<U>;

    fn encoder(&mut self) -> ProstEncoder<T> {
        ProstEncoder::new(BufferSettings::new(BUFFER_SIZE, SEND_FROM))
    }

    fn decoder(&mut self) -> ProstDecoder<U> {
        ProstDecoder::new(BufferSettings::new(BUFFER_SIZE, SEND_FROM))
    }
}
