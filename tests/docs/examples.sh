# Makes what the examples below `--help` name, in the tree. Usage: FIXTURES=DIR bash examples.sh
set -euo pipefail
mkdir -p ~/.local/share/bash-completion/completions ~/.zfunc .github/workflows
sed 's/^name: lazy_mmu$/name: mine/' "$FIXTURES/../features/lazy_mmu.yaml" >my-feature.yaml
kfeat config defconfig --arch arm64 --allow-shell --record-shell-answers answers.json -o .config
echo CONFIG_SLAB_TINY=y >mine.config
