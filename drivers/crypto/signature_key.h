/* Signature key: what the parts of the signature port share. */
#pragma once

#include "controller/ports/signature.h"

#include <openssl/evp.h>
#include <stdatomic.h>

struct signature_key {
        EVP_PKEY *pkey;
        atomic_int users; /* how many free it */
};
