#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Build and run the programs of this folder as a stranger would, with pkg-config only:
#   outside.sh uninstalled|installed|static|headers|page BUILD MESON
# uninstalled takes the build folder as it is; the others what `meson install` makes of it. page: the commands
# of docs/writing-a-driver.md.
set -eu
how=$1
build=$2
meson=$3
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
package=nimbl

stage() {
	"$meson" install -C "$build" --no-rebuild --quiet --destdir "$work"
	library=$(dirname "$(find "$work" -name libnimbl.so)")
	include=$(dirname "$(find "$work" -name nimbl.h)")
	export PKG_CONFIG_SYSROOT_DIR="$work" PKG_CONFIG_PATH="$library/pkgconfig"
}

# Each installed header alone, in C and C++, with no flag but the folder: none may need DPDK.
headers() {
	for header in $(cd "$include" && find . -name '*.h' | sort); do
		sh "$here/../headers/alone.sh" c c11 "$include" "${header#./}" cc
		sh "$here/../headers/alone.sh" c++ c++17 "$include" "${header#./}" c++
	done
	echo "$(find "$include" -name '*.h' | wc -l) headers stand alone in C11 and C++17"
}

# shellcheck disable=SC2046 # flags are words
programs() {
	for name in outside reflect; do
		cc -std=gnu11 -Wall -Wextra -pedantic -Werror -o "$work/$name" "$here/$name.c" \
			$(pkg-config --cflags "$package") $(pkg-config --libs "$package")
		env -u PKG_CONFIG_SYSROOT_DIR LD_LIBRARY_PATH="$library" \
			RUNTIME_DIRECTORY="$work" "$work/$name"
	done
}

# In a folder of its own, as a reader would have it.
page() {
	root=$(cd "$here/../.." && pwd)
	export LD_LIBRARY_PATH="$library" RUNTIME_DIRECTORY="$work"
	PATH="$(dirname "$(find "$work" -path '*/bin/nimbl')"):$PATH"
	mkdir "$work/folder"
	cp -r "$root/examples" "$work/folder"
	cd "$work/folder"
	python3 "$root/test/outside/page.py" "$root/docs/writing-a-driver.md" "$root/examples/driver"
}

case $how in
uninstalled)
	library=$build
	export PKG_CONFIG_PATH="$build/meson-uninstalled"
	programs
	;;
installed)
	stage
	programs
	;;
static)
	stage
	package=nimbl-static
	programs
	if readelf -d "$work/outside" | grep libnimbl; then
		echo "linked to the shared library" >&2
		exit 1
	fi
	;;
headers)
	stage
	headers
	;;
page)
	stage
	page
	;;
esac
