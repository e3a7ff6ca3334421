#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Code in the manner of drivers for Windows, with the flags that such code wants and every warning an
# error:  surface.sh runs|drivers|names|versions|wide COMPILER STD DBG INCLUDE LIBRARIES
#   runs      all sources into one program, which has to run
#   drivers   whole drivers, for each version (a contract test runs them)
#   names     each of the names in names/, the functions among them linked
#   versions  one source for each version that a driver may select
#   wide      without -fshort-wchar it has to be refused, with the mend
set -eu
how=$1
compiler=$2
std=$3
dbg=$4
include=$5
libraries=$6
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What drivers are compiled with, and what shows whether our headers are clean.
flags="-std=$std -Wall -Wextra -Werror -fno-strict-aliasing -Wno-unknown-pragmas -Wno-multichar
	-Wno-int-to-pointer-cast -Wno-unused-value -Wno-unused-but-set-variable
	-Wno-incompatible-pointer-types -Werror=implicit-function-declaration
	-Wno-pragma-pack -DDBG=$dbg -I$include"
[ "${compiler##*/}" = clang ] || flags=$(echo "$flags" | sed 's/-Wno-pragma-pack//')

compile() {
	# shellcheck disable=SC2086 # flags are words
	"$compiler" $flags "$@"
}

runs() {
	for level in -O0 -O2; do
		compile -fshort-wchar -DNDIS685 "$level" -o "$work/surface" \
			"$here"/*.c "-L$libraries" "-Wl,-rpath,$libraries" -lnimbl
		"$work/surface"
		echo "$compiler $level $std DBG=$dbg: compiled, ran"
	done
}

drivers() {
	for version in 60 61 620 630 640 650 660 670 680 685; do
		for level in -O0 -O2; do
			for driver in "$here"/drivers/*.c; do
				selection=-DNDIS$version
				case $driver in
				*/vmini_*) selection=${selection}_MINIPORT=1 ;;
				esac
				compile -fshort-wchar "$selection" "$level" -c -o "$work/driver.o" "$driver"
			done
		done
	done
}

# A macro is defined; anything else has a size. What libnimbl exports has an address as well.
name_source() {
	echo '#include <ndis.h>'
	grep -hv '^#' "$here"/names/*.names | while read -r name; do
		printf '#ifndef %s\nextern unsigned long size_of_%s;\n' "$name" "$name"
		printf 'unsigned long size_of_%s = sizeof(%s);\n#endif\n' "$name" "$name"
		if grep -q "^[[:space:]]*$name;" "$here/../../lib/nimbl.map"; then
			printf 'extern void *at_%s;\nvoid *at_%s = (void *)%s;\n' "$name" "$name" "$name"
		fi
	done
	echo 'int main(void) { return 0; }'
}

names() {
	name_source >"$work/names.c"
	for selection in NDIS630 NDIS630_MINIPORT NDIS685; do
		compile -fshort-wchar -Wno-pointer-arith -Wno-pedantic \
			"-D$selection=1" -o "$work/names" "$work/names.c" \
			"-L$libraries" "-Wl,-rpath,$libraries" -lnimbl
		"$work/names"
	done
	echo "$(cat "$here"/names/*.names | grep -vc "^#") names"
}

# Selection, minor version, how many of the support macros are 1.
versions() {
	while read -r macros minor supports; do
		for macro in $(echo "$macros" | tr ',' ' '); do
			compile -fshort-wchar "-D$macro=1" "-DEXPECT_MINOR=$minor" \
				"-DEXPECT_SUPPORTS=$supports" \
				-c -o "$work/version.o" "$here/versions/version.c"
		done
	done <<-'END'
		NDIS60,NDIS60_MINIPORT 0 1
		NDIS61,NDIS61_MINIPORT 1 2
		NDIS620,NDIS620_MINIPORT 20 3
		NDIS630,NDIS630_MINIPORT 30 4
		NDIS640,NDIS640_MINIPORT 40 5
		NDIS650,NDIS650_MINIPORT 50 6
		NDIS651,NDIS651_MINIPORT 51 7
		NDIS660,NDIS660_MINIPORT 60 8
		NDIS670,NDIS670_MINIPORT 70 9
		NDIS680,NDIS680_MINIPORT 80 10
		NDIS681,NDIS681_MINIPORT 81 11
		NDIS682,NDIS682_MINIPORT 82 12
		NDIS683,NDIS683_MINIPORT 83 13
		NDIS684,NDIS684_MINIPORT 84 14
		NDIS685,NDIS685_MINIPORT,NO_SELECTION 85 15
	END
}

wide() {
	if compile -DNDIS630 -c -o "$work/types.o" "$here/types.c" 2>"$work/said"; then
		echo "compiled with wide characters of four bytes" >&2
		exit 1
	fi
	grep -q 'compile them with -fshort-wchar' "$work/said"
}

"$how"
