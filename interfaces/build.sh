#!/bin/sh
# Builds the message packages beside this script into <folder>/install, a private prefix: `interfaces/build.sh build/interfaces`.
# Does nothing when nothing has changed since the last time. Uses Debian's rosidl and colcon, no network.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
folder=${1:?usage: build.sh <folder>}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

# Debian's rosidl belongs to Debian's Python. The libraries serve every build folder, whatever that one's compiler and sanitizer are.
PATH=/usr/bin:$PATH
unset CC CFLAGS CPPFLAGS LDFLAGS PYTHONPATH AMENT_PREFIX_PATH CMAKE_PREFIX_PATH COLCON_PREFIX_PATH || true

exec 9>"$folder/lock"
flock 9 # two build folders may come here at the same time

fingerprint=$(
  cd "$here"
  echo "$folder"
  cc --version | head -n 1
  cat /usr/share/rosidl_generator_c/package.xml /usr/share/rosidl_typesupport_introspection_c/package.xml | grep '<version>'
  find . -type f ! -name '*.md' ! -name '*_test.py' | LC_ALL=C sort | xargs sha256sum
)
if [ "$fingerprint" = "$(cat "$folder/fingerprint" 2>/dev/null)" ]; then exit 0; fi

echo "interfaces: building the message packages with rosidl (the first time about a minute)"
rm -f "$folder/fingerprint"
# A folder that was copied or moved here still builds, and installs, where it came from.
cache=$folder/build/std_msgs/CMakeCache.txt
if [ -e "$cache" ] && ! grep -qxF "CMAKE_CACHEFILE_DIR:INTERNAL=$folder/build/std_msgs" "$cache"; then rm -rf "$folder/build" "$folder/install"; fi
if ! colcon --log-base "$folder/log" build --base-paths "$here" --build-base "$folder/build" --install-base "$folder/install" \
  --merge-install --event-handlers console_direct+ \
  --cmake-args -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF -DPython3_EXECUTABLE=/usr/bin/python3 \
  '-DCMAKE_INSTALL_RPATH=$ORIGIN' --no-warn-unused-cli >"$folder/build.log" 2>&1 9>&-
then
  tail -n 60 "$folder/build.log" >&2
  exit 1
fi
printf '%s' "$fingerprint" >"$folder/fingerprint"
