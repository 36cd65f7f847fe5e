# Makes ~/quiet: a kernel tree of a few lines with a feature `quiet`, which arm64 and sparc have. The last commit selects it
# on riscv and forgets the hooks.
set -euo pipefail

mkdir ~/quiet
cd ~/quiet
git init -q
mkdir -p mm include/linux arch/{arm64,m68k,riscv,sparc}/include/asm

cat >Makefile <<'END'
VERSION = 7
PATCHLEVEL = 2
END
cat >Kconfig <<'END'
mainmenu "Quiet"

source "arch/$(SRCARCH)/Kconfig"

source "mm/Kconfig"
END
cat >mm/Kconfig <<'END'
menu "Memory"

config MMU
	def_bool y

config SMP
	bool "Several processors"

config ARCH_HAS_QUIET
	bool

endmenu
END
cat >include/linux/pgtable.h <<'END'
#ifndef _LINUX_PGTABLE_H
#define _LINUX_PGTABLE_H

#include <asm/pgtable.h>

#ifdef CONFIG_ARCH_HAS_QUIET
static inline void quiet_begin(void)
{
	arch_enter_quiet();
}

static inline void quiet_end(void)
{
	arch_leave_quiet();
}
#else
static inline void quiet_begin(void) { }
static inline void quiet_end(void) { }
#endif

#endif
END

cat >arch/arm64/Kconfig <<'END'
config ARM64
	def_bool y
	select ARCH_HAS_QUIET
END
cat >arch/sparc/Kconfig <<'END'
config 64BIT
	bool "64-bit kernel" if "$(ARCH)" = "sparc"
	default "$(ARCH)" = "sparc64"

config SPARC64
	def_bool 64BIT
	select ARCH_HAS_QUIET if SMP
END
for arch in m68k riscv; do
  cat >arch/$arch/Kconfig <<END
config ${arch^^}
	def_bool y
END
done

cat >arch/arm64/include/asm/pgtable.h <<'END'
static inline void arch_enter_quiet(void)
{
	asm volatile("yield");
}

static inline void arch_leave_quiet(void) { }
END
cat >arch/sparc/include/asm/pgtable.h <<'END'
#if defined(CONFIG_SPARC64) && defined(CONFIG_SMP)
void arch_enter_quiet(void);
void arch_leave_quiet(void);
#endif
END
: >arch/m68k/include/asm/pgtable.h
: >arch/riscv/include/asm/pgtable.h
git add -A
git commit -q -m 'quiet: a mode for arm64 and sparc'

printf '\tselect ARCH_HAS_QUIET if MMU\n' >>arch/riscv/Kconfig
git commit -q -a -m 'riscv: be quiet' -m 'Signed-off-by: Some Body <s@example.org>'
