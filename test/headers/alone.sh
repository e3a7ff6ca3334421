#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Compile one header alone: alone.sh <c|c++> <std> <include dir> <header> <compiler> [arguments].
set -eu
language=$1
std=$2
include_dir=$3
header=$4
shift 4
# The declaration is for headers of macros only, which leave nothing else to compile.
printf '#include "%s"\ntypedef int alone;\n' "$header" |
	"$@" -x "$language" -std="$std" -I"$include_dir" -Wall -Wextra -pedantic -Werror \
		-fsyntax-only -
