#!/bin/sh
# A user's message package on plain Debian: built by colcon on top of Whorl's prefix, and run. usage: build.sh <prefix> <scratch folder>
set -eu
here=$(cd "$(dirname "$0")" && pwd)
scratch=$2
PATH=/usr/bin:$PATH
unset CC CFLAGS LDFLAGS PYTHONPATH AMENT_PREFIX_PATH CMAKE_PREFIX_PATH COLCON_PREFIX_PATH || true
rm -rf "$scratch"
mkdir -p "$scratch"
set +u # colcon's scripts do not expect it
. "$1/local_setup.sh"
colcon --log-base "$scratch/log" build --base-paths "$here" --build-base "$scratch/build" --install-base "$scratch/install" \
  --cmake-args -G Ninja -DPython3_EXECUTABLE=/usr/bin/python3
. "$scratch/install/local_setup.sh"
[ "$("$scratch/install/words_msgs/lib/words_msgs/words")" = "Words 2" ]
