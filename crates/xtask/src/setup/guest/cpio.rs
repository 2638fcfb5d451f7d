//! Archives that the kernel unpacks into its first file system: cpio's format `newc`, uncompressed (the kernel's
//! Documentation/driver-api/early-userspace/buffer-format.rst).

const FOLDER: u32 = 0o040_755;
const PROGRAM: u32 = 0o100_755;
const END: &str = "TRAILER!!!";

/// An archive that grows; a folder must be added before what is in it.
#[derive(Default)]
pub(super) struct Archive {
    bytes: Vec<u8>,
    entries: u32,
}

impl Archive {
    pub(super) fn add_folder(&mut self, path: &str) {
        self.add(path, FOLDER, &[]);
    }

    /// Adds a file that everyone may read and run.
    pub(super) fn add_program(&mut self, path: &str, content: &[u8]) {
        self.add(path, PROGRAM, content);
    }

    /// The whole archive.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.add(END, 0, &[]);
        self.bytes
    }

    /// Header, name and content, each filled up to a multiple of four.
    fn add(&mut self, path: &str, mode: u32, content: &[u8]) {
        self.entries += 1;
        let (owner, group, links, modified, device, check) = (0, 0, 1, 0, 0, 0);
        let length = |bytes: usize| u32::try_from(bytes).expect("a file of the guest is shorter than 4 GiB");
        let name = length(path.len() + 1);
        let content_length = length(content.len());
        let fields = [
            self.entries,
            mode,
            owner,
            group,
            links,
            modified,
            content_length,
            device,
            device,
            device,
            device,
            name,
            check,
        ];
        self.bytes.extend_from_slice(b"070701");
        for field in fields {
            self.bytes.extend_from_slice(format!("{field:08x}").as_bytes());
        }
        self.bytes.extend_from_slice(path.as_bytes());
        self.bytes.push(0);
        self.fill_up();
        self.bytes.extend_from_slice(content);
        self.fill_up();
    }

    fn fill_up(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::Archive;

    #[test]
    fn the_archive_is_the_one_that_cpio_writes() {
        let mut archive = Archive::default();
        archive.add_folder("bin");
        archive.add_program("bin/sh", b"hello");
        // Number and mode; owner and group; links and time; length; four numbers of devices; length of the name; a sum.
        let expect = "\
            070701\
            00000001000041ed0000000000000000000000010000000000000000\
            000000000000000000000000000000000000000400000000\
            bin\0\0\0\
            070701\
            00000002000081ed0000000000000000000000010000000000000005\
            000000000000000000000000000000000000000700000000\
            bin/sh\0\0\0\0hello\0\0\0\
            070701\
            00000003000000000000000000000000000000010000000000000000\
            000000000000000000000000000000000000000b00000000\
            TRAILER!!!\0\0\0\0";
        assert_eq!(String::from_utf8(archive.finish()).unwrap(), expect);
    }
}
