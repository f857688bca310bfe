#!/bin/sh
# Provides the two programs that everything else is installed with, as links in .tools/bin:
# uv, and an interpreter of CPython 3.13. Uses what the machine has before it downloads anything, and
# changes nothing outside the checkout. Settings: UV and PYTHON313 name the programs to use.
set -eu

uv_version=0.13.9 # installed when the machine has none
uv_oldest=0.9.0   # what `uv.lock` and the Makefile rely on
export PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1
tools=$(cd "$(dirname "$0")/.." && pwd)/.tools
mkdir -p "$tools/bin"
# What this script made itself must not be found again: a link would come to name itself.
PATH=$(printf '%s' "$PATH" | tr ':' '\n' | grep -vxF -e "$tools/bin" -e "${tools%/.tools}/.venv/bin" |
  paste -s -d : -)

say() { printf 'setup: %s\n' "$*" >&2; }

link() { ln -sfn "$2" "$tools/bin/$1"; }

is_recent_uv() {
  version=$("$1" --version 2>/dev/null | awk '{print $2}') || return 1
  [ -n "$version" ] &&
    [ "$(printf '%s\n%s\n' "$uv_oldest" "$version" | sort -t. -k1,1n -k2,2n -k3,3n | head -n 1)" = "$uv_oldest" ]
}

find_uv() {
  for candidate in "${UV:-}" "$(command -v uv || true)" "$tools/uv/bin/uv"; do
    if [ -n "$candidate" ] && is_recent_uv "$candidate"; then
      command -v "$candidate"
      return
    fi
  done
  return 1
}

# Debian ships python3 without venv, and sometimes without pip: each way needs less than the one before.
install_uv() {
  say "installing uv $uv_version into .tools/uv"
  rm -rf "$tools/uv"
  if python3 -m venv "$tools/uv" >/dev/null 2>&1; then
    "$tools/uv/bin/python" -m pip install --quiet "uv==$uv_version" && return
  fi
  rm -rf "$tools/uv"
  if python3 -m pip --version >/dev/null 2>&1; then
    python3 -m pip install --quiet --target "$tools/uv" "uv==$uv_version" && return
  fi
  say "python3 has neither venv nor pip: trying uv's own installer"
  curl --proto '=https' -fsSL "https://astral.sh/uv/$uv_version/install.sh" |
    env UV_INSTALL_DIR="$tools/uv/bin" UV_NO_MODIFY_PATH=1 INSTALLER_PRINT_QUIET=1 sh
}

# Prints the real interpreter behind a name (a virtual environment's base, a shim's target).
resolve_python() {
  "$1" -c '
import os, sys
fits = sys.version_info[:2] == (3, 13) and sys.implementation.name == "cpython"
print(os.path.realpath(getattr(sys, "_base_executable", sys.executable)) if fits else "")
' 2>/dev/null || true
}

list_pythons() {
  printf '%s\n' "${PYTHON313:-}" "$tools/bin/python3.13" python3.13 python3
  # pyenv keeps versions off the path; its shims on the path show where, whatever HOME says.
  printf '%s\n' "${PYENV_ROOT:-}" "${HOME:-}/.pyenv" "$(pyenv root 2>/dev/null || true)" |
    sed '/^$/d; s|$|/versions|'
  printf '%s\n' "$PATH" | tr ':' '\n' | sed -n 's|/\(shims\|bin\)/*$|/versions|p'
}

find_python() {
  list_pythons | awk 'NF && !seen[$0]++' | while read -r candidate; do
    case "$candidate" in
      */versions) set -- "$candidate"/3.13*/bin/python3.13 ;;
      *) set -- "$candidate" ;;
    esac
    for program; do
      command -v "$program" >/dev/null 2>&1 || continue
      found=$(resolve_python "$program")
      if [ -n "$found" ]; then
        printf '%s\n' "$found"
        break 2
      fi
    done
  done
}

uv=$(find_uv) || {
  install_uv || say "uv could not be installed"
  uv=$(find_uv) || {
    say "uv is needed: install python3-venv (Debian) or uv itself, then run this again"
    exit 1
  }
}
link uv "$uv"

python=$(find_python)
[ -n "$python" ] || python=$("$uv" python find --quiet --no-python-downloads 3.13 2>/dev/null || true)
if [ -z "$python" ]; then
  say "no CPython 3.13 on this machine: uv downloads one into .tools/python"
  export UV_PYTHON_INSTALL_DIR="$tools/python"
  "$uv" python install --quiet --no-bin 3.13 || {
    say "CPython 3.13 is needed and could not be downloaded: install it, or set PYTHON313 to its path"
    exit 1
  }
  python=$("$uv" python find --quiet --managed-python 3.13)
fi
link python3.13 "$python"
