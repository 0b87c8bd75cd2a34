/*
 * Identity: who somebody says they are, as the text that is sealed for the site.
 *
 * Only what finds a person again: number, name, date of birth, and the telephone of a personal QR.
 * Not the address, the old number, the hospital or the vaccine.
 */
#pragma once

#include "controller/ports/sealing.h"
#include "controller/validate/credential.h"

/*
 * Seals {"class", "number", "name", "born", "phone"} (JSON; what is not said is absent) into
 * credential->sealed. Nothing is sealed of a code that carries no identity, or that is not
 * believed. False: it could not be sealed; credential->sealed_len is 0 then.
 */
bool identity_seal(const uint8_t key[SEALING_KEY_LEN], const struct credential_reading *reading,
                   struct credential *credential);
