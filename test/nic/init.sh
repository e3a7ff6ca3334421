#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# All that the guest does by itself: drivers for NICs in user space, then commands from the second serial
# port, a line each; each answer ends with a line of \001 and the exit status.

/bin/busybox --install -s /bin
chmod 755 / # EAL loads nothing from where everybody may write
mount -t devtmpfs none /dev
mount -t proc none /proc
mount -t sysfs none /sys
mkdir -p /dev/hugepages /run /tmp
mount -t hugetlbfs none /dev/hugepages
depmod
modprobe -a vfio_iommu_type1 vfio-pci uio_pci_generic
ip link set lo up
dmesg -n 1

serve() {
	stty raw -echo
	printf 'up\n\0010\n'
	while IFS= read -r words; do
		(eval "$words") </dev/null 2>&1
		printf '\001%d\n' $?
	done
}

# Not this process: it is told when processes without a parent end, and `read` loses what it has by that.
serve </dev/ttyS1 >/dev/ttyS1 &
while :; do
	wait
done
