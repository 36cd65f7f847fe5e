//! Owns the directories in which an architecture's Makefile lets the compiler look for headers, beyond those that the top
//! Makefile passes for all.

/// The directories for `arch/<srcarch>` in their order. A `*` stands for a part of a directory's name: the platform that is
/// configured picks which of those are passed, if any.
pub fn extra(srcarch: &str) -> &'static [&'static str] {
    match srcarch {
        // arch/arm/Makefile, `machdirs-y`: legacy platforms.
        "arm" => &["arch/arm/mach-*/include"],
        // arch/csky/Makefile, `abidirs`: one of abiv1 and abiv2.
        "csky" => &["arch/csky/abiv*/inc"],
        // arch/mips/Kbuild.platforms and the platforms' own files name one; arch/mips/Makefile adds mach-generic to all.
        "mips" => &[
            "arch/mips/include/asm/mach-*",
            "arch/mips/include/asm/mach-generic",
        ],
        // arch/powerpc/Makefile, `KBUILD_CPPFLAGS`.
        "powerpc" => &["arch/powerpc"],
        // arch/sh/Makefile, `cpuincdir-y` and `machdir-y`: the common ones stand behind those of the CPU and the board.
        "sh" => &[
            "arch/sh/include/cpu-*",
            "arch/sh/include/cpu-common",
            "arch/sh/include/mach-*",
            "arch/sh/include/mach-common",
        ],
        // arch/um/Makefile: `KBUILD_CPPFLAGS` stand before `KBUILD_CFLAGS` on the compiler's command line.
        "um" => &[
            "arch/x86/um",
            "arch/x86/include",
            "arch/x86/include/uapi",
            "arch/um/include/shared",
            "arch/x86/um/shared",
            "arch/um/include/shared/skas",
        ],
        // arch/xtensa/Makefile, `vardirs` and `plfdirs`.
        "xtensa" => &[
            "arch/xtensa/variants/*/include",
            "arch/xtensa/platforms/*/include",
        ],
        _ => &[],
    }
}
