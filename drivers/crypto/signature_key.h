/* Signature key: what the parts of the signature port share. */
#pragma once

#include "controller/ports/signature.h"

#include <openssl/evp.h>

struct signature_key {
        EVP_PKEY *pkey;
};
