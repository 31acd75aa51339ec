// Tests of what is loaded: each file that cannot be served with is refused by a sentence that names
// it, and says why.
#include "tls_lab.h"

static void expect_refused(const struct tls_context_conf *conf, const char *expected)
{
	struct why why;

	assert_null(tls_context_open(conf, &why));
	if (strncmp(why.text, expected, strlen(expected)) != 0)
		fail_msg("\"%s\" instead of \"%s\"", why.text, expected);
}

static void test_files_that_are_refused(void **state)
{
	static const struct {
		const char *chain, *key, *staple, *sentence;
	} rows[] = {
	        {"empty.pem", "a.key.pem", "", "empty.pem: it has no certificate in PEM form"},
	        {"a.key.pem", "a.key.pem", "", "a.key.pem: it has no certificate in PEM form"},
	        {"damaged.chain.pem", "a.key.pem", "",
	         "damaged.chain.pem: a certificate cannot be read: "},
	        {"broken.chain.pem", "a.key.pem", "",
	         "broken.chain.pem: certificate 1 was not issued by certificate 2, which follows "
	         "it"},
	        {"weak.chain.pem", "weak.key.pem", "",
	         "weak.chain.pem: the certificate cannot be used: ee key too small"},
	        {"a.chain.pem", "b.key.pem", "",
	         "b.key.pem: the key is not that of the certificate in a.chain.pem"},
	        {"a.chain.pem", "a.pem", "", "a.pem: it has no private key in PEM form"},
	        {"a.chain.pem", "encrypted.key.pem", "",
	         "encrypted.key.pem: the key is encrypted; store it without a passphrase"},
	        {"a.chain.pem", "a.key.pem", "a.pem",
	         "a.pem: it is not a successful OCSP response in DER form"},
	        {"a.chain.pem", "a.key.pem", "b.good.der",
	         "b.good.der: the response is about another certificate"},
	        {"a.chain.pem", "a.key.pem", "a.forged.der",
	         "a.forged.der: the response is not signed by the issuer"},
	        {"a.chain.pem", "a.key.pem", "a.revoked.der",
	         "a.revoked.der: the certificate is revoked"},
	        {"a.pem", "a.key.pem", "a.good.der",
	         "a.good.der: the certificate's chain lacks its issuer, who signs it"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct tls_identity identity = {.chain = lab_file(rows[i].chain),
		                                .key = lab_file(rows[i].key),
		                                .staple = lab_file(rows[i].staple)};

		expect_refused(&(struct tls_context_conf){.identities = &identity,
		                                          .identities_len = 1,
		                                          .now_s = lab_now_s()},
		               rows[i].sentence);
	}
}

static void test_dates_are_checked(void **state)
{
	static const struct {
		int days;
		const char *staple, *sentence;
	} rows[] = {
	        {-1, "", "a.chain.pem: certificate 1 is not valid before 20"},
	        {31, "", "a.chain.pem: certificate 1 has expired at 20"},
	        {8, "a.good.der", "a.good.der: the response has expired at 20"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct tls_identity a = lab_identity("a");

		a.chain.name = "a.chain.pem";
		a.staple = lab_file(rows[i].staple);
		expect_refused(
		        &(struct tls_context_conf){.identities = &a,
		                                   .identities_len = 1,
		                                   .now_s = lab_now_s() + rows[i].days * LAB_DAY_S},
		        rows[i].sentence);
	}
}

static void test_an_authority_that_is_refused(void **state)
{
	struct tls_identity a = lab_identity("a");

	expect_refused(&(struct tls_context_conf){.identities = &a,
	                                          .identities_len = 1,
	                                          .ca = lab_file("empty.pem"),
	                                          .verify = TLS_VERIFY_REQUIRED,
	                                          .now_s = lab_now_s()},
	               "empty.pem: it has no certificate in PEM form");
}

static void test_what_a_context_tells(void **state)
{
	struct tls_identity identities[] = {lab_identity("a"), lab_identity("slow")};
	struct tls_context_conf conf = {
	        .identities = identities, .identities_len = 1, .now_s = lab_now_s()};
	struct tls_context *context = lab_context(&conf);
	int64_t left_s = tls_context_expires_s(context) - lab_now_s();

	assert_true(left_s > 29 * LAB_DAY_S && left_s <= 30 * LAB_DAY_S);
	assert_string_equal(tls_context_slow_key(context), "");
	tls_context_put(context);
	conf.identities_len = 2;
	context = lab_context(&conf);
	assert_string_equal(tls_context_slow_key(context), "slow.key.pem: RSA of 3072 bits");
	tls_context_put(context);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_files_that_are_refused),
	        cmocka_unit_test(test_dates_are_checked),
	        cmocka_unit_test(test_an_authority_that_is_refused),
	        cmocka_unit_test(test_what_a_context_tells),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	lab_forget_files();
	return failed;
}
