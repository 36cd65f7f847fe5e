//! Owns what it takes to boot a kernel of an architecture in QEMU without any firmware, disk or user space of its own: the machine,
//! the console, the image, and the options that `allnoconfig` lacks for them.
//!
//! Sources: `tools/testing/kunit/qemu_configs/*.py` of 7.2, for machines, consoles and images, where nothing else is named, and
//! boots of 7.2 under QEMU 7.2.

/// A machine of QEMU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Emulator {
    /// The directory below `arch/`.
    pub srcarch: &'static str,
    /// The program; [`host_tool`](super::machine::host_tool) knows its packages.
    pub program: &'static str,
    /// Its arguments for the machine.
    pub machine: &'static [&'static str],
    /// The target of make that is the image.
    pub target: &'static str,
    /// The image, relative to the directory for objects.
    pub image: &'static str,
    /// Holds what the kernel calls the console that QEMU shows.
    pub console: &'static str,
    /// Holds what the kernel does when its tests are done (`kunit_shutdown`) so that QEMU ends.
    pub end: &'static str,
    /// Lines for a fragment on top of `allnoconfig` so that the kernel boots there and can be heard.
    pub lines: &'static [&'static str],
}

const EMULATORS: &[Emulator] = &[
    Emulator {
        srcarch: "arm64",
        program: "qemu-system-aarch64",
        // Not `-cpu max`: emulating pointer authentication costs more than all of the test.
        machine: &["-machine", "virt", "-cpu", "cortex-a57"],
        target: "Image",
        image: "arch/arm64/boot/Image",
        console: "ttyAMA0",
        end: "reboot",
        lines: &[
            "CONFIG_SERIAL_AMBA_PL011=y",
            "CONFIG_SERIAL_AMBA_PL011_CONSOLE=y",
        ],
    },
    Emulator {
        srcarch: "powerpc",
        program: "qemu-system-ppc64",
        machine: &["-machine", "pseries", "-cpu", "power8"],
        target: "vmlinux",
        image: "vmlinux",
        console: "hvc0",
        end: "reboot",
        // QEMU's firmware starts the kernel at the entry for Open Firmware; without the trampoline there is no code for it
        // (arch/powerpc/kernel/prom_init.c).
        lines: &[
            "CONFIG_PPC_PSERIES=y",
            "CONFIG_PPC_OF_BOOT_TRAMPOLINE=y",
            "CONFIG_HVC_CONSOLE=y",
        ],
    },
    Emulator {
        srcarch: "sparc",
        program: "qemu-system-sparc64",
        machine: &["-machine", "sun4u"],
        target: "image",
        image: "arch/sparc/boot/image",
        console: "ttyS0",
        // QEMU does not end at a reboot of this machine.
        end: "poweroff",
        lines: &[
            "CONFIG_PCI=y",
            "CONFIG_SERIAL_SUNSU=y",
            "CONFIG_SERIAL_SUNSU_CONSOLE=y",
        ],
    },
    Emulator {
        srcarch: "x86",
        program: "qemu-system-x86_64",
        machine: &["-machine", "pc"],
        target: "bzImage",
        image: "arch/x86/boot/bzImage",
        console: "ttyS0",
        end: "reboot",
        lines: &["CONFIG_SERIAL_8250=y", "CONFIG_SERIAL_8250_CONSOLE=y"],
    },
];

/// How to boot a kernel of `arch/<srcarch>`, or `None` where nothing is known.
pub fn emulator(srcarch: &str) -> Option<&'static Emulator> {
    EMULATORS
        .iter()
        .find(|emulator| emulator.srcarch == srcarch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emulators_are_sorted_and_of_known_machines() {
        for pair in EMULATORS.windows(2) {
            assert!(pair[0].srcarch < pair[1].srcarch, "{}", pair[1].srcarch);
        }
        for emulator in EMULATORS {
            assert!(crate::arch::machine::machine(emulator.srcarch).is_some());
            let tool = crate::arch::machine::host_tool(emulator.program);
            assert!(tool.is_some_and(|tool| tool.boots && tool.archs == [emulator.srcarch]));
            assert!(["reboot", "poweroff"].contains(&emulator.end));
        }
    }
}
