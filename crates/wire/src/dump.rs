//! Bytes as tools print them.

/// Reads hex digits: one run of them, pairs with blanks or colons between, or the lines of `hexdump -C`, `xxd`, `tcpdump -xx` and
/// Wireshark, with their offsets and the text beside.
///
/// `None` where it is something else, or no whole number of bytes.
pub fn read_dump(text: &str) -> Option<Vec<u8>> {
    let mut digits = String::new();
    for line in text.lines() {
        read_line(line, &mut digits)?;
    }
    let is_whole = !digits.is_empty() && digits.len().is_multiple_of(2);
    let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    if is_whole { (0..digits.len()).step_by(2).map(byte).collect() } else { None }
}

/// No tool prints more bytes beside an offset.
const LINE: usize = 32;

fn read_line(line: &str, digits: &mut String) -> Option<()> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        [] => Some(()),
        [only] => {
            let plain = only.trim_start_matches("0x").replace([':', '-'], "");
            is_hex(&plain).then(|| digits.push_str(&plain))
        }
        [offset, rest @ ..] if is_offset(offset, rest) => {
            let beside = rest.iter().take_while(|word| is_hex(word) && matches!(word.len(), 2 | 4));
            let bytes: String = beside.copied().collect();
            digits.extend(bytes.chars().take(LINE));
            Some(())
        }
        words => words.iter().try_for_each(|word| is_hex(word).then(|| digits.push_str(word))),
    }
}

/// Whether the first word of a line counts the bytes before it.
fn is_offset(word: &str, rest: &[&str]) -> bool {
    let plain = word.trim_start_matches("0x");
    let (number, marked) = plain.strip_suffix(':').map_or((plain, plain.len() < word.len()), |number| (number, true));
    let next = rest.first().map_or(0, |next| next.len());
    is_hex(number) && number.len() >= 4 && (marked || number.len() > next)
}

fn is_hex(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tools_print_is_read() {
        let bytes: Vec<u8> = (0x10..0x24).collect();
        for text in [
            "101112131415161718191a1b1c1d1e1f20212223",
            "0x101112131415161718191A1B1C1D1E1F20212223",
            "10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f 20 21 22 23",
            "10:11:12:13:14:15:16:17:18:19:1a:1b:1c:1d:1e:1f:20:21:22:23",
            "0000  10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f   ........ ........\n0010  20 21 22 23    !\"#",
            "00000000  10 11 12 13 14 15 16 17  18 19 1a 1b 1c 1d 1e 1f  |................|\n00000010  20 21 22 23  | !\"#|",
            "\t0x0000:  1011 1213 1415 1617 1819 1a1b 1c1d 1e1f  ................\n\t0x0010:  2021 2223  .!\"#",
        ] {
            assert_eq!(read_dump(text).as_ref(), Some(&bytes), "{text:?}");
        }
        for text in ["", "1", "tcp 192.0.2.1:1 > 192.0.2.2:2", "10 1g"] {
            assert_eq!(read_dump(text), None, "{text:?}");
        }
    }
}
