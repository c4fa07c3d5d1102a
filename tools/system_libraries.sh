#!/usr/bin/env bash
# pip's bpy starts only where these shared libraries are present. Installs what is missing through apt where it may,
# else prints the one line to run.
set -euo pipefail
[ "$(uname -s)" = Linux ] || exit 0
command -v dpkg-query >/dev/null || {
  echo "Not a Debian-like system: make sure that EGL, GL, xkbcommon, SM, Xi, Xfixes, Xrender and Xxf86vm libraries are installed."
  exit 0
}
missing=()
for package in libegl1 libegl-mesa0 libgl1 libgl1-mesa-dri libxkbcommon0 libsm6 libxi6 libxfixes3 libxrender1 libxxf86vm1; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0
if [ "$(id -u)" = 0 ]; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
else
  echo "Blender needs some system libraries. Run this once, then make again:"
  echo "  sudo apt-get install -y ${missing[*]}"
  exit 1
fi
