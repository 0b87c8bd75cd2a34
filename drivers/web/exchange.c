/* A request's life: read by the daemon, answered by a worker, sent by the daemon. */
#include "drivers/web/web_private.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
        const char *name;
        enum web_method method;
} methods[] = {
        { MHD_HTTP_METHOD_GET, WEB_GET },     { MHD_HTTP_METHOD_HEAD, WEB_GET },
        { MHD_HTTP_METHOD_POST, WEB_POST },   { MHD_HTTP_METHOD_PUT, WEB_PUT },
        { MHD_HTTP_METHOD_PATCH, WEB_PATCH }, { MHD_HTTP_METHOD_DELETE, WEB_DELETE },
};

void *exchange_begin(void *context, const char *uri, struct MHD_Connection *connection)
{
        struct exchange *exchange = calloc(1, sizeof(*exchange));
        if (exchange) {
                exchange->web = context;
                exchange->connection = connection;
                exchange->is_target_too_long = strlen(uri) > WEB_TARGET_MAX;
        }
        return exchange;
}

static void free_response(struct web_response *response)
{
        free(response->body);
        for (size_t i = 0; i < WEB_HEADERS_MAX && response->headers[i].name; i++)
                free(response->headers[i].value);
        web_stream_release(response->stream);
        *response = (struct web_response){ .status = 0 };
}

void exchange_end(void *context, struct MHD_Connection *connection, void **slot,
                  enum MHD_RequestTerminationCode why)
{
        struct exchange *exchange = *slot;
        (void)context;
        (void)connection;
        (void)why;
        if (!exchange)
                return;
        free_response(&exchange->response);
        free(exchange->body);
        free(exchange);
        *slot = NULL;
}

static void add_headers(const struct web *web, struct MHD_Response *response)
{
        for (size_t i = 0; i < web->settings.header_count; i++)
                (void)MHD_add_response_header(response, web->settings.headers[i].name,
                                              web->settings.headers[i].value);
}

/* The driver's own word, in the API's form. */
static enum MHD_Result refuse(const struct exchange *exchange, unsigned status, const char *reason)
{
        char body[96];
        int len = snprintf(body, sizeof(body), "{\"error\":{\"reason\":\"%s\",\"detail\":\"\"}}",
                           reason);
        struct MHD_Response *response =
                MHD_create_response_from_buffer((size_t)len, body, MHD_RESPMEM_MUST_COPY);
        if (!response)
                return MHD_NO;
        add_headers(exchange->web, response);
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
        if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
                (void)MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, "1");
        if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
                (void)MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW,
                                              "GET, HEAD, POST, PUT, PATCH, DELETE");
        enum MHD_Result result = MHD_queue_response(exchange->connection, status, response);
        MHD_destroy_response(response);
        return result;
}

static struct MHD_Response *make_response(struct exchange *exchange)
{
        struct web_response *answer = &exchange->response;
        if (answer->stream)
                return stream_response(answer->stream, exchange->web, exchange->connection);
        if (answer->file)
                return MHD_create_response_from_buffer(answer->len, (void *)answer->file,
                                                       MHD_RESPMEM_PERSISTENT);
        char *body = answer->body;
        answer->body = NULL; /* the response's */
        return MHD_create_response_from_buffer(body ? answer->len : 0, body, MHD_RESPMEM_MUST_FREE);
}

static enum MHD_Result send_answer(struct exchange *exchange)
{
        const struct web_response *answer = &exchange->response;
        unsigned status = answer->status ? answer->status : MHD_HTTP_INTERNAL_SERVER_ERROR;
        struct MHD_Response *response = make_response(exchange);
        if (!response)
                return MHD_NO;
        add_headers(exchange->web, response);
        if (answer->content_type)
                (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                                              answer->content_type);
        for (size_t i = 0; i < WEB_HEADERS_MAX && answer->headers[i].name; i++)
                (void)MHD_add_response_header(response, answer->headers[i].name,
                                              answer->headers[i].value);
        enum MHD_Result result = MHD_queue_response(exchange->connection, status, response);
        MHD_destroy_response(response);
        return result;
}

static bool find_method(const char *name, enum web_method *method)
{
        for (size_t i = 0; i < ARRAY_LEN(methods); i++)
                if (strcmp(name, methods[i].name) == 0) {
                        *method = methods[i].method;
                        return true;
                }
        return false;
}

/* What can be said before the body has come. */
static enum MHD_Result read_head(struct exchange *exchange, const char *method)
{
        const char *length = MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND,
                                                         MHD_HTTP_HEADER_CONTENT_LENGTH);
        exchange->state = EXCHANGE_READING;
        if (exchange->is_target_too_long)
                return refuse(exchange, MHD_HTTP_URI_TOO_LONG, "too_large");
        if (!find_method(method, &exchange->method))
                return refuse(exchange, MHD_HTTP_METHOD_NOT_ALLOWED, "method_not_allowed");
        if (length && strtoull(length, NULL, 10) > exchange->web->settings.body_max)
                return refuse(exchange, MHD_HTTP_CONTENT_TOO_LARGE, "too_large");
        return MHD_YES;
}

