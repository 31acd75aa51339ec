// hostile: the vocabulary of hostile_test.c and hostile6_test.c: sound frames
// are spoilt one way each, and must be dropped under a name. None of them gets
// an answer, unless the table says so.
#ifndef UNIT_TCPIP_HOSTILE_H
#define UNIT_TCPIP_HOSTILE_H

#include "lab.h"

#define V4 "10.0.0.9", "10.0.0.2"
#define V6 "fd00::9", "fd00::2"

// Changes a sound frame; tells whether lengths and checksums are made right
// again afterwards.
typedef bool spoil_fn(struct frame *f);

struct hostile {
	const char *what;
	spoil_fn *spoil;
	enum drop reason;
	unsigned answers;
};

static inline void assert_refused(const struct hostile *cases, size_t n, const struct frame *sound,
                                  unsigned protocol)
{
	lab_meet();
	for (size_t i = 0; i < n; i++) {
		struct frame f = *sound;

		if (cases[i].spoil(&f))
			frame_fix(&f, protocol);
		lab_refuses(&f, cases[i].reason);
		if (lab_waiting() != cases[i].answers)
			fail_msg("%s: %u answers", cases[i].what, lab_waiting());
		while (lab_waiting())
			lab_take();
		lab_clear();
	}
}

#define ASSERT_REFUSED(cases, sound, protocol)                                                     \
	assert_refused(cases, ARRAY_LEN(cases), sound, protocol)

// A spoiler of one statement on the frame f, then true or false.
#define SPOIL(name, fix, ...)                                                                      \
	static bool name(struct frame *f)                                                          \
	{                                                                                          \
		__VA_ARGS__;                                                                       \
		return fix;                                                                        \
	}

#endif
