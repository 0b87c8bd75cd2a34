/* Signature keys: read from certificates and public keys, DER or PEM. */
#include "drivers/crypto/signature_key.h"

#include <errno.h>
#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>
#include <string.h>

enum {
        RSA_BITS_MIN = 2048,
        RSA_BITS_MAX = 4096
};

struct signature_key *signature_key_ref(struct signature_key *key)
{
        atomic_fetch_add(&key->users, 1);
        return key;
}

struct signature_key *signature_key_free(struct signature_key *key)
{
        if (!key || atomic_fetch_sub(&key->users, 1) > 1)
                return NULL;
        EVP_PKEY_free(key->pkey);
        free(key);
        return NULL;
}

static bool is_supported(EVP_PKEY *pkey)
{
        int bits = EVP_PKEY_get_bits(pkey);
        char curve[32] = "";
        switch (EVP_PKEY_get_base_id(pkey)) {
        case EVP_PKEY_ED25519:
        case EVP_PKEY_ED448:
                return true;
        case EVP_PKEY_RSA:
                return bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX;
        case EVP_PKEY_EC:
                EVP_PKEY_get_group_name(pkey, curve, sizeof(curve), NULL);
                return strcmp(curve, "prime256v1") == 0 || strcmp(curve, "secp384r1") == 0 ||
                       strcmp(curve, "secp521r1") == 0;
        default:
                return false;
        }
}

/* Takes the pkey, also when it fails. */
static int wrap(EVP_PKEY *take_pkey, struct signature_key **key)
{
        struct signature_key *made = NULL;
        int error = !take_pkey ? -EBADMSG : !is_supported(take_pkey) ? -ENOTSUP : 0;
        if (!error && !(made = malloc(sizeof(*made))))
                error = -ENOMEM;
        if (error) {
                EVP_PKEY_free(take_pkey);
                ERR_clear_error();
                return error;
        }
        made->pkey = take_pkey;
        atomic_init(&made->users, 1);
        *key = made;
        return 0;
}

static int64_t time_us(const ASN1_TIME *time)
{
        struct tm tm = { .tm_year = 0 };
        return ASN1_TIME_to_tm(time, &tm) == 1 ? (int64_t)timegm(&tm) * 1000000 : 0;
}

/* The two spellings are one: early certificates had a mistaken arc (eu-dcc-hcert-spec 1.0.5,
 * appendix 3.2). */
static unsigned int read_usage(X509 *certificate)
{
        static const struct {
                const char *oid;
                enum signature_usage usage;
        } kinds[] = { { "1.3.6.1.4.1.1847.2021.1.1", SIGNATURE_USAGE_TEST },
                      { "1.3.6.1.4.1.1847.2021.1.2", SIGNATURE_USAGE_VACCINATION },
                      { "1.3.6.1.4.1.1847.2021.1.3", SIGNATURE_USAGE_RECOVERY },
                      { "1.3.6.1.4.1.0.1847.2021.1.1", SIGNATURE_USAGE_TEST },
                      { "1.3.6.1.4.1.0.1847.2021.1.2", SIGNATURE_USAGE_VACCINATION },
                      { "1.3.6.1.4.1.0.1847.2021.1.3", SIGNATURE_USAGE_RECOVERY } };
        static const char any[] = "2.5.29.37.0";
        unsigned int usage = 0;
        bool is_any = false;
        int found = -1;
        EXTENDED_KEY_USAGE *list = X509_get_ext_d2i(certificate, NID_ext_key_usage, &found, NULL);
        for (int i = 0; i < sk_ASN1_OBJECT_num(list); i++) {
                char oid[64];
                OBJ_obj2txt(oid, sizeof(oid), sk_ASN1_OBJECT_value(list, i), 1);
                is_any = is_any || strcmp(oid, any) == 0;
                for (size_t k = 0; k < ARRAY_LEN(kinds); k++)
                        usage |= strcmp(oid, kinds[k].oid) == 0 ? kinds[k].usage : 0;
        }
        bool is_empty = list && sk_ASN1_OBJECT_num(list) == 0;
        EXTENDED_KEY_USAGE_free(list);
        if (is_any || found == -1 || is_empty)
                return 0;
        /* Only what a list names is allowed (RFC 5280, 4.2.1.12), also when it cannot be read. */
        return usage ? usage : SIGNATURE_USAGE_OTHER;
}

