// measure: what all microbenchmarks share: their command line, rounds of slices timed by
// the time-stamp counter, instructions counted by callgrind, tables and JSON lines. What
// is measured is theirs; packets come from lab.h.
#ifndef MICRO_MEASURE_H
#define MICRO_MEASURE_H

#include "core/base.h"

struct measure_flag {
	const char *name, *help; // "--ipv6"
	bool *on;
};

struct measure_about {
	const char *bench;                // the program's name
	const char *text;                 // what is measured, for --help; lines end in \n
	const struct measure_flag *flags; // of its own, ended by a NULL name; NULL: none
	const uint64_t *names; // sizes to measure by default, ended by 0; NULL: there are none
	const char *item;      // "query": what figures are of
};

// One thing to measure. `run` does a slice's items; `bare` does what of that is not to
// count, such as a device's part, and is taken off (NULL: nothing). Slices are alike, and
// a round is all of them: a slice in which the machine did something else is an outlier
// that a median does not see.
struct measure_case {
	const char *kind;
	const char *order; // of the queries; NULL: there is none
	uint64_t names;    // 0: there are none
	unsigned slices, items;
	void (*run)(void *ctx, unsigned slice);
	void (*bare)(void *ctx, unsigned slice);
	// Around each round of it, outside of what is timed; NULL: nothing.
	void (*begin)(void *ctx);
	void (*end)(void *ctx);
	void *ctx;
	const char *note; // JSON members of its own, such as "\"peak\":3"; NULL: none
};

#define MEASURE_NAMES_MAX 16

// The settings of a run; members are for measure.c but for names.
struct measure {
	const struct measure_about *about;
	uint64_t names[MEASURE_NAMES_MAX + 1]; // ended by 0
	const char *kinds[MEASURE_NAMES_MAX];  // asked for; none: all
	const char *profile;                   // file
	unsigned kinds_len, rounds;
	bool json, instructions, counting, huge_pages;
	double tsc_per_ns;
	char **argv;
	char folder[32];  // of callgrind's files
	unsigned counted; // files read so far
	bool begun;       // the table's head is printed
	char ratio[32];   // the title of its column; "": there is none
};

// Reads the command line. Does not return when it asks for help, is wrong, or wants this
// program run by another.
void measure_open(struct measure *measure, const struct measure_about *about, char **argv);
void measure_close(struct measure *measure);

// Whether a kind is wanted, so that nothing is prepared in vain.
bool measure_wants(const struct measure *measure, const char *kind);

void measure_run(struct measure *measure, const struct measure_case *c);

// Two cases of one kind that differ in their order. Their rounds alternate, so that what
// else the machine does hits both alike; the second is printed with the ratio of its
// median to that of the first. A program that compares does nothing else.
void measure_compare(struct measure *measure, const struct measure_case cases[2]);

// Memory, or the end of the program with a sentence;
// aligned to cache lines.
void *measure_alloc(size_t bytes);

// Ends the program with a sentence.
_Noreturn void measure_fail(const char *format, ...) PRINTF(1, 2);

#endif
