# Makes the home of somebody who reads the documentation and tries what it says. Usage: FIXTURES=DIR bash scratch.sh, with
# $HOME a new directory.
#
#   ~/src/linux   a git repository of the small tree, with the tags v6.12 and v7.2, `origin/master` at v7.2, two commits on top
#                 that are in order, and a change that is not committed
#                 The branches `slips` and `early` have something wrong
#   ~/quiet       a tree with a feature of its own, see quiet.sh
#   ~/mail        the two commits as a mailbox
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

mkdir -p ~/src ~/mail
export GIT_AUTHOR_DATE='2026-11-16 10:00:00 +0100' GIT_COMMITTER_DATE='2026-11-16 10:00:00 +0100'
git config --global user.name 'Some Body'
git config --global user.email s@example.org
git config --global init.defaultBranch master
git config --global gc.auto 0
# No sample hooks: fewer files to copy.
export GIT_TEMPLATE_DIR=

commit() {
  git add -A
  git commit -q -m "$1" -m 'Signed-off-by: Some Body <s@example.org>'
}

# table NAME SYMBOL: writes a table that says of no architecture that it has the feature.
table() {
  mkdir -p "Documentation/features/$1"
  {
    printf '#\n# Feature name:          %s\n#         Kconfig:       %s\n#         description:   arch supports it\n#\n' "${1#*/}" "$2"
    printf '    -----------------------\n    |         arch |status|\n    -----------------------\n'
    for arch in arm64 powerpc riscv s390 sparc um x86; do
      printf '    |%12s: | TODO |\n' "$arch"
    done
    printf '    -----------------------\n'
  } >"Documentation/features/$1/arch-support.txt"
}

cp -r "$FIXTURES/linux-mini" ~/src/linux
cd ~/src/linux
git init -q
# Features that people ask for by name, and default configurations.
mkdir arch/{arm64,x86}/configs
echo CONFIG_KASAN=y >arch/arm64/configs/defconfig
echo CONFIG_64BIT=n >arch/x86/configs/i386_defconfig
echo CONFIG_64BIT=y >arch/x86/configs/x86_64_defconfig
for symbol in HAVE_STACKPROTECTOR HAVE_ARCH_JUMP_LABEL JUMP_LABEL HAVE_CBPF_JIT; do
  printf '\nconfig %s\n\tbool\n' $symbol >>mm/Kconfig
done
table core/cBPF-JIT HAVE_CBPF_JIT
table core/jump-labels HAVE_ARCH_JUMP_LABEL
table debug/KASAN HAVE_ARCH_KASAN
table debug/stackprotector HAVE_STACKPROTECTOR
kfeat audit --fix --write 2>/dev/null
sed -i '/select ARCH_HAS_LAZY_MMU_MODE/d' arch/sparc/Kconfig
commit 'Linux 6.12'
git tag v6.12
cp "$FIXTURES/linux-mini/arch/sparc/Kconfig" arch/sparc/Kconfig
commit 'sparc: announce the lazy MMU mode'
git tag v7.2
git update-ref refs/remotes/origin/master HEAD

# What can be fixed: a name that is misspelt, and a row of a table.
git switch -q -c slips
sed -i 's/select ARCH_HAS_LAZY_MMU_MODE/&S/' arch/arm64/Kconfig
sed -i 's/\(riscv: |\) *[A-Za-z.\/]* *|/\1  ok  |/' Documentation/features/vm/lazy_mmu/arch-support.txt
commit 'two slips'

# A series that cannot be bisected: the symbol comes a commit before the hooks.
git switch -q -c early v7.2
sed -i 's/\tselect HAVE_IDLE_POLL/\tselect ARCH_HAS_LAZY_MMU_MODE\n&/' arch/riscv/Kconfig
commit 'riscv: announce the lazy MMU mode'
sed -i 's/^extern void local_flush_one.*/&\n\nstatic inline void arch_enter_lazy_mmu_mode(void) { }\nstatic inline void arch_flush_lazy_mmu_mode(void) { }\nstatic inline void arch_leave_lazy_mmu_mode(void) { }/' \
  arch/riscv/include/asm/pgtable.h
commit 'riscv: collect nothing'

git switch -q master
printf '\n# The end.\n' >>arch/arm64/Kconfig
commit 'arm64: say where the file ends'
printf '\n# The end.\n' >>arch/s390/Kconfig
commit 's390: say where the file ends'
git format-patch -q --stdout v7.2.. >~/mail/series.mbox
cp ~/mail/series.mbox .
printf '\n/* The end. */\n' >>mm/memory.c

git gc -q

bash "$here/quiet.sh"
