// secret: memory that a core dump leaves out, as the kernel's flags of the mapping show, for
// secrets themselves, arenas and values of JSON that were freed. tests/net/secrets.sh
// searches a core of a server.
#include "harness.h"

#include "core/host/arena.h"
#include "core/host/json.h"
#include "core/host/secret.h"

#include <stdio.h>
#include <string.h>

// Whether the mapping of the address has the flag of /proc/self/smaps, " dd" for
// MADV_DONTDUMP.
static bool has_flag(const void *at, const char *flag)
{
	FILE *smaps = fopen("/proc/self/smaps", "re");
	uintptr_t wanted = (uintptr_t)at, from, to;
	bool inside = false, found = false;
	char line[512];

	assert_non_null(smaps);
	while (fgets(line, sizeof(line), smaps)) {
		if (sscanf(line, "%zx-%zx ", &from, &to) == 2)
			inside = wanted >= from && wanted < to;
		else if (inside && strncmp(line, "VmFlags:", 8) == 0)
			found = strstr(line, flag) != NULL;
	}
	fclose(smaps);
	return found;
}

static void core_dumps_leave_secrets_out(void **state)
{
	static const size_t sizes[] = {1, 4096, 4097, 1 << 20};
	static char other[4096];

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		uint8_t *secret = secret_alloc(sizes[i]);

		assert_non_null(secret);
		assert_int_equal((uintptr_t)secret % CACHE_LINE_BYTES, 0);
		assert_int_equal(secret[0] | secret[sizes[i] - 1], 0);
		assert_true(has_flag(secret, " dd"));
		assert_true(has_flag(secret + sizes[i] - 1, " dd"));
		secret_free(secret);
	}
	assert_false(has_flag(other, " dd"));
	secret_free(NULL);
	assert_null(secret_alloc(SIZE_MAX));
}

static void core_dumps_leave_arenas_out(void **state)
{
	struct arena arena = {0};

	assert_true(has_flag(arena_alloc(&arena, 16), " dd"));
	assert_true(has_flag(arena_text(&arena, "text"), " dd"));
	assert_true(has_flag(arena_alloc(&arena, 1 << 20), " dd"));
	arena_fini(&arena);
}

// JSON frees by what secret_json gave it, and memory on a page of the test's own shows
// what is left there.
static void freed_json_is_wiped(void **state)
{
	static const char text[] = "3b9f6e0d5a1c42788f1e7d6c5b4a3928";
	json_malloc_t alloc;
	json_free_t release;
	char *value;

	secret_json();
	secret_json();
	json_get_alloc_funcs(&alloc, &release);
	value = alloc(sizeof(text));
	memcpy(value, text, sizeof(text));
	release(value);
	release(NULL);
	// The same size comes back first, as it was left but for the allocator's two words.
	value = alloc(sizeof(text));
	assert_memory_not_equal(value + 16, text + 16, sizeof(text) - 17);
	release(value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(core_dumps_leave_secrets_out),
	        cmocka_unit_test(core_dumps_leave_arenas_out),
	        cmocka_unit_test(freed_json_is_wiped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
