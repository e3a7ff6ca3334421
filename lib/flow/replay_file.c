// SPDX-License-Identifier: BSD-3-Clause
// Capture files by libpcap: frames one by one, and what is wrong with them.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "replay_priv.h"

#define HEADER_BYTES 14

static int open_fail(const char *path, int error)
{
	nimbl_fail(
		error, "cannot read the capture %s: %s", nimbl_quote(path).text, strerror(error));
	nimbl_mend("check the path and its rights with 'ls -l'");
	return -error;
}

// The file is opened here, for libpcap says of what it cannot open no more than a text.
static FILE *stream_open(const char *path)
{
	// A pipe nobody writes to would hold up the caller.
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	FILE *stream = fd >= 0 ? fdopen(fd, "r") : NULL;
	struct stat status;

	if (stream == NULL) {
		open_fail(path, errno);
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	if (fstat(fileno(stream), &status) == 0 && S_ISREG(status.st_mode))
		return stream;
	nimbl_fail(EINVAL, "the capture %s is no file", nimbl_quote(path).text);
	nimbl_mend("give a file, which can be read more than once");
	fclose(stream);
	return NULL;
}

int replay_file_open(struct replay_file *file, const char *path)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	FILE *stream = stream_open(path);
	int type;

	*file = (struct replay_file){.path = path};
	if (stream == NULL)
		return -nimbl_last_error()->code;
	file->pcap =
		pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_NANO, why);
	if (file->pcap == NULL) {
		fclose(stream);
		nimbl_fail(EINVAL, "%s is no capture: %s", nimbl_quote(path).text,
			nimbl_quote(why).text);
		nimbl_mend(
			"give a file in the format pcap or pcapng, as tcpdump and Wireshark write "
			"it");
		return -EINVAL;
	}
	type = pcap_datalink(file->pcap);
	if (type == DLT_EN10MB)
		return 0;
	nimbl_fail(EINVAL, "%s has frames of link type %d (%s), not of Ethernet",
		nimbl_quote(path).text, type,
		pcap_datalink_val_to_name(type) != NULL ? pcap_datalink_val_to_name(type) : "?");
	nimbl_mend("capture on one Ethernet interface: 'tcpdump -i eth0', not '-i any'");
	replay_file_close(file);
	return -EINVAL;
}

void replay_file_close(struct replay_file *file)
{
	if (file->pcap != NULL)
		pcap_close(file->pcap);
	file->pcap = NULL;
}

static int frame_fail(const struct replay_file *file, const char *cause, const char *mend)
{
	nimbl_fail(EINVAL, "%s: frame %llu %s", nimbl_quote(file->path).text,
		(unsigned long long)file->frames + 1, cause);
	nimbl_mend("%s", mend);
	return -EINVAL;
}

static int frame_check(
	const struct replay_file *file, const struct pcap_pkthdr *header, uint32_t length_max)
{
	char cause[128];

	if (header->caplen < header->len) {
		snprintf(cause, sizeof(cause), "was captured in part: %u of its %u bytes",
			header->caplen, header->len);
		return frame_fail(file, cause, "capture whole frames: 'tcpdump -s 0'");
	}
	if (header->len > length_max || header->caplen > header->len) {
		snprintf(cause, sizeof(cause), "has %u bytes with FCS, and at most %u can be sent",
			header->caplen + 4, length_max + 4);
		return frame_fail(file, cause,
			"raise the MTU of the port, or capture with segmentation offloads off "
			"('ethtool -K eth0 tso off gso off gro off')");
	}
	if (header->len >= HEADER_BYTES)
		return 0;
	snprintf(cause, sizeof(cause), "has %u bytes, too few for an Ethernet header", header->len);
	return frame_fail(file, cause, "remove it: 'editcap FILE NEW NUMBER'");
}

int replay_file_next(struct replay_file *file, uint32_t length_max, struct replay_record *record)
{
	struct pcap_pkthdr *header;
	const u_char *data;
	int ret = pcap_next_ex(file->pcap, &header, &data);

	if (ret == PCAP_ERROR_BREAK)
		return 0;
	if (ret != 1)
		return frame_fail(file, nimbl_quote(pcap_geterr(file->pcap)).text,
			"the file is cut off or broken: capture again, or keep what can be read with "
			"'editcap FILE NEW'");
	ret = frame_check(file, header, length_max);
	if (ret < 0)
		return ret;
	file->frames++;
	record->data = data;
	record->length = header->len;
	// Times before 1970 or of a broken file are as good as any: only differences count.
	record->ns = (uint64_t)header->ts.tv_sec * 1000000000u + (uint64_t)header->ts.tv_usec;
	return 1;
}

int nimbl_replay_check(const char *path, uint32_t length_max, struct nimbl_replay_summary *summary)
{
	struct replay_record record = {0};
	struct replay_file file;
	uint64_t first = 0, last = 0;
	int ret = replay_file_open(&file, path);

	*summary = (struct nimbl_replay_summary){.is_whole = true};
	if (ret < 0)
		return ret;
	while ((ret = replay_file_next(&file, length_max, &record)) == 1) {
		first = summary->frames == 0 ? record.ns : first;
		last = replay_later(last, record.ns);
		last = summary->frames == 0 ? record.ns : last;
		summary->frames++;
		summary->bytes += record.length;
		summary->longest =
			record.length > summary->longest ? record.length : summary->longest;
		if (summary->bytes >= NIMBL_REPLAY_CHECK_BYTES) {
			summary->is_whole = false;
			break;
		}
	}
	replay_file_close(&file);
	summary->duration_ns = last - first;
	if (ret < 0)
		return ret;
	if (summary->frames > 0)
		return 0;
	nimbl_fail(EINVAL, "the capture %s has no frame", nimbl_quote(path).text);
	nimbl_mend("capture some traffic first");
	return -EINVAL;
}
