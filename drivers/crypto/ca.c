/* CA port on OpenSSL's libcrypto (3.0 and later). */
#include "controller/ports/ca.h"

#include "controller/ports/digest.h"
#include "drivers/crypto/signing_key.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

enum {
        SERIAL_LEN = 16, /* random: RFC 5280 wants unique, CA/B wants 64 bits of chance */
        HOSTS_TEXT_MAX = 2048
};

static X509 *read_certificate(const char *pem)
{
        BIO *input = BIO_new_mem_buf(pem, -1);
        X509 *certificate = input ? PEM_read_bio_X509(input, NULL, NULL, NULL) : NULL;
        BIO_free(input);
        ERR_clear_error();
        return certificate;
}

/* What a memory BIO holds as text; frees it. NULL without memory. */
static char *take_text(BIO *take_output)
{
        char *bytes = NULL;
        long len = BIO_get_mem_data(take_output, &bytes);
        char *text = len > 0 ? strndup(bytes, (size_t)len) : NULL;
        BIO_free(take_output);
        return text;
}

static bool set_time(ASN1_TIME *time, int64_t us)
{
        return ASN1_TIME_set(time, (time_t)(us / 1000000)) != NULL;
}

static bool get_time(const ASN1_TIME *time, int64_t *us)
{
        struct tm parts;
        if (ASN1_TIME_to_tm(time, &parts) != 1)
                return false;
        *us = (int64_t)timegm(&parts) * 1000000;
        return true;
}

static bool set_serial(X509 *certificate)
{
        uint8_t bytes[SERIAL_LEN];
        if (digest_random(bytes, sizeof(bytes)) != 0)
                return false;
        bytes[0] = (uint8_t)((bytes[0] & 0x7f) | 0x40); /* positive, and always of one length */
        BIGNUM *number = BN_bin2bn(bytes, sizeof(bytes), NULL);
        bool is_set =
                number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
        BN_free(number);
        return is_set;
}

static bool add_extension(X509 *certificate, X509V3_CTX *context, int nid, const char *value)
{
        X509_EXTENSION *extension = X509V3_EXT_nconf_nid(NULL, context, nid, value);
        bool is_added = extension && X509_add_ext(certificate, extension, -1) == 1;
        X509_EXTENSION_free(extension);
        return is_added;
}

/* "DNS:broker.example,IP:192.0.2.1". Hosts hold no comma: whoever calls has looked. */
static bool hosts_text(const struct ca_subject *subject, char text[HOSTS_TEXT_MAX])
{
        size_t len = 0;
        for (size_t i = 0; i < subject->host_count; i++) {
                ASN1_OCTET_STRING *address = a2i_IPADDRESS(subject->hosts[i]);
                int put = snprintf(text + len, HOSTS_TEXT_MAX - len, "%s%s:%s", i > 0 ? "," : "",
                                   address ? "IP" : "DNS", subject->hosts[i]);
                ASN1_OCTET_STRING_free(address);
                if (put < 0 || (size_t)put >= HOSTS_TEXT_MAX - len)
                        return false;
                len += (size_t)put;
        }
        ERR_clear_error();
        return true;
}

/* The usage keeps a gate from posing as the broker. */
static bool add_leaf_extensions(X509 *certificate, X509V3_CTX *context,
                                const struct ca_subject *subject)
{
        char hosts[HOSTS_TEXT_MAX];
        return add_extension(certificate, context, NID_basic_constraints, "critical,CA:FALSE") &&
               add_extension(certificate, context, NID_key_usage, "critical,digitalSignature") &&
               add_extension(certificate, context, NID_ext_key_usage,
                             subject->usage == CA_SERVER ? "serverAuth" : "clientAuth") &&
               add_extension(certificate, context, NID_subject_key_identifier, "hash") &&
               add_extension(certificate, context, NID_authority_key_identifier, "keyid") &&
               (subject->host_count == 0 ||
                (hosts_text(subject, hosts) &&
                 add_extension(certificate, context, NID_subject_alt_name, hosts)));
}

static bool add_ca_extensions(X509 *certificate, X509V3_CTX *context)
{
        return add_extension(certificate, context, NID_basic_constraints,
                             "critical,CA:TRUE,pathlen:0") &&
               add_extension(certificate, context, NID_key_usage, "critical,keyCertSign,cRLSign") &&
               add_extension(certificate, context, NID_subject_key_identifier, "hash");
}

