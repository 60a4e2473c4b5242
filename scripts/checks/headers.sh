#!/usr/bin/env bash
# Every public header compiles alone, in C11 and in C++17, without a warning; every internal one alone in C17.
# usage: headers.sh <build folder>
set -uo pipefail
cd "$(dirname "$0")/../.."
read -r -a flags <"${1:?build folder}/message_cflags"
flags=("${flags[@]/#-I/-isystem}")
status=0

compiles() # <header> <root> <compiler and options...>
{
  local header=$1 root=$2
  shift 2
  printf '#include "%s"\n#include "%s"\n' "${header#"$root"/}" "${header#"$root"/}" |
    "$@" -Wall -Wextra -Werror -fsyntax-only -Iinclude -Isrc "${flags[@]}" - || { echo "$header: does not compile alone with: $*"; status=1; }
}

for header in include/whorl/*.h; do
  compiles "$header" include gcc -x c -std=c11 -pedantic
  compiles "$header" include g++ -x c++ -std=c++17
done
while read -r header; do
  compiles "$header" src gcc -x c -std=gnu17
done < <(find src -name '*.h')
exit $status
