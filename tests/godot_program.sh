#!/usr/bin/env bash
# Godot of the tool real-blender, called as a program of this machine: the project folder of --path becomes its /share.
#   REAL_BLENDER   folder of that tool
set -euo pipefail
given=() project=
while [ $# -gt 0 ]; do
  if [ "$1" = --path ]; then
    project=$2
    given+=(--path /share)
    shift 2
  else
    given+=("$1")
    shift
  fi
done
SHARE=$project NO_X=1 exec "$REAL_BLENDER/run.sh" sid -x godot "${given[@]}"
