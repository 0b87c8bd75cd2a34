#include "controller/mail.h"

void request_free(struct request *request)
{
        if (!request)
                return;
        json_decref(request->question);
        json_decref(request->answer);
        free(request);
}
