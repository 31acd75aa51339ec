// measure_count: runs the program under callgrind, which writes a file for each call of
// measure_counted and counts nothing outside of it. So that counts repeat, addresses are
// not random, and the C library does not choose its functions by the processor.
#include "measure_part.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS_MAX 64
#define TUNABLES  "GLIBC_TUNABLES"
#define COLLECT   "--toggle-collect=measure_counted"
#define DUMP      "--dump-after=measure_counted"
#define PLAIN_CPU "glibc.cpu.hwcaps=-AVX_Fast_Unaligned_Load,-AVX2,-ERMS,-FSRM"
// A core's own caches, whatever the processor has.
#define FIRST_CACHE "--D1=49152,12,64"
#define LAST_CACHE  "--LL=1048576,16,64"
#define HUGE_MALLOC "glibc.malloc.hugetlb=1"

// Does not return. The words in front of the program's own are for valgrind.
static _Noreturn void run_valgrind(const struct measure *measure, const char *const *options)
{
	const char *words[WORDS_MAX] = {"valgrind", "--tool=callgrind", "--quiet", COLLECT};
	char own[4096] = "";
	unsigned len = 4;

	if (readlink("/proc/self/exe", own, sizeof(own) - 1) < 0)
		measure_fail("/proc/self/exe: %s", strerror(errno));
	for (; *options; options++)
		words[len++] = *options;
	words[len++] = own;
	for (char **word = measure->argv + 1; *word && len < WORDS_MAX - 2; word++)
		words[len++] = *word;
	words[len++] = MEASURE_COUNTING;
	personality(ADDR_NO_RANDOMIZE);
	setenv(TUNABLES, PLAIN_CPU, 1);
	execvp(words[0], (char **)(uintptr_t)words);
	measure_fail("%s: valgrind, which counts instructions, cannot be run (%s); tools/deps test "
	             "installs it",
	             measure->about->bench, strerror(errno));
}

void measure_profile(struct measure *measure)
{
	char out[4200];
	const char *const options[] = {FIRST_CACHE, LAST_CACHE, "--cache-sim=yes", out, NULL};

	snprintf(out, sizeof(out), "--callgrind-out-file=%s", measure->profile);
	run_valgrind(measure, options);
}

// What the program prints in the meantime belongs to nobody.
static _Noreturn void count(const struct measure *measure)
{
	char out[64];
	const char *const options[] = {DUMP, out, NULL};
	int null = open("/dev/null", O_WRONLY);

	dup2(null, STDOUT_FILENO);
	snprintf(out, sizeof(out), "--callgrind-out-file=%s/out", measure->folder);
	run_valgrind(measure, options);
}

void measure_count(struct measure *measure)
{
	int status;
	pid_t pid;

	strcpy(measure->folder, "/tmp/wadi-micro-XXXXXX");
	if (!mkdtemp(measure->folder))
		measure_fail("/tmp: %s", strerror(errno));
	pid = fork();
	if (pid == 0)
		count(measure);
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
		measure_fail("%s: callgrind did not count (above)", measure->about->bench);
}

uint64_t measure_counted_read(struct measure *measure)
{
	unsigned long long total = 0;
	char path[64], line[256];
	FILE *in;

	snprintf(path, sizeof(path), "%s/out.%u", measure->folder, ++measure->counted);
	in = fopen(path, "r");
	if (!in)
		measure_fail("%s: callgrind has written fewer counts than there are cases", path);
	while (fgets(line, sizeof(line), in))
		sscanf(line, "totals: %llu", &total);
	fclose(in);
	unlink(path);
	return total;
}

void measure_ask_for_huge_pages(struct measure *measure)
{
	const char *tunables = getenv(TUNABLES);

	if (tunables && strcmp(tunables, HUGE_MALLOC) == 0)
		return;
	setenv(TUNABLES, HUGE_MALLOC, 1);
	execv("/proc/self/exe", measure->argv);
	measure_fail("%s: %s", measure->about->bench, strerror(errno));
}
