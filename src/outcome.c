#include "outcome.h"

#include <stddef.h>
#include <curl/curl.h>

#define NETWORK   "network"
#define TLS       "tls"
#define CONFIG    "config"
#define PROTOCOL  "protocol"
#define TOO_LARGE "too_large"

/* Codes that the oldest supported libcurl does not define. */
enum { SSL_CLIENTCERT = 98, UNRECOVERABLE_POLL = 99, CODE_TOO_LARGE = 100, ECH_REQUIRED = 101 };

enum { STOP = false, RETRY = true, SHOW = false, MUTE = true };

/* Time limits, lost connections and name lookups may succeed on a retry. Malformed responses, bad
** certificates and invalid requests will not. */
static const outcome outcomes[] = {
    /* Ours. */
    {OUTCOME_CANCELLED, "cancelled", "cancelled", STOP, SHOW, "transfer was cancelled"},
    {OUTCOME_CLOSED, "closed", "closed", STOP, SHOW, "session was closed"},
    {OUTCOME_FORKED, "forked", "cancelled", STOP, SHOW,
     "transfer belongs to the parent process (before a fork)"},
    {OUTCOME_ENGINE, "engine", NETWORK, RETRY, SHOW, "the event loop failed"},
    {OUTCOME_BODY_TOO_LARGE, "max_body", TOO_LARGE, STOP, SHOW, "the body is larger than max_body"},
    {OUTCOME_HEAD_TOO_LARGE, "head", PROTOCOL, STOP, SHOW,
     "the headers are larger than 262144 bytes"},
    {OUTCOME_CODED_TWICE, "coding", PROTOCOL, STOP, SHOW, "the body has several content codings"},
    {OUTCOME_NO_MEMORY, "memory", TOO_LARGE, STOP, SHOW, "the reply does not fit in memory"},
    {OUTCOME_HEAD_CUT, "cut", NETWORK, RETRY, SHOW, "the connection was closed within the headers"},
    {OUTCOME_DESCRIPTORS, "descriptors", NETWORK, RETRY, SHOW,
     "this process has no free file descriptor (too many open files)"},
    /* A proxy that refuses a tunnel would refuse it again, and may lock the user out. */
    {OUTCOME_PROXY_REFUSED, "proxy_refused", CONFIG, STOP, SHOW, "the proxy refused the tunnel"},
    {OUTCOME_PROXY_LIMIT, "proxy_limit", "rate_limit", RETRY, SHOW,
     "the proxy refused the tunnel for now"},
    {OUTCOME_PROXY_FAILED, "proxy_failed", NETWORK, RETRY, SHOW, "the proxy opened no tunnel"},
    {OUTCOME_REPLY, "reply", PROTOCOL, STOP, SHOW, "the reply is broken"},
    {OUTCOME_FILE, "file", CONFIG, STOP, SHOW, "a file of the form cannot be sent"},
    /* The address. A proxy's name may be part of a password that was not percent-encoded. */
    {CURLE_COULDNT_RESOLVE_HOST, "resolve", NETWORK, RETRY, SHOW,
     "the host name could not be resolved"},
    {CURLE_COULDNT_RESOLVE_PROXY, "proxy", NETWORK, RETRY, MUTE,
     "the proxy's name could not be resolved"},
    {CURLE_URL_MALFORMAT, "url", CONFIG, STOP, SHOW, "the URL cannot be used"},
    {CURLE_UNSUPPORTED_PROTOCOL, "http", PROTOCOL, STOP, SHOW, "this is not HTTP"},
    /* The connection. An aborted handshake may succeed on a retry. */
    {CURLE_COULDNT_CONNECT, "connect", NETWORK, RETRY, SHOW, "no connection could be made"},
    {CURLE_PROXY, "proxy", NETWORK, RETRY, SHOW, "the handshake with the proxy failed"},
    {CURLE_SSL_CONNECT_ERROR, "handshake", NETWORK, RETRY, SHOW, "the TLS handshake failed"},
    {CURLE_SSL_SHUTDOWN_FAILED, "connection", NETWORK, RETRY, SHOW, "the connection was lost"},
    {CURLE_SEND_ERROR, "connection", NETWORK, RETRY, SHOW, "the connection was lost"},
    {CURLE_RECV_ERROR, "connection", NETWORK, RETRY, SHOW, "the connection was lost"},
    {CURLE_SEND_FAIL_REWIND, "connection", NETWORK, RETRY, SHOW, "the connection was lost"},
    {CURLE_AGAIN, "connection", NETWORK, RETRY, SHOW, "the connection was lost"},
    {CURLE_GOT_NOTHING, "connection", NETWORK, RETRY, SHOW,
     "the connection was closed without a reply"},
    {UNRECOVERABLE_POLL, "engine", NETWORK, RETRY, SHOW, "the event loop failed"},
    {CURLE_NO_CONNECTION_AVAILABLE, "connection", NETWORK, RETRY, SHOW,
     "no connection was available"},
    {CURLE_HTTP2, "connection", NETWORK, RETRY, SHOW, "the HTTP/2 connection failed"},
    {CURLE_HTTP2_STREAM, "connection", NETWORK, RETRY, SHOW, "the HTTP/2 stream was reset"},
    {CURLE_HTTP3, "connection", NETWORK, RETRY, SHOW, "the HTTP/3 connection failed"},
    {CURLE_QUIC_CONNECT_ERROR, "connect", NETWORK, RETRY, SHOW, "no connection could be made"},
    {CURLE_PARTIAL_FILE, "cut", NETWORK, RETRY, SHOW, "the connection was closed within the body"},
    {CURLE_OPERATION_TIMEDOUT, "timeout", "timeout", RETRY, SHOW, "a time limit was reached"},
    /* TLS. */
    {CURLE_PEER_FAILED_VERIFICATION, "certificate", TLS, STOP, SHOW,
     "the server's certificate is not trusted"},
    {CURLE_SSL_ISSUER_ERROR, "certificate", TLS, STOP, SHOW,
     "the server's certificate is not trusted"},
    {CURLE_SSL_INVALIDCERTSTATUS, "certificate", TLS, STOP, SHOW,
     "the server's certificate was revoked, or its status is unknown"},
    {CURLE_SSL_PINNEDPUBKEYNOTMATCH, "certificate", TLS, STOP, SHOW,
     "the server's certificate differs from the expected one"},
    {CURLE_SSL_CACERT_BADFILE, "ca_file", TLS, STOP, SHOW,
     "the trusted authorities cannot be read"},
    {CURLE_SSL_CRL_BADFILE, "ca_file", TLS, STOP, SHOW, "the trusted authorities cannot be read"},
    {CURLE_SSL_CERTPROBLEM, "client_cert", TLS, STOP, SHOW,
     "the client certificate cannot be used"},
    {SSL_CLIENTCERT, "client_cert", TLS, STOP, SHOW, "the server requires a client certificate"},
    {ECH_REQUIRED, "tls", TLS, STOP, SHOW, "the server does not support TLS as required"},
    {CURLE_SSL_CIPHER, "tls", TLS, STOP, SHOW, "the TLS library cannot be used as configured"},
    {CURLE_SSL_ENGINE_NOTFOUND, "tls", TLS, STOP, SHOW,
     "the TLS library cannot be used as configured"},
    {CURLE_SSL_ENGINE_SETFAILED, "tls", TLS, STOP, SHOW,
     "the TLS library cannot be used as configured"},
    {CURLE_SSL_ENGINE_INITFAILED, "tls", TLS, STOP, SHOW,
     "the TLS library cannot be used as configured"},
    {CURLE_USE_SSL_FAILED, "tls", TLS, STOP, SHOW, "the server does not support TLS"},
    /* The reply. libcurl reports a write error for a body that cannot be decompressed. */
    {CURLE_WEIRD_SERVER_REPLY, "http", PROTOCOL, STOP, SHOW, "this is not HTTP"},
    {CURLE_BAD_CONTENT_ENCODING, "coding", PROTOCOL, STOP, SHOW,
     "the body's content coding is broken, or unknown to libcurl"},
    {CURLE_WRITE_ERROR, "coding", PROTOCOL, STOP, SHOW,
     "the body's content coding is broken, or unknown to libcurl"},
    {CURLE_FILESIZE_EXCEEDED, "max_body", TOO_LARGE, STOP, SHOW,
     "the body is larger than max_body"},
    {CURLE_OUT_OF_MEMORY, "memory", TOO_LARGE, STOP, MUTE, /* a long header line, until 8.6 */
     "out of memory, or a header line too long for libcurl"},
    {CODE_TOO_LARGE, "head", TOO_LARGE, STOP, SHOW, "a header line is too long for libcurl"},
    {CURLE_TOO_MANY_REDIRECTS, "http", PROTOCOL, STOP, SHOW, "the server redirects"},
    /* The program, or how libcurl was built. */
    {CURLE_FAILED_INIT, "libcurl", CONFIG, STOP, SHOW, "libcurl could not be set up"},
    {CURLE_NOT_BUILT_IN, "libcurl", CONFIG, STOP, SHOW, "this libcurl lacks a feature"},
    {CURLE_FUNCTION_NOT_FOUND, "libcurl", CONFIG, STOP, SHOW, "this libcurl lacks a feature"},
    {CURLE_UNKNOWN_OPTION, "libcurl", CONFIG, STOP, SHOW, "this libcurl lacks a feature"},
    {CURLE_BAD_FUNCTION_ARGUMENT, "libcurl", CONFIG, STOP, SHOW,
     "libcurl does not accept this request"},
    {CURLE_RECURSIVE_API_CALL, "libcurl", CONFIG, STOP, SHOW, "libcurl was called by itself"},
    {CURLE_ABORTED_BY_CALLBACK, "cancelled", "cancelled", STOP, SHOW, "transfer was cancelled"},
    {CURLE_READ_ERROR, "libcurl", CONFIG, STOP, SHOW, "the request's body cannot be read"},
    {CURLE_INTERFACE_FAILED, "libcurl", CONFIG, STOP, SHOW,
     "the local network interface cannot be used"},
    {CURLE_LOGIN_DENIED, "auth", "auth", STOP, SHOW, "the credentials were refused"},
    {CURLE_AUTH_ERROR, "auth", "auth", STOP, SHOW, "the credentials were refused"},
    {CURLE_REMOTE_ACCESS_DENIED, "auth", "auth", STOP, SHOW, "access was refused"},
};

static const outcome other = {
    CURLE_OK, "other", NETWORK, RETRY, SHOW, "the request failed",
};

static const outcome *find(int code) {
  for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++)
    if (outcomes[i].code == code) return &outcomes[i];
  return NULL;
}

const outcome *outcome_of(int code) {
  const outcome *found = find(code);
  return found != NULL ? found : &other;
}

bool outcome_is_known(int code) {
  return find(code) != NULL;
}
