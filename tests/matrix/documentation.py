"""Prints what the tree's own module makes of its tables: the whole, each architecture and each feature, as one object."""

import json
import sys

sys.dont_write_bytecode = True
tree, architectures = sys.argv[1], sys.argv[2:]
sys.path.insert(0, tree + "/tools/lib/python")

from feat.parse_features import ParseFeature  # noqa: E402


def parsed():
    feature = ParseFeature(tree + "/Documentation/features")
    feature.parse()
    return feature


# `get_feat.py rest` prints the text, with one more end of line.
made = {"whole": parsed().output_matrix() + "\n", "arch": {}, "feature": {}}
for arch in architectures:
    made["arch"][arch] = parsed().output_arch_table(arch) + "\n"
for title in parsed().data:
    made["feature"][title] = parsed().output_feature(title) + "\n"
json.dump(made, sys.stdout)
