//! Requests that no client library can send.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use super::kafka::TIMEOUT;

/// The error of a broker that does not lead a partition.
const NOT_LEADER: i16 = 6;

/// Sends a batch as it is to the leader of a partition, which writes its own offsets into it, and
/// returns the error code. The layout is that of version 7 of `Produce`.
pub fn produce_batch(brokers: &str, topic: &str, partition: i32, batch: &[u8]) -> i16 {
    let mut body = Vec::new();
    // Key, version and a number of the request.
    body.extend([0, 0, 0, 7, 0, 0, 0, 1]);
    put_text(&mut body, "stranger");
    // No transaction; all replicas acknowledge.
    body.extend([0xff, 0xff, 0xff, 0xff]);
    put_int(&mut body, i32::try_from(TIMEOUT.as_millis()).unwrap());
    put_int(&mut body, 1);
    put_text(&mut body, topic);
    put_int(&mut body, 1);
    put_int(&mut body, partition);
    put_int(&mut body, i32::try_from(batch.len()).unwrap());
    body.extend_from_slice(batch);
    let mut codes = brokers.split(',').map(|broker| {
        let response = exchange(broker, &body);
        // After the correlation id: one topic with its name, one partition with its number.
        let at = 4 + 4 + 2 + topic.len() + 4 + 4;
        i16::from_be_bytes([response[at], response[at + 1]])
    });
    codes.find(|code| *code != NOT_LEADER).unwrap()
}

fn exchange(broker: &str, body: &[u8]) -> Vec<u8> {
    let mut socket = TcpStream::connect(broker).unwrap();
    socket.set_read_timeout(Some(TIMEOUT)).unwrap();
    let mut request = Vec::new();
    put_int(&mut request, i32::try_from(body.len()).unwrap());
    request.extend_from_slice(body);
    socket.write_all(&request).unwrap();
    let mut length = [0; 4];
    socket.read_exact(&mut length).unwrap();
    let mut response = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap()];
    socket.read_exact(&mut response).unwrap();
    response
}

fn put_text(to: &mut Vec<u8>, text: &str) {
    to.extend_from_slice(&u16::try_from(text.len()).unwrap().to_be_bytes());
    to.extend_from_slice(text.as_bytes());
}

fn put_int(to: &mut Vec<u8>, number: i32) {
    to.extend_from_slice(&number.to_be_bytes());
}
