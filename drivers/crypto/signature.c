/* Signature port on OpenSSL's libcrypto (3.0 and later). */
#include "controller/ports/signature.h"

#include "drivers/crypto/signature_key.h"

#include <errno.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>

/* What an algorithm needs of a key, and how its signature is written. */
struct scheme {
        enum signature_alg alg;
        int type;      /* EVP_PKEY_... */
        int bits;      /* of an EC key */
        size_t number; /* bytes of r and of s */
        const EVP_MD *(*hash)(void);
};

static const struct scheme schemes[] = {
        { SIGNATURE_ES256, EVP_PKEY_EC, 256, 32, EVP_sha256 },
        { SIGNATURE_ES384, EVP_PKEY_EC, 384, 48, EVP_sha384 },
        { SIGNATURE_ES512, EVP_PKEY_EC, 521, 66, EVP_sha512 },
        { SIGNATURE_PS256, EVP_PKEY_RSA, 0, 0, EVP_sha256 },
        { SIGNATURE_PS384, EVP_PKEY_RSA, 0, 0, EVP_sha384 },
        { SIGNATURE_PS512, EVP_PKEY_RSA, 0, 0, EVP_sha512 },
        { SIGNATURE_EDDSA, EVP_PKEY_ED25519, 0, 0, NULL },
        { SIGNATURE_EDDSA, EVP_PKEY_ED448, 0, 0, NULL },
};

static const struct scheme *find_scheme(const EVP_PKEY *pkey, enum signature_alg alg)
{
        for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
                const struct scheme *scheme = &schemes[i];
                if (scheme->alg == alg && scheme->type == EVP_PKEY_get_base_id(pkey) &&
                    (scheme->bits == 0 || scheme->bits == EVP_PKEY_get_bits(pkey)))
                        return scheme;
        }
        return NULL;
}

/* r ‖ s to ECDSA-Sig-Value, which is what libcrypto reads. Its length, or 0 when out of memory. */
static int to_der(const uint8_t *signature, size_t number, uint8_t **der)
{
        ECDSA_SIG *pair = ECDSA_SIG_new();
        BIGNUM *r = BN_bin2bn(signature, (int)number, NULL);
        BIGNUM *s = BN_bin2bn(signature + number, (int)number, NULL);
        int len = 0;
        if (pair && r && s && ECDSA_SIG_set0(pair, r, s) == 1) {
                r = s = NULL; /* the pair's now */
                len = i2d_ECDSA_SIG(pair, der);
        }
        BN_free(r);
        BN_free(s);
        ECDSA_SIG_free(pair);
        return len > 0 ? len : 0;
}

static int begin(EVP_MD_CTX *context, const struct scheme *scheme, EVP_PKEY *pkey)
{
        EVP_PKEY_CTX *options = NULL;
        const EVP_MD *hash = scheme->hash ? scheme->hash() : NULL;
        if (EVP_DigestVerifyInit(context, &options, hash, NULL, pkey) != 1)
                return -EIO;
        if (scheme->type != EVP_PKEY_RSA)
                return 0;
        return EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1 &&
                               EVP_PKEY_CTX_set_rsa_mgf1_md(options, hash) == 1 &&
                               EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) ==
                                       1
                       ? 0
                       : -EIO;
}

static int verify(const struct scheme *scheme, EVP_PKEY *pkey, const void *data, size_t len,
                  const uint8_t *signature, size_t signature_len)
{
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        int good = context ? begin(context, scheme, pkey) : -EIO;
        if (good == 0)
                /* Not 1 is not signed: libcrypto says a malformed signature with a negative number.
                 */
                good = EVP_DigestVerify(context, signature, signature_len, data, len) == 1;
        EVP_MD_CTX_free(context);
        return good;
}

int signature_verify(const struct signature_key *key, enum signature_alg alg, const void *data,
                     size_t len, const void *signature, size_t signature_len)
{
        const struct scheme *scheme = find_scheme(key->pkey, alg);
        if (!scheme)
                return -EINVAL;
        if (scheme->number == 0)
                return verify(scheme, key->pkey, data, len, signature, signature_len);
        if (signature_len != 2 * scheme->number)
                return 0;
        uint8_t *der = NULL;
        int der_len = to_der(signature, scheme->number, &der);
        int good = der_len == 0 ? -EIO : verify(scheme, key->pkey, data, len, der, (size_t)der_len);
        OPENSSL_free(der);
        return good;
}
