#!/bin/bash
# A test of NIPA, netdev's CI, for tests/patch: checks what the commit of one patch adds. NIPA runs it in the tree, with the
# patch committed; it reads the description from the file descriptor $DESC_FD, and 250 means warnings only.
exec kfeat check --range HEAD~1..HEAD --format nipa
