#include "exchange.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "easy.h"
#include "wipe.h"

/* == Beginning ====================================================================== */

/* libcurl calls these callbacks, and those of connections.c and poller.c, inside its own functions.
** None may call Lua: an error would jump out of libcurl, and a finalizer could re-enter it. */

static size_t on_body(char *data, size_t size, size_t count, void *self) {
  exchange *x = self;
  return reply_add_body(&x->reply, data, size * count);
}

static size_t on_header(char *data, size_t size, size_t count, void *self) {
  exchange *x = self;
  return reply_add_line(&x->reply, x->easy, data, size * count);
}

#define SET(option, value) (curl_easy_setopt(x->easy, option, value) == CURLE_OK)

bool exchange_open(exchange *x, size_t max_body) {
  reply_init(&x->reply, max_body);
  x->easy = curl_easy_init();
  if (x->easy == NULL) return false;
#if LIBCURL_VERSION_NUM >= 0x075700
  /* Else ending an exchange waits for its name lookup. */
  EASY_TRY(x->easy, CURLOPT_QUICK_EXIT, 1L);
#endif
  /* A page of 100 rows fits in one read. A larger buffer would be mapped anew for each transfer. */
  EASY_TRY(x->easy, CURLOPT_BUFFERSIZE, 64L * 1024);
  return SET(CURLOPT_PRIVATE, x) && SET(CURLOPT_ERRORBUFFER, x->words) &&
         SET(CURLOPT_WRITEFUNCTION, on_body) && SET(CURLOPT_WRITEDATA, x) &&
         SET(CURLOPT_HEADERFUNCTION, on_header) && SET(CURLOPT_HEADERDATA, x) &&
         SET(CURLOPT_NOSIGNAL, 1L);
}

bool exchange_make_exclusive(exchange *x) {
  x->connecting.is_exclusive = true;
  return SET(CURLOPT_FRESH_CONNECT, 1L) && SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
}

/* == Ending ========================================================================= */

static double get_time(CURL *easy, CURLINFO info) {
  curl_off_t microseconds = 0;
  curl_easy_getinfo(easy, info, &microseconds);
  return (double)microseconds / 1e6;
}

static void read_results(exchange *x) {
  curl_off_t bytes = 0;
  x->was_sent = connections_was_sent(x->easy, &x->connecting);
  if (!x->reply.head_ended) curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &x->reply.status);
  curl_easy_getinfo(x->easy, CURLINFO_HTTP_CONNECTCODE, &x->tunnel_status);
  curl_easy_getinfo(x->easy, CURLINFO_SIZE_DOWNLOAD_T, &bytes);
  curl_easy_getinfo(x->easy, CURLINFO_HTTP_VERSION, &x->timing.http_version);
  x->timing.bytes = (double)bytes;
  x->timing.dns = get_time(x->easy, CURLINFO_NAMELOOKUP_TIME_T);
  x->timing.connect = get_time(x->easy, CURLINFO_CONNECT_TIME_T);
  x->timing.tls = get_time(x->easy, CURLINFO_APPCONNECT_TIME_T);
  if (x->reply.head.length > 0) /* libcurl 8.23 has a time even if nothing was received */
    x->timing.first_byte = get_time(x->easy, CURLINFO_STARTTRANSFER_TIME_T);
  x->timing.total = get_time(x->easy, CURLINFO_TOTAL_TIME_T);
}

/* The easy handle, which refers to the header list and the form, is freed first. */
static void free_request(exchange *x, bool usable) {
  if (usable && x->easy != NULL) curl_easy_cleanup(x->easy);
  x->easy = NULL;
  for (struct curl_slist *h = x->headers; h != NULL; h = h->next)
    wipe(h->data, strlen(h->data));
  curl_slist_free_all(x->headers);
  x->headers = NULL;
  form_free(&x->form, usable);
}

/* The outcome for a proxy's response to CONNECT that is not a success. */
static int outcome_of_tunnel(const exchange *x) {
  if (x->tunnel_status == 429) return OUTCOME_PROXY_LIMIT;
  const bool later = x->tunnel_status == 408 || x->tunnel_status >= 500;
  return later ? OUTCOME_PROXY_FAILED : OUTCOME_PROXY_REFUSED;
}