/* False: it is longer than it may be (then it is read, and forgotten), or there is no memory. */
static bool keep(struct exchange *exchange, const char *bytes, size_t len)
{
        size_t most = exchange->web->settings.body_max;
        if (exchange->body_len > most || len > most - exchange->body_len) {
                exchange->body_len = most + 1;
                return true;
        }
        if (exchange->body_len + len >= exchange->body_capacity) {
                size_t capacity = 2 * (exchange->body_len + len) + 256;
                char *more = realloc(exchange->body, capacity);
                if (!more)
                        return false;
                exchange->body = more;
                exchange->body_capacity = capacity;
        }
        memcpy(exchange->body + exchange->body_len, bytes, len);
        exchange->body_len += len;
        exchange->body[exchange->body_len] = '\0';
        return true;
}

static enum MHD_Result ask(struct exchange *exchange, const char *url)
{
        if (exchange->body_len > exchange->web->settings.body_max)
                return refuse(exchange, MHD_HTTP_CONTENT_TOO_LARGE, "too_large");
        if (url[0] != '/' || !target_is_good(url) || !target_are_values_good(exchange->connection))
                return refuse(exchange, MHD_HTTP_BAD_REQUEST, "bad_request");
        exchange->path = url;
        return queue_put(exchange->web, exchange)
                       ? MHD_YES
                       : refuse(exchange, MHD_HTTP_SERVICE_UNAVAILABLE, "busy");
}

enum MHD_Result exchange_go_on(void *context, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *upload_data,
                               size_t *upload_data_size, void **slot)
{
        struct exchange *exchange = *slot;
        (void)context;
        (void)connection;
        (void)version;
        if (!exchange)
                return MHD_NO; /* there was no memory */
        switch (exchange->state) {
        case EXCHANGE_NEW:
                return read_head(exchange, method);
        case EXCHANGE_READING:
                if (*upload_data_size == 0)
                        return ask(exchange, url);
                if (!keep(exchange, upload_data, *upload_data_size))
                        return MHD_NO;
                *upload_data_size = 0;
                return MHD_YES;
        case EXCHANGE_ASKED:
                return MHD_YES;
        case EXCHANGE_ANSWERED:
                return send_answer(exchange);
        }
        return MHD_NO;
}

/* A client of the other family, mapped into IPv6, is who it is. */
static void format_address(struct MHD_Connection *connection, char text[WEB_ADDRESS_MAX])
{
        const union MHD_ConnectionInfo *info =
                MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
        const struct sockaddr *address = info ? info->client_addr : NULL;
        text[0] = '\0';
        if (address && address->sa_family == AF_INET) {
                struct sockaddr_in four;
                memcpy(&four, address, sizeof(four));
                (void)inet_ntop(AF_INET, &four.sin_addr, text, WEB_ADDRESS_MAX);
        } else if (address && address->sa_family == AF_INET6) {
                struct sockaddr_in6 six;
                memcpy(&six, address, sizeof(six));
                if (IN6_IS_ADDR_V4MAPPED(&six.sin6_addr))
                        (void)inet_ntop(AF_INET, &six.sin6_addr.s6_addr[12], text, WEB_ADDRESS_MAX);
                else
                        (void)inet_ntop(AF_INET6, &six.sin6_addr, text, WEB_ADDRESS_MAX);
        }
}

void exchange_answer(struct exchange *exchange, unsigned worker)
{
        struct web_request request = { .method = exchange->method,
                                       .path = exchange->path,
                                       .body = exchange->body ? exchange->body : "",
                                       .body_len = exchange->body_len,
                                       .worker = worker,
                                       .connection = exchange->connection };
        const struct web_settings *settings = &exchange->web->settings;
        format_address(exchange->connection, request.address);
        settings->handler(settings->context, &request, &exchange->response);
        exchange->state = EXCHANGE_ANSWERED;
        MHD_resume_connection(exchange->connection);
}

const char *web_request_header(const struct web_request *request, const char *name)
{
        return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

struct last {
        const char *name, *value;
};

static enum MHD_Result keep_last(void *context, enum MHD_ValueKind kind, const char *name,
                                 const char *value)
{
        struct last *last = context;
        (void)kind;
        if (strcasecmp(name, last->name) == 0)
                last->value = value;
        return MHD_YES;
}

const char *web_request_last_header(const struct web_request *request, const char *name)
{
        struct last last = { .name = name };
        (void)MHD_get_connection_values(request->connection, MHD_HEADER_KIND, keep_last, &last);
        return last.value;
}

const char *web_request_query(const struct web_request *request, const char *name)
{
        return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

const char *web_request_cookie(const struct web_request *request, const char *name)
{
        return MHD_lookup_connection_value(request->connection, MHD_COOKIE_KIND, name);
}

bool web_response_header(struct web_response *response, const char *name, char *value)
{
        for (size_t i = 0; value && i < WEB_HEADERS_MAX; i++)
                if (!response->headers[i].name) {
                        response->headers[i] = (struct web_header){ name, value };
                        return true;
                }
        free(value);
        return false;
}
