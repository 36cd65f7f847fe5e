#!/bin/sh
# Stands for make and the kernel's makefiles: notes how it was called, and leaves files like theirs.
# A file named after a target in $FAKE makes that target fail, saying what the file holds. FAKE/sleep makes all wait.
for word; do
  case $word in
    kfeat-list) PATH=$REAL_PATH exec make "$@" ;;
    O=*) out=${word#O=} ;;
  esac
done
status=0
for word; do
  case $word in
    *=* | -*) continue ;;
    *allnoconfig | *defconfig)
      echo "$word $out" >>"$FAKE/calls"
      mkdir -p "$out/include/config"
      case $word in
        allnoconfig) cat "$KCONFIG_ALLCONFIG" >"$out/.config" ;;
        defconfig) : >"$out/.config" ;;
      esac
      [ -e "$FAKE/drop" ] || echo CONFIG_ARCH_HAS_LAZY_MMU_MODE=y >>"$out/.config"
      cp "$out/.config" "$out/include/config/auto.conf"
      ;;
    prepare | Image | image)
      echo "$word $out" >>"$FAKE/calls"
      mkdir -p "$out/arch/arm64/boot" "$out/arch/sparc/boot"
      : >"$out/arch/arm64/boot/Image"
      : >"$out/arch/sparc/boot/image"
      ;;
    *.o)
      echo "$word $out" >>"$FAKE/calls"
      mkdir -p "$out/${word%/*}"
      : >"$out/$word"
      ;;
    *.i)
      mkdir -p "$out/${word%/*}"
      {
        echo '# 1 "include/linux/pgtable.h"'
        echo 'static inline void lazy_mmu_mode_enable(void) { arch_enter_lazy_mmu_mode(); }'
        echo 'static inline void lazy_mmu_mode_disable(void) { arch_leave_lazy_mmu_mode(); arch_flush_lazy_mmu_mode(); }'
        echo "# 1 \"${word%.i}.c\""
        cat "$TREE/${word%.i}.c"
      } >"$out/$word"
      ;;
    *) continue ;;
  esac
  name=$(echo "$word" | tr / _)
  case $out in */sparc*) arch=sparc ;; *) arch=arm64 ;; esac
  for file in "$FAKE/$name" "$FAKE/$arch-$name"; do
    [ -e "$file" ] || continue
    cat "$file" >&2
    rm -f "$out/$word"
    status=2
  done
  # What it starts has children of its own.
  if [ -e "$FAKE/sleep-$name" ]; then
    touch "$FAKE/slept"
    sh -c "echo \$\$ >'$FAKE/pid'; sleep 60; sleep 60" &
    wait
  fi
done
exit $status
