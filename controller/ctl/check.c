#include "controller/ctl/check.h"

#include "controller/validate/credential.h"
#include "controller/validate/text.h"

#include <errno.h>
#include <string.h>

const char *check_id(const char *text)
{
        size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");
        return len > 0 && len < FLOW_ID_MAX && text[len] == '\0'
                       ? NULL
                       : "not an identifier (1 to 32 of a-z, 0-9 and -)";
}

const char *check_name(const char *text, char name[FLOW_NAME_MAX])
{
        char normal[TEXT_MAX];
        int error = text_normalise(text, strlen(text), normal);
        if (error == -EILSEQ)
                return "not UTF-8, or holds a control character";
        if (error || strlen(normal) >= FLOW_NAME_MAX)
                return "longer than 127 bytes";
        memcpy(name, normal, strlen(normal) + 1);
        return name[0] == '\0' ? "empty" : NULL;
}

const char *check_code(const char *text)
{
        char normal[TEXT_MAX];
        int error = text_normalise(text, strlen(text), normal);
        if (error == -EILSEQ)
                return "not UTF-8, or holds a control character";
        size_t len = error ? CREDENTIAL_VALUE_MAX : strlen(normal);
        return len < CREDENTIAL_CODE_MIN || len >= CREDENTIAL_VALUE_MAX ? "not 4 to 256 bytes long"
                                                                        : NULL;
}

const char *check_national_id(const char *text)
{
        size_t digits = strspn(text, "0123456789");
        if (text[digits] != '\0')
                return "not 12 digits";
        if (digits < NATIONAL_ID_NUMBER_LEN)
                return "fewer than 12 digits: did a spreadsheet drop the zeros in front?";
        return digits == NATIONAL_ID_NUMBER_LEN ? NULL : "more than 12 digits";
}

const char *check_escort(const char *text, const char **escort)
{
        *escort = text;
        if (strcmp(text, "any") == 0)
                *escort = "*";
        else if (text[0] == '\0' || strcmp(text, "none") == 0)
                *escort = "";
        else if (check_id(text))
                return "neither an identifier nor any or none";
        return NULL;
}

const char *check_role(const char *text)
{
        return strcmp(text, "worker") == 0 || strcmp(text, "visitor") == 0
                       ? NULL
                       : "neither worker nor visitor";
}

char *check_trim(char *text)
{
        text += strspn(text, " \t");
        size_t len = strlen(text);
        while (len > 0 && strchr(" \t", text[len - 1]))
                len--;
        text[len] = '\0';
        return text;
}
