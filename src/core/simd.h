// simd: operations on sixteen bytes, checksums and sums with carry, as instructions of the
// processor where they are known (x86-64 with SSE 4.2) and in plain C elsewhere
// (simd_portable.h), which -Dportable=true chooses everywhere. Another architecture is one
// more body here. Results are the same with any body.
#ifndef CORE_SIMD_H
#define CORE_SIMD_H

#include "core/simd_portable.h"

#if defined(__x86_64__) && defined(__SSE4_2__) && !defined(WADI_PORTABLE)
#define SIMD_BODY_X86 1
#include <nmmintrin.h>
typedef __m128i simd16_t;
#else
#define SIMD_BODY_X86 0
typedef struct portable16 simd16_t;
#endif

#define SIMD16_BYTES 16
_Static_assert(sizeof(simd16_t) == SIMD16_BYTES, "sixteen bytes");

// Loads and stores sixteen bytes anywhere in memory.
static inline simd16_t simd16_load(const void *bytes)
{
#if SIMD_BODY_X86
	return _mm_loadu_si128((const __m128i *)bytes);
#else
	return portable16_load(bytes);
#endif
}

static inline void simd16_store(void *bytes, simd16_t a)
{
#if SIMD_BODY_X86
	_mm_storeu_si128((__m128i *)bytes, a);
#else
	portable16_store(bytes, a);
#endif
}

// Sixteen times the byte.
static inline simd16_t simd16_all(uint8_t byte)
{
#if SIMD_BODY_X86
	return _mm_set1_epi8((char)byte);
#else
	return portable16_all(byte);
#endif
}

static inline simd16_t simd16_and(simd16_t a, simd16_t b)
{
#if SIMD_BODY_X86
	return _mm_and_si128(a, b);
#else
	return portable16_and(a, b);
#endif
}

// The first and the last eight bytes as a number, the first byte the lowest.
static inline uint64_t simd16_low(simd16_t a)
{
#if SIMD_BODY_X86
	return (uint64_t)_mm_cvtsi128_si64(a);
#else
	return portable16_low(a);
#endif
}

static inline uint64_t simd16_high(simd16_t a)
{
#if SIMD_BODY_X86
	return (uint64_t)_mm_extract_epi64(a, 1);
#else
	return portable16_high(a);
#endif
}

// A bit for each byte that is the same in both, the first byte's the lowest.
static inline unsigned simd16_same(simd16_t a, simd16_t b)
{
#if SIMD_BODY_X86
	return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(a, b));
#else
	return portable16_same(a, b);
#endif
}

// ASCII letters in lower case, other bytes as they are.
static inline simd16_t simd16_lower(simd16_t a)
{
#if SIMD_BODY_X86
	// Compared as signed numbers, with 'A' as the lowest.
	__m128i from_a = _mm_add_epi8(a, _mm_set1_epi8((char)(0x80 - 'A')));
	__m128i upper = _mm_cmplt_epi8(from_a, _mm_set1_epi8((char)(0x80 + 26)));

	return _mm_or_si128(a, _mm_and_si128(upper, _mm_set1_epi8(0x20)));
#else
	return portable16_lower(a);
#endif
}

// CRC-32C (RFC 3720 appendix B.4) of eight more bytes, given as a number whose lowest byte
// is the first.
static inline uint32_t simd_crc32c(uint32_t crc, uint64_t word)
{
#if SIMD_BODY_X86
	return (uint32_t)_mm_crc32_u64(crc, word);
#else
	return portable_crc32c(crc, word);
#endif
}

// Adds one, two or four words in memory to a sum whose carries go round. One chain of
// additions: the compiler would take each carry out of its flag and put it back.
static inline uint64_t simd_sum_1(uint64_t sum, uint64_t word)
{
#if SIMD_BODY_X86
	__asm__("addq %1, %0\n\tadcq $0, %0" : "+r"(sum) : "rm"(word) : "cc");
	return sum;
#else
	return portable_add_carry(sum, word);
#endif
}

// Words anywhere in memory, in the machine's byte order.
struct simd_words {
	uint64_t word[4];
} __attribute__((packed, may_alias));

static inline uint64_t simd_sum_2(uint64_t sum, const struct simd_words *w)
{
#if SIMD_BODY_X86
	__asm__("addq %1, %0\n\tadcq %2, %0\n\tadcq $0, %0"
	        : "+r"(sum)
	        : "m"(w->word[0]), "m"(w->word[1])
	        : "cc");
	return sum;
#else
	return portable_add_carry(portable_add_carry(sum, w->word[0]), w->word[1]);
#endif
}

static inline uint64_t simd_sum_4(uint64_t sum, const struct simd_words *w)
{
#if SIMD_BODY_X86
	__asm__("addq %1, %0\n\tadcq %2, %0\n\tadcq %3, %0\n\tadcq %4, %0\n\tadcq $0, %0"
	        : "+r"(sum)
	        : "m"(w->word[0]), "m"(w->word[1]), "m"(w->word[2]), "m"(w->word[3])
	        : "cc");
	return sum;
#else
	for (unsigned i = 0; i < 4; i++)
		sum = portable_add_carry(sum, w->word[i]);
	return sum;
#endif
}

#endif
