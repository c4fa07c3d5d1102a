# Sourced by the run scripts of this folder, at the checkout's root, with `suite` and `out` set: the Blender of the tool
# real-blender, this folder's tests and the built extension in it. OUT_DIR is /share there.
#   REAL_BLENDER   folder of that tool (default: ../shared/tools/real-blender beside the checkout)
tool=${REAL_BLENDER:-../shared/tools/real-blender}
root=${REAL_BLENDER_HOME:-$HOME/.cache/real-blender}/$suite
"$tool/get.sh" "$suite"

lend() { # FOLDER: the same files at the same path in the chroot, without copying them
  mkdir -p "$root$(dirname "$1")"
  rm -rf "${root:?}$1"
  cp -al "$1" "$root$1"
}

lend_engine() { # the engine of this checkout's .venv, and the Python it was made with
  lend "$("$PWD/.venv/bin/python" -c 'import sys; print(sys.base_prefix)')"
  lend "$PWD/.venv"
}

bring_take() { # TAKE: it and the footage beside it, as the take names it
  mkdir -p "$out/job"
  cp "$1" "$out/job/"
  cp "$(dirname "$1")"/*.mp4 "$out/job/" 2>/dev/null || true
}

install_extension() { # SECONDS a run may take
  mkdir -p "$out"
  export SHARE=$out PROFILE=${PROFILE:-$(mktemp -d)} TIMEOUT=${TIMEOUT:-$1}
  rm -rf "$out/out" "$out"/*.zip
  cp tests/gui/*.py "$out/"
  .venv-bpy-5.0/bin/python tools/build_extension.py -o "$out" >/dev/null
  local zip
  zip=$(basename "$out"/understudy-*.zip)
  "$tool/run.sh" "$suite" -- --command extension install-file -r user_default -e "/share/$zip" | tee "$PROFILE.install.log"
  grep -q "STATUS Installed" "$PROFILE.install.log"
}

in_window() { # SCRIPT [ARGUMENT...]
  local script=$1
  shift
  "$tool/run.sh" "$suite" -- --python "/share/$script" -- "$@"
}