/* Whether no descriptor was left for a socket, a file or a lookup. libcurl reports no errno. */
static bool lacked_descriptor(const exchange *x, CURLcode code) {
  switch (code) {
  case CURLE_COULDNT_CONNECT: return x->connecting.error == EMFILE || x->connecting.error == ENFILE;
  case CURLE_COULDNT_RESOLVE_HOST:
  case CURLE_COULDNT_RESOLVE_PROXY:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_CONNECT_ERROR:
  case CURLE_FAILED_INIT:
  case CURLE_OUT_OF_MEMORY: return connections_are_used_up();
  default: return false;
  }
}

/* The code of the outcome; CURLE_OK: the reply is complete. */
static int find_outcome(const exchange *x, CURLcode code) {
  const reply *r = &x->reply;
  const bool refused_tunnel = r->status == 0 && x->tunnel_status >= 300;
  if (r->refusal != 0) return r->refusal;
  if (code == CURLE_OK && (r->status < 200 || !r->head_ended || r->tunnelled))
    return OUTCOME_HEAD_CUT; /* curl takes it for a complete reply */
  if (code != CURLE_OK && refused_tunnel) return outcome_of_tunnel(x);
  if (code == CURLE_BAD_FUNCTION_ARGUMENT && r->status != 0) return OUTCOME_REPLY;
  if (code == CURLE_BAD_FUNCTION_ARGUMENT && x->has_certificate && x->connecting.opened > 0)
    return CURLE_SSL_CERTPROBLEM; /* which is libcurl's code for it up to 8.20 */
  return lacked_descriptor(x, code) ? OUTCOME_DESCRIPTORS : (int)code;
}

/* Sets the outcome and the message: our sentence, `more`, libcurl's `words`. Both may be "". */
static void fail(exchange *x, int code, const char *more, const char *words) {
  const outcome *o = x->failure = outcome_of(code);
  snprintf(x->message, sizeof x->message, "%s%s", o->sentence, more);
  x->sentence = strlen(x->message);
  if (*words == '\0' || o->mute) return;
  snprintf(x->message + x->sentence, sizeof x->message - x->sentence, EXCHANGE_BETWEEN "%s", words);
}

/* Adds to our sentence a limit, a status, libcurl's words, or else its text for the code. */
static void explain(exchange *x, int ended, CURLcode code) {
  char more[48] = "";
  if (ended == OUTCOME_BODY_TOO_LARGE || ended == CURLE_FILESIZE_EXCEEDED)
    snprintf(more, sizeof more, ", %zu bytes", x->reply.body.max);
  else if (ended <= OUTCOME_PROXY_REFUSED && ended >= OUTCOME_PROXY_FAILED)
    snprintf(more, sizeof more, ": status %ld", x->tunnel_status);
  const bool has_words = ended >= 0 && *more == '\0';
  const char *words = *x->words != '\0' ? x->words : curl_easy_strerror(code);
  fail(x, ended, more, has_words ? words : "");
}

void exchange_finish(exchange *x, CURLcode code) {
  const bool lost_file = code == CURLE_ABORTED_BY_CALLBACK && form_is_lost(&x->form);
  read_results(x);
  free_request(x, true);
  if (x->connecting.sendings > 1 && code == CURLE_ABORTED_BY_CALLBACK) {
    code = CURLE_GOT_NOTHING; /* why libcurl was about to send it again */
    *x->words = '\0';
  }
  const int ended = lost_file ? OUTCOME_FILE : find_outcome(x, code);
  if (ended != CURLE_OK) explain(x, ended, code);
}

void exchange_abort(exchange *x, bool usable, int code, const char *detail) {
  x->was_sent = connections_was_sent(usable ? x->easy : NULL, &x->connecting);
  free_request(x, usable);
  x->reply.status = 0;
  fail(x, code, "", detail);
}

void exchange_free(exchange *x) {
  free_request(x, true);
  reply_free(&x->reply);
}

bool exchange_has_reply(const exchange *x) {
  return x->failure == NULL || (reply_has_status(&x->reply) && x->reply.status >= 300);
}
