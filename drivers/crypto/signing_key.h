/* What a private key is, for the ports that sign other things than passes with it. */
#pragma once

#include "controller/ports/signing.h"

#include <openssl/evp.h>
#include <stdbool.h>

struct signing_key {
        EVP_PKEY *pkey;
};

/* Other curves have 256 bits too: it is told by its name. */
bool signing_is_p256(const EVP_PKEY *pkey);