/* Everything but the signature; `issuer` is NULL for the CA's own. */
static bool fill(X509 *certificate, X509 *issuer, EVP_PKEY *public_half,
                 const struct ca_subject *subject)
{
        X509_NAME *name = X509_get_subject_name(certificate);
        X509V3_CTX context;
        X509V3_set_ctx(&context, issuer ? issuer : certificate, certificate, NULL, NULL, 0);
        return X509_set_version(certificate, X509_VERSION_3) == 1 && set_serial(certificate) &&
               X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                          (const unsigned char *)subject->name, -1, -1, 0) == 1 &&
               X509_set_issuer_name(certificate, issuer ? X509_get_subject_name(issuer) : name) ==
                       1 &&
               set_time(X509_getm_notBefore(certificate), subject->from_us) &&
               set_time(X509_getm_notAfter(certificate), subject->until_us) &&
               X509_set_pubkey(certificate, public_half) == 1 &&
               (issuer ? add_leaf_extensions(certificate, &context, subject)
                       : add_ca_extensions(certificate, &context));
}

static int make(X509 *issuer, EVP_PKEY *public_half, const struct ca_subject *subject,
                const struct signing_key *key, char **pem)
{
        X509 *certificate = X509_new();
        BIO *output = BIO_new(BIO_s_mem());
        bool is_made = certificate && output && fill(certificate, issuer, public_half, subject) &&
                       X509_sign(certificate, key->pkey, EVP_sha256()) > 0 &&
                       PEM_write_bio_X509(output, certificate) == 1;
        X509_free(certificate);
        ERR_clear_error();
        *pem = output ? take_text(output) : NULL;
        if (!is_made) {
                free(*pem);
                *pem = NULL;
        }
        return *pem ? 0 : -EIO;
}

int ca_self_sign(const struct signing_key *key, const struct ca_subject *subject, char **pem)
{
        return make(NULL, key->pkey, subject, key, pem);
}

int ca_request(const struct signing_key *key, char **pem)
{
        X509_REQ *request = X509_REQ_new();
        BIO *output = BIO_new(BIO_s_mem());
        bool is_made = request && output && X509_REQ_set_pubkey(request, key->pkey) == 1 &&
                       X509_REQ_sign(request, key->pkey, EVP_sha256()) > 0 &&
                       PEM_write_bio_X509_REQ(output, request) == 1;
        X509_REQ_free(request);
        ERR_clear_error();
        *pem = output ? take_text(output) : NULL;
        return is_made && *pem ? 0 : -EIO;
}

int ca_sign(const struct ca_authority *authority, const char *request_pem,
            const struct ca_subject *subject, char **pem)
{
        BIO *input = BIO_new_mem_buf(request_pem, -1);
        X509_REQ *request = input ? PEM_read_bio_X509_REQ(input, NULL, NULL, NULL) : NULL;
        EVP_PKEY *public_half = request ? X509_REQ_get0_pubkey(request) : NULL;
        X509 *issuer = read_certificate(authority->certificate);
        int error = !issuer                                      ? -EIO
                    : !public_half                               ? -EBADMSG
                    : !signing_is_p256(public_half)              ? -ENOTSUP
                    : X509_REQ_verify(request, public_half) != 1 ? -EBADMSG
                                                                 : 0;
        if (!error)
                error = make(issuer, public_half, subject, authority->key, pem);
        X509_free(issuer);
        X509_REQ_free(request);
        BIO_free(input);
        ERR_clear_error();
        return error;
}

static bool add_revoked(X509_CRL *list, const struct ca_revoked *revoked)
{
        BIGNUM *number = NULL;
        X509_REVOKED *entry = X509_REVOKED_new();
        ASN1_TIME *time = ASN1_TIME_new();
        ASN1_INTEGER *serial =
                BN_hex2bn(&number, revoked->serial) > 0 ? BN_to_ASN1_INTEGER(number, NULL) : NULL;
        bool is_added = entry && time && serial && set_time(time, revoked->at_us) &&
                        X509_REVOKED_set_serialNumber(entry, serial) == 1 &&
                        X509_REVOKED_set_revocationDate(entry, time) == 1 &&
                        X509_CRL_add0_revoked(list, entry) == 1;
        if (!is_added)
                X509_REVOKED_free(entry);
        ASN1_INTEGER_free(serial);
        ASN1_TIME_free(time);
        BN_free(number);
        return is_added;
}

