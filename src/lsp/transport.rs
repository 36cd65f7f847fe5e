//! Owns the framing of messages: a header with the length, an empty line, JSON.
//!
//! Reading never fails for good: a malformed message is not the end of the input, and the next one is read. `lsp-server`'s own
//! reader ends at the first malformed byte and takes whatever memory a header asks for, so only its types are used.

use std::io::{self, BufRead, Read, Write};

use lsp_server::Message;

use crate::limits::FILE_SIZE;

/// The longest line of a header, in bytes.
const MAX_HEADER: u64 = 4096;

/// The result of reading.
#[derive(Debug)]
pub(super) enum Incoming {
    /// A message.
    Message(Box<Message>),
    /// Something that is no message, with the reason.
    Malformed(String),
    /// The input has ended.
    End,
}

/// Reads the next message.
pub(super) fn read(input: &mut dyn BufRead) -> Incoming {
    let mut size: Option<u64> = None;
    let mut has_header = false;
    loop {
        let mut line = Vec::new();
        match io::Read::take(&mut *input, MAX_HEADER).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return Incoming::End,
            Ok(_) => {}
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim();
        if line.is_empty() {
            match (size, has_header) {
                (Some(size), _) => return content(input, size),
                (None, true) => {
                    return Incoming::Malformed("a message has no `Content-Length`".to_owned());
                }
                // Empty lines between two messages say nothing.
                (None, false) => continue,
            }
        }
        has_header = true;
        if let Some((name, value)) = line.split_once(':')
            && name.trim().eq_ignore_ascii_case("content-length")
        {
            size = value.trim().parse().ok();
        }
    }
}

fn content(input: &mut dyn BufRead, size: u64) -> Incoming {
    // A document of that size grows when it is written as JSON.
    if size > FILE_SIZE.get().saturating_mul(2) {
        let skipped = io::copy(&mut io::Read::take(&mut *input, size), &mut io::sink());
        return match skipped {
            Ok(read) if read == size => {
                Incoming::Malformed(format!("a message of {size} bytes is too large"))
            }
            _ => Incoming::End,
        };
    }
    let mut text = Vec::new();
    match io::Read::take(&mut *input, size).read_to_end(&mut text) {
        Ok(read) if read as u64 == size => {}
        _ => return Incoming::End,
    }
    match serde_json::from_slice::<Message>(&text) {
        Ok(message) => Incoming::Message(Box::new(message)),
        Err(error) => Incoming::Malformed(format!("a message cannot be read: {error}")),
    }
}

/// Writes a message, which must be an object.
pub(super) fn write(output: &mut dyn Write, message: &serde_json::Value) -> io::Result<()> {
    let text = message.to_string();
    write!(output, "Content-Length: {}\r\n\r\n{text}", text.len())?;
    output.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut text: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        loop {
            found.push(match read(&mut text) {
                Incoming::End => return found,
                Incoming::Malformed(_) => "malformed".to_owned(),
                Incoming::Message(message) => match *message {
                    Message::Notification(of) => of.method,
                    Message::Request(of) => of.method,
                    Message::Response(_) => "response".to_owned(),
                },
            });
        }
    }

    #[test]
    fn what_is_no_message_does_not_end_the_stream() {
        let text = "Content-Length: 18\r\n\r\n{\"method\":\"first\"}\
            Content-Length: 3\r\n\r\n{x}\
            Content-Length: many\r\n\r\n\
            nonsense\r\n\r\n\
            content-length:19\r\nContent-Type: x\r\n\r\n{\"method\":\"second\"}";
        assert_eq!(
            all(text.as_bytes()),
            ["first", "malformed", "malformed", "malformed", "second"]
        );
    }

    #[test]
    fn a_message_that_is_cut_off_is_the_end() {
        assert_eq!(all(b"Content-Length: 99\r\n\r\n{"), Vec::<String>::new());
        assert_eq!(
            all(b"Content-Length: 18446744073709551615\r\n\r\n{"),
            Vec::<String>::new()
        );
    }
}
