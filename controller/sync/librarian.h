/*
 * Librarian: the thread that brings the centre's registry in. stile-uplink hands it the signed
 * manifest and the parts; it checks them, keeps them on the disk, says what to ask for, and when
 * all is there adopts it in one transaction beside the recorder, who goes on with the old one until
 * then. The blocked list is adopted alone as soon as it is there; a new one that is announced while
 * a large registry is being adopted ends that, and it begins again when the list is adopted.
 *
 * Nothing waits for it but stile-uplink.
 */
#pragma once

#include "controller/board.h"
#include "controller/mail.h"
#include "controller/ports/adoption.h"
#include "controller/ports/staging.h"
#include "controller/sync/wants.h"
#include "controller/validate/manager.h"

struct librarian {
        const struct settings *settings; /* borrowed, only what never changes is read */
        struct board *board;             /* borrowed */
        struct mailbox in;
        struct mailbox *recorder, *desk; /* borrowed */
        struct managers managers;        /* desk shares them */
        struct staging *staging;
        struct adoption *adoption;
        struct manifest adopted, staged;
        bool is_staged; /* `staged` is under way */
        struct wants wants;
        int64_t retry_ms; /* not before then is adoption tried again */
        int error;        /* that ended the last try; 0: none did */
        bool is_disk_short;
        bool is_adopting_all;    /* buckets are being put: what is staged must stay as it is */
        bool is_over;            /* LIBRARIAN_STOP came meanwhile */
        int gave_way;            /* adoptions in a row that a new blocked list ended */
        atomic_bool is_stopping; /* ends even a long adoption */
};

/*
 * Opens sync.db in the store's folder and, beside the recorder, the registry there. The mailboxes
 * are set later, before librarian_run. Without the files (a log line says why) every request
 * is answered `storage`. 0 or -errno.
 */
MUST_USE int librarian_init(struct librarian *librarian, const struct settings *settings,
                            struct board *board);
/* Safe after a failed init. */
void librarian_deinit(struct librarian *librarian);
/* Runs until LIBRARIAN_STOP. */
void librarian_run(struct librarian *librarian);

/* Inside: librarian.c, librarian_requests.c, librarian_adopt.c. */

/* Fills request->answer. */
void librarian_answer(struct librarian *librarian, struct request *request);
/* Reads a manifest and whose it is. NULL, or the reason why not. */
const char *librarian_read_manifest(struct librarian *librarian, const uint8_t *bytes, size_t len,
                                    struct manifest *manifest);
/* What a large commit left in the log before the process ended goes into the file. */
void librarian_tidy(struct librarian *librarian);
/* Between two buckets: takes the messages that wait. 0; -EAGAIN: a new blocked list is announced
 * and goes first; -ECANCELED: it is time to stop. */
MUST_USE int librarian_attend(struct librarian *librarian);
/* Adopts what is complete. */
void librarian_adopt(struct librarian *librarian, int64_t now_ms);
/* The same registry was issued anew. 0 or -errno. */
MUST_USE int librarian_refresh(struct librarian *librarian, int64_t issued_s);
/* What is wanted of `staged`; drops what is not. 0 or -errno. */
MUST_USE int librarian_compare(struct librarian *librarian);
/* What status shows. */
void librarian_show(struct librarian *librarian);