static void describe(X509 *certificate, struct signature_key_info *info)
{
        BIO *text = BIO_new(BIO_s_mem());
        info->is_certificate = true;
        info->from_us = time_us(X509_get0_notBefore(certificate));
        info->until_us = time_us(X509_get0_notAfter(certificate));
        info->usage = read_usage(certificate);
        if (text && X509_NAME_print_ex(text, X509_get_subject_name(certificate), 0,
                                       XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB) >= 0) {
                int len = BIO_read(text, info->subject, sizeof(info->subject) - 1);
                info->subject[len > 0 ? len : 0] = '\0';
        }
        BIO_free(text);
}

static int read_der(const uint8_t *der, size_t len, struct signature_key **key,
                    struct signature_key_info *info)
{
        uint8_t digest[SHA256_DIGEST_LENGTH];
        const uint8_t *end = der;
        EVP_PKEY *pkey = NULL;
        X509 *certificate = d2i_X509(NULL, &end, (long)len);
        if (certificate) {
                describe(certificate, info);
                pkey = X509_get_pubkey(certificate);
        } else {
                end = der;
                pkey = d2i_PUBKEY(NULL, &end, (long)len);
        }
        X509_free(certificate);
        if (pkey && end != der + len) {
                EVP_PKEY_free(pkey);
                pkey = NULL;
        }
        SHA256(der, len, digest);
        memcpy(info->kid, digest, SIGNATURE_KID_LEN);
        return wrap(pkey, key);
}

/* One PEM block, with what openssl's tools write before and behind it. */
static int read_pem(const void *bytes, size_t len, struct signature_key **key,
                    struct signature_key_info *info)
{
        char *name = NULL, *header = NULL;
        uint8_t *der = NULL;
        long der_len = 0;
        BIO *input = BIO_new_mem_buf(bytes, (int)len);
        int error = input ? -EBADMSG : -ENOMEM;
        if (input && PEM_read_bio(input, &name, &header, &der, &der_len) == 1 && der_len > 0 &&
            (strcmp(name, PEM_STRING_X509) == 0 || strcmp(name, PEM_STRING_PUBLIC) == 0))
                error = read_der(der, (size_t)der_len, key, info);
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_free(der);
        BIO_free(input);
        return error;
}

int signature_key_read(const void *bytes, size_t len, struct signature_key **key,
                       struct signature_key_info *info)
{
        static const char dashes[] = "-----BEGIN ";
        struct signature_key_info unwanted;
        if (!info)
                info = &unwanted;
        *info = (struct signature_key_info){ .is_certificate = false };
        if (len == 0 || len > SIGNATURE_DER_MAX)
                return -EBADMSG;
        int error = memmem(bytes, len, dashes, strlen(dashes)) ? read_pem(bytes, len, key, info)
                                                               : read_der(bytes, len, key, info);
        ERR_clear_error();
        return error;
}

int signature_key_p256(const uint8_t x[32], bool is_y_odd, struct signature_key **key)
{
        uint8_t point[33] = { is_y_odd ? 3 : 2 };
        char curve[] = "prime256v1";
        EVP_PKEY *pkey = NULL;
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
        memcpy(point + 1, x, 32);
        OSSL_PARAM params[] = {
                OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, curve, 0),
                OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)),
                OSSL_PARAM_construct_end(),
        };
        int error = context && EVP_PKEY_fromdata_init(context) == 1 ? 0 : -EIO;
        if (!error && EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
                error = -EBADMSG;
        EVP_PKEY_CTX_free(context);
        ERR_clear_error();
        return error ? error : wrap(pkey, key);
}