static bool fill_list(X509_CRL *list, X509 *issuer, int64_t number, int64_t from_us,
                      int64_t until_us)
{
        X509V3_CTX context;
        ASN1_INTEGER *count = ASN1_INTEGER_new();
        ASN1_TIME *from = ASN1_TIME_new(), *until = ASN1_TIME_new();
        X509V3_set_ctx(&context, issuer, NULL, NULL, list, 0);
        X509_EXTENSION *key_id =
                X509V3_EXT_nconf_nid(NULL, &context, NID_authority_key_identifier, "keyid");
        bool is_filled =
                count && from && until && key_id && set_time(from, from_us) &&
                set_time(until, until_us) && ASN1_INTEGER_set_int64(count, number) == 1 &&
                X509_CRL_set_version(list, X509_CRL_VERSION_2) == 1 &&
                X509_CRL_set_issuer_name(list, X509_get_subject_name(issuer)) == 1 &&
                X509_CRL_set1_lastUpdate(list, from) == 1 &&
                X509_CRL_set1_nextUpdate(list, until) == 1 &&
                X509_CRL_add_ext(list, key_id, -1) == 1 &&
                X509_CRL_add1_ext_i2d(list, NID_crl_number, count, 0, X509V3_ADD_DEFAULT) == 1;
        X509_EXTENSION_free(key_id);
        ASN1_INTEGER_free(count);
        ASN1_TIME_free(from);
        ASN1_TIME_free(until);
        return is_filled;
}

int ca_revocation_list(const struct ca_authority *authority, const struct ca_revoked *revoked,
                       size_t count, int64_t number, int64_t from_us, int64_t until_us, char **pem)
{
        X509 *issuer = read_certificate(authority->certificate);
        X509_CRL *list = X509_CRL_new();
        BIO *output = BIO_new(BIO_s_mem());
        bool is_made =
                issuer && list && output && fill_list(list, issuer, number, from_us, until_us);
        for (size_t i = 0; is_made && i < count; i++)
                is_made = add_revoked(list, &revoked[i]);
        is_made = is_made && X509_CRL_sort(list) == 1 &&
                  X509_CRL_sign(list, authority->key->pkey, EVP_sha256()) > 0 &&
                  PEM_write_bio_X509_CRL(output, list) == 1;
        X509_CRL_free(list);
        X509_free(issuer);
        ERR_clear_error();
        *pem = output ? take_text(output) : NULL;
        if (!is_made) {
                free(*pem);
                *pem = NULL;
        }
        return *pem ? 0 : -EIO;
}

static bool read_serial(const X509 *certificate, char serial[CA_SERIAL_MAX])
{
        BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
        char *hex = number ? BN_bn2hex(number) : NULL;
        bool is_read = hex && strlen(hex) < CA_SERIAL_MAX && hex[0] != '-';
        for (size_t i = 0; is_read && i <= strlen(hex); i++)
                serial[i] = (char)(hex[i] >= 'A' && hex[i] <= 'F' ? hex[i] - 'A' + 'a' : hex[i]);
        OPENSSL_free(hex);
        BN_free(number);
        return is_read;
}

int ca_read(const char *pem, struct ca_certificate *out)
{
        X509 *certificate = read_certificate(pem);
        unsigned int len = 0;
        *out = (struct ca_certificate){ .name = "" };
        bool is_read = certificate && read_serial(certificate, out->serial) &&
                       X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName,
                                                 out->name, sizeof(out->name)) > 0 &&
                       get_time(X509_get0_notBefore(certificate), &out->from_us) &&
                       get_time(X509_get0_notAfter(certificate), &out->until_us) &&
                       X509_digest(certificate, EVP_sha256(), out->fingerprint, &len) == 1;
        X509_free(certificate);
        ERR_clear_error();
        return is_read ? 0 : -EBADMSG;
}

int ca_belongs(const char *pem, const struct signing_key *key)
{
        X509 *certificate = read_certificate(pem);
        bool is_ours = certificate && X509_check_private_key(certificate, key->pkey) == 1;
        int error = !certificate ? -EBADMSG : is_ours ? 0 : -EKEYREJECTED;
        X509_free(certificate);
        ERR_clear_error();
        return error;
}

int ca_verify(const char *pem, const char *ca_pem, enum ca_usage usage, const char **why)
{
        X509 *certificate = read_certificate(pem), *root = read_certificate(ca_pem);
        X509_STORE *store = X509_STORE_new();
        X509_STORE_CTX *context = X509_STORE_CTX_new();
        *why = "there is no certificate in it";
        bool is_good = certificate && root && store && context &&
                       X509_STORE_add_cert(store, root) == 1 &&
                       X509_STORE_CTX_init(context, store, certificate, NULL) == 1 &&
                       X509_STORE_CTX_set_default(context, usage == CA_SERVER ? "ssl_server"
                                                                              : "ssl_client") == 1;
        if (is_good) {
                is_good = X509_verify_cert(context) == 1;
                *why = X509_verify_cert_error_string(X509_STORE_CTX_get_error(context));
        }
        X509_STORE_CTX_free(context);
        X509_STORE_free(store);
        X509_free(root);
        X509_free(certificate);
        ERR_clear_error();
        return is_good ? 0 : -EKEYREJECTED;
}
