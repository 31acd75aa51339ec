// replay: the main of a fuzz target in ordinary builds. Runs each file of the
// corpus and a few hundred seeded mutations of it, so that a parser meets
// damaged input in every test run; of the files of further folders, which are
// collections of hundreds, a few; libFuzzer takes its place with -Dfuzz=true.
#include "core/base.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MAX_BYTES 65536
#define MUTATIONS       400
#define MUTATIONS_MORE  20 // of each file of a further folder

static unsigned mutations = MUTATIONS;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// What runs now, for the report when it fails.
static struct {
	const char *file;
	unsigned mutation; // 0: the file as it is
	const uint8_t *data;
	size_t len;
} current;

// The sanitizers call this before they end the process.
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static void report_input(void)
{
	fprintf(stderr, "\nfails on %s, mutation %u; the input in hex:\n", current.file,
	        current.mutation);
	for (size_t i = 0; i < current.len; i++)
		fprintf(stderr, "%02x%s", current.data[i], i % 32 == 31 ? "\n" : "");
	fputc('\n', stderr);
}

static uint32_t next_random(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*seed >> 33);
}

// In a block of exactly its size, so that a read behind the end is seen.
static void run(const uint8_t *bytes, size_t len)
{
	uint8_t *exact = malloc(len ? len : 1);

	if (!exact)
		exit(1);
	memcpy(exact, bytes, len);
	current.data = exact;
	current.len = len;
	LLVMFuzzerTestOneInput(exact, len);
	free(exact);
}

// Changes, cuts, doubles or replaces by a border value; up to four times.
static size_t mutate(uint8_t *bytes, size_t len, uint64_t *seed)
{
	static const uint8_t borders[] = {0x00, 0x01, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xff};

	for (uint32_t n = 1 + next_random(seed) % 4; n && len; n--) {
		size_t at = next_random(seed) % len;

		switch (next_random(seed) % 5) {
		case 0:
			bytes[at] ^= (uint8_t)(1 << next_random(seed) % 8);
			break;
		case 1:
			bytes[at] = borders[next_random(seed) % sizeof(borders)];
			break;
		case 2:
			len = at;
			break;
		case 3:
			memmove(bytes + at, bytes + at + 1, --len - at);
			break;
		case 4:
			if (len + (len - at) <= INPUT_MAX_BYTES) {
				memmove(bytes + len, bytes + at, len - at);
				len += len - at;
			}
			break;
		}
	}
	return len;
}

// "0a 1B # comment": bytes in hex, in place; the length, or -1.
static long from_hex(uint8_t *bytes, size_t len)
{
	size_t to = 0, digits = 0;
	bool comment = false;

	for (size_t i = 0; i < len; i++) {
		char c = (char)bytes[i];
		char digit[2] = {c, 0};
		char *end;
		unsigned long value = strtoul(digit, &end, 16);

		comment = c == '#' || (comment && c != '\n');
		if (comment || c == ' ' || c == '\t' || c == '\n')
			continue;
		if (*end || end == digit)
			return -1;
		bytes[to] = (uint8_t)(digits % 2 ? bytes[to] << 4 | value : value);
		to += digits++ % 2;
	}
	return digits % 2 ? -1 : (long)to;
}

static long read_input(const char *path, uint8_t *bytes)
{
	const char *suffix = strrchr(path, '.');
	FILE *file = fopen(path, "rb");
	size_t len;

	if (!file)
		return -1;
	len = fread(bytes, 1, INPUT_MAX_BYTES, file);
	fclose(file);
	return suffix && strcmp(suffix, ".hex") == 0 ? from_hex(bytes, len) : (long)len;
}

static bool replay(const char *path)
{
	static uint8_t original[INPUT_MAX_BYTES], bytes[INPUT_MAX_BYTES];
	long len = read_input(path, original);
	uint64_t seed = 1;

	if (len < 0) {
		fprintf(stderr, "%s: cannot be read, or is not hex\n", path);
		return false;
	}
	current.file = path;
	for (current.mutation = 0; current.mutation <= mutations; current.mutation++) {
		memcpy(bytes, original, (size_t)len);
		run(bytes, current.mutation ? mutate(bytes, (size_t)len, &seed) : (size_t)len);
	}
	return true;
}

// The files below a folder, in the order of their names; how many, or -1 when one failed.
static int replay_folder(const char *folder)
{
	struct dirent **entries;
	int len = scandir(folder, &entries, NULL, alphasort), ran = 0;

	if (len < 0) {
		fprintf(stderr, "%s: %s\n", folder, strerror(errno));
		return -1;
	}
	for (int i = 0; i < len; i++) {
		char path[4096];
		int more = 0;

		snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.')
			more = entries[i]->d_type == DT_DIR ? replay_folder(path)
			       : replay(path)               ? 1
			                                    : -1;
		ran = more < 0 || ran < 0 ? -1 : ran + more;
		free(entries[i]);
	}
	free(entries);
	return ran;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: %s CORPUS_FOLDER...\n", argv[0]);
		return 2;
	}
	if (__sanitizer_set_death_callback)
		__sanitizer_set_death_callback(report_input);
	for (int i = 1; i < argc; i++) {
		int more;

		mutations = i == 1 ? MUTATIONS : MUTATIONS_MORE;
		more = replay_folder(argv[i]);
		if (more <= 0)
			return 1;
		printf("%s: %d files, %u mutations of each\n", argv[i], more, mutations);
	}
	return 0;
}
