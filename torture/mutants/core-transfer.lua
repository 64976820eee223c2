-- Single changes to the part of the C core that transfers, each of which a spec must notice.
--
-- file   the source
-- specs  the specs that must fail, by their names without "_spec"
-- from   a text that occurs once in the file, and
-- to     what takes its place
-- why    what would be wrong
-- lua    the Lua on which it shows; nil: on each. Lua 5.1 and LuaJIT collect before they copy a
--        string.

return {
  -- == request.c: what protects the key ==============================================
  {
    file = "src/request.c", specs = "proxy",
    why = "plain http goes to a proxy of the environment, with the key",
    from = [[  if (proxy == NULL && ascii_equal(url, "http:", 5)) proxy = "";
]],
    to = "",
  },
  {
    file = "src/request.c", specs = "proxy", why = "... where the scheme is in capitals",
    from = [[ascii_equal(url, "http:", 5)]],
    to = [[strncmp(url, "http:", 5) == 0]],
  },
  {
    file = "src/request.c", specs = "proxy", why = "NO_PROXY undoes a proxy that was given",
    from = [[  if (proxy != NULL) SET(CURLOPT_NOPROXY, "");
]],
    to = "",
  },
  {
    file = "src/request.c", specs = "proxy", why = "a proxy that was given is not used",
    from = [[  if (proxy != NULL) SET(CURLOPT_PROXY, proxy);
]],
    to = "",
  },
  {
    file = "src/request.c", specs = "proxy", why = "the proxy gets the key with CONNECT",
    from = [[(long)CURLHEADER_SEPARATE]],
    to = [[(long)CURLHEADER_UNIFIED]],
  },
  {
    file = "src/request.c", specs = "tls",
    why = "the system's directory of authorities is trusted beside ca_file",
    from = [[  TRY(CURLOPT_CAPATH, NULL);
]],
    to = "",
  },
  {
    file = "src/request.c", specs = "transfer tls", why = "ca_file is not used",
    from = [[  SET(CURLOPT_CAINFO, ca_file);
]],
    to = "",
  },
  {
    file = "src/request.c", specs = "proxy", why = "an https proxy is not held against ca_file",
    from = [[  TRY(CURLOPT_PROXY_CAINFO, ca_file);
]],
    to = "",
  },
  {
    file = "src/request.c", specs = "transfer", why = "a redirect takes the key to another host",
    from = [[CURLOPT_FOLLOWLOCATION, 0L]],
    to = [[CURLOPT_FOLLOWLOCATION, 1L]],
  },
  {
    file = "src/request.c", specs = "transfer", why = "any certificate is trusted",
    from = [[CURLOPT_SSL_VERIFYPEER, 1L]],
    to = [[CURLOPT_SSL_VERIFYPEER, 0L]],
  },
  {
    file = "src/request.c", specs = "transfer", why = "a certificate of another host is trusted",
    from = [[CURLOPT_SSL_VERIFYHOST, 2L]],
    to = [[CURLOPT_SSL_VERIFYHOST, 0L]],
  },
  {
    file = "src/request.c", specs = "secrets", why = "TLS 1.1 is spoken",
    from = [[SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2)]],
    to = [[SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_1)]],
  },
  {
    file = "src/request.c", specs = "transfer", why = "ftp is spoken",
    from = [[SET(CURLOPT_PROTOCOLS_STR, "http,https")]],
    to = [[SET(CURLOPT_PROTOCOLS_STR, "http,https,ftp")]],
  },
  {
    file = "src/request.c", specs = "tls", why = "OpenSSL asks for a passphrase",
    from = [[  SET(CURLOPT_KEYPASSWD, "");
]],
    to = "",
  },
  {
    file = "src/request.c", specs = "tls",
    why = "the key of the client certificate is looked for in its file alone",
    from = [[key != NULL ? key : cert]],
    to = [[cert]],
  },
  {
    file = "src/request.c", specs = "transfer session",
    why = "no header is sent, the key among them",
    from = [[  SET(CURLOPT_HTTPHEADER, x->headers);
]],
    to = "",
  },
  {
    file = "src/request.c", specs = "transfer secrets", why = "a header value may hold a line end",
    from = [[if ((c < 0x20 && c != '\t') || c == 0x7F) return false;]],
    to = [[if ((c < 0x0A && c != '\t') || c == 0x7F) return false;]],
  },
  {
    file = "src/request.c", specs = "transfer", why = "a header value may hold DEL",
    from = [[if ((c < 0x20 && c != '\t') || c == 0x7F) return false;]],
    to = [[if (c < 0x20 && c != '\t') return false;]],
  },
  {
    file = "src/request.c", specs = "transfer", why = "a URL may hold a blank",
    from = [[(unsigned char)*s <= 0x20]],
    to = [[(unsigned char)*s < 0x20]],
  },
  {
    file = "src/request.c", specs = "transfer", why = "a header's name may be empty",
    from = [[  if (length == 0) return false;
]],
    to = "",
  },
  {
    file = "src/request.c", specs = "transfer", why = "a header's name may hold NUL",
    from = [[(*s == '\0' || strchr("!#$%&'*+-.^_`|~0123456789", *s) == NULL)]],
    to = [[strchr("!#$%&'*+-.^_`|~0123456789", *s) == NULL]],
  },
  {
    file = "src/request.c", specs = "transfer", why = "an empty header is left out",
    from = [[*value == '\0' ? ";" : ": ";]],
    to = [[*value == '\0' ? ":" : ": ";]],
  },
  {
    file = "src/request.c", specs = "form", why = "a header that is false is sent",
    from = [[value == NULL ? ":" :]],
    to = [[value == NULL ? ";" :]],
  },
  {
    file = "src/form.c", specs = "form", why = "a file is read where its handle stands",
    from = [[pread(file->fd, buffer, wanted, (off_t)file->at)]],
    to = [[read(file->fd, buffer, wanted)]],
  },
  {
    file = "src/form.c", specs = "form", why = "the descriptor is the handle's own",
    from = [[  file->fd = fcntl(fd, F_DUPFD_CLOEXEC, DESCRIPTOR_MIN);]],
    to = [[  file->fd = fd;]],
  },
  {
    file = "src/form.c", specs = "form", why = "a file's descriptor is left open",
    from = [[    if (file->fd >= 0) close(file->fd);]],
    to = [[]],
  },
  {
    file = "src/form.c", specs = "form", why = "a file that became shorter is waited for",
    from = [[file->lost = got <= 0;]],
    to = [[file->lost = got < 0;]],
  },
  {
    file = "src/form.c", specs = "form", why = "a pipe is taken for a file",
    from = [[  if (S_ISREG(s.st_mode)) return true;]],
    to = [[  if (s.st_mode != 0) return true;]],
  },

  -- == request.c: method, body and time limits =======================================
  {
    file = "src/request.c", specs = "transfer", why = "the reply to HEAD is waited for",
    from = [[    SET(CURLOPT_NOBODY, 1L);]],
    to = [[    SET(CURLOPT_CUSTOMREQUEST, method);]],
  },
  {
    file = "src/request.c", specs = "transfer", why = "HEAD is not told from HEADER",
    from = [[x->reply.is_head = method != NULL && strcmp(method, "HEAD") == 0;]],
    to = [[x->reply.is_head = false;]],
  },
  {
    file = "src/request.c", specs = "transfer", why = "a body ends at its first NUL",
    from = [[(curl_off_t)body_length]],
    to = [[(curl_off_t)strlen(text)]],
  },
  {
    file = "src/request.c", specs = "transfer", why = "a body makes the method POST",
    from = [[else if (method != NULL || text != NULL)]],
    to = [[else if (method != NULL)]],
  },
  {
    file = "src/request.c", specs = "transfer", why = "a time limit below a millisecond is none",
    from = [[ceil(seconds * 1000)]],
    to = [[floor(seconds * 1000)]],
  },
  {
    file = "src/request.c", specs = "transfer", why = "a time limit beyond 2^31 ms is below 0",
    from = [[return milliseconds < INT_MAX ? (long)milliseconds : INT_MAX;]],
    to = [[return (int)(unsigned)milliseconds;]],
  },
  {
    file = "src/request.c", specs = "transfer",
    why = "a time limit beyond 2^31 ms is refused by libcurl",
    from = [[return milliseconds < INT_MAX ? (long)milliseconds : INT_MAX;]],
    to = [[return (long)milliseconds;]],
  },
  {
    file = "src/request.c", specs = "transfer", why = "a time limit of 0 is taken",
    from = [[seconds > 0))]],
    to = [[seconds >= 0))]],
  },
  {
    file = "src/request.c", specs = "transfer", why = "a time limit that is NaN is taken",
    from = [[if (!(lua_isnumber(L, -1) && seconds > 0))]],
    to = [[if (!lua_isnumber(L, -1) || seconds <= 0)]],
  },
  {
    file = "src/request.c", specs = "transfer", why = "a stall is none below a second",
    from = [[stall / 1000 + (stall % 1000 > 0)]],
    to = [[stall / 1000]],
  },
  {
    file = "src/request.c", specs = "transfer", why = "a slow body is a stall",
    from = [[stall > 0 ? 1L : 0L]],
    to = [[stall > 0 ? 1000L : 0L]],
  },
  {
    file = "src/request.c", specs = "transfer", why = "there is no time limit for the whole",
    from = [[  SET(CURLOPT_TIMEOUT_MS, x->connecting.timeout);
]],
    to = "",
  },
  {
    file = "src/request.c", specs = "transfer", why = "connect_timeout is not used",
    from = [[connect > 0 ? connect : (long)INT_MAX]],
    to = [[(long)INT_MAX]],
  },
  {
    file = "src/request.c", specs = "transfer", why = "bodies are not compressed",
    from = [[  SET(CURLOPT_ACCEPT_ENCODING, ""); /* all that libcurl can decode */
]],
    to = "",
  },
  {
    file = "src/request.c", specs = "session connections", why = "HTTP/2 is not spoken",
    from = [[SET(CURLOPT_HTTP_VERSION, s->http_version)]],
    to = [[SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1)]],
  },
  {
    file = "src/request.c", specs = "transfer", why = "the user agent is not sent",
    from = [[if (user_agent != NULL) SET]],
    to = [[if (user_agent == NULL) SET]],
  },

  -- == transfer.c: the headers of a reply ============================================
  {
    file = "src/reply.c", specs = "transfer",
    why = "headers of an interim reply are those of the reply",
    from = [[r->head.length = r->announced = 0;]],
    to = [[r->announced = 0;]],
  },
  {
    file = "src/reply.c", specs = "transfer",
    why = "the length that an interim reply announces is the body's",
    from = [[r->head.length = r->announced = 0;]],
    to = [[r->head.length = 0;]],
  },
  {
    file = "src/reply.c", specs = "transfer",
    why = "a reply that is cut in its headers, behind an interim one, is whole",
    from = [[r->head_ended = r->tunnelled = r->is_chunked = false;]],
    to = [[r->tunnelled = r->is_chunked = false;]],
  },
  {
    file = "src/reply.c", specs = "transfer",
    why = "codings of an interim reply count for the body",
    from = [[  r->codings = 0;
]],
    to = [[]],
  },
  {
    file = "src/reply.c", specs = "transfer", why = "identity counts as a coding",
    from = [[ || is_name(token, length, "identity")]],
    to = "",
  },
  {
    file = "src/reply.c", specs = "transfer", why = "chunked counts as a coding",
    from = [[is_name(token, length, "chunked") || ]],
    to = "",
  },
  {
    file = "src/reply.c", specs = "transfer",
    why = "nothing between two commas counts as a coding",
    from = [[length == 0 || is_name(token, length, "chunked")]],
    to = [[is_name(token, length, "chunked")]],
  },
  {
    file = "src/reply.c", specs = "transfer", why = "a tab does not end a coding",
    from = [[between[] = ", \t\r\n"]],
    to = [[between[] = ", \r\n"]],
  },
  {
    file = "src/reply.c", specs = "transfer", why = "two codings are undone",
    from = [[if (is_last && r->codings > 1)]],
    to = [[if (is_last && r->codings > 2)]],
  },
  {
    file = "src/reply.c", specs = "transfer", why = "one coding is refused",
    from = [[if (is_last && r->codings > 1)]],
    to = [[if (is_last && r->codings > 0)]],
  },
  {
    file = "src/reply.c", specs = "transfer", why = "codings of an interim reply are refused",
    from = [[if (is_last && r->codings > 1)]],
    to = [[if (r->codings > 1)]],
  },
  {
    file = "src/reply.c", specs = "transfer", why = "content codings are not counted",
    from = [[!names(line, length, "content-encoding") && ]],
    to = "",
  },
  {
    file = "src/reply.c", specs = "transfer",
    why = "a body of exactly max_body is refused when it is announced",
    from = [[r->announced > r->body.max]],
    to = [[r->announced >= r->body.max]],
  },
  {
    file = "src/reply.c", specs = "transfer",
    why = "the length of a reply to HEAD is held against max_body",
    from = [[!r->is_chunked && !r->is_head && ]],
    to = [[!r->is_chunked && ]],
  },
  {
    file = "src/reply.c", specs = "transfer",
    why = "the length of a 204 is held against max_body",
    from = [[ && r->status != 204]],
    to = "",
  },
  {
    file = "src/reply.c", specs = "transfer",
    why = "the length of a 304 is held against max_body",
    from = [[ && r->status != 304]],
    to = "",
  },
  {
    file = "src/reply.c", specs = "transfer", why = "a trailer is a header",
    from = [[  else if (r->head_ended)
    return drop_trailer(r, length);
]],
    to = [[]],
  },
  {
    file = "src/reply.c", specs = "transfer",
    why = "a trailer that looks like a status line begins another reply",
    from = [[r->head_ended && (r->tunnelled || r->status < 200)]],
    to = [[r->head_ended]],
  },
  {
    file = "src/reply.c", specs = "transfer", why = "headers may be without end",
    from = [[  r->head.max = HEAD_MAX;]],
    to = [[  r->head.max = (size_t)-1;]],
  },
  {
    file = "src/reply.c", specs = "transfer", why = "trailers may be without end",
    from = [[if (r->trailers <= HEAD_MAX) return length;]],
    to = [[return length;]],
  },
  {
    file = "src/reply.c", specs = "transfer",
    why = "headers that are too large are called a large body",
    from = [[r->refusal = buffer_fits(b, length) ? OUTCOME_NO_MEMORY : too_large;]],
    to = [[r->refusal = OUTCOME_BODY_TOO_LARGE;]],
  },
  {
    file = "src/reply.c", specs = "transfer",
    why = "what does not fit in memory is called larger than max_body",
    from = [[buffer_fits(b, length) ? OUTCOME_NO_MEMORY : too_large]],
    to = [[too_large]],
  },
  {
    file = "src/reply.c", specs = "proxy",
    why = "headers of a proxy that made the tunnel are the reply's",
    from = [[  if (r->tunnelled && r->line_status / 100 == 2) buffer_free(&r->head);
]],
    to = "",
  },
  {
    file = "src/reply.c", specs = "proxy",
    why = "headers of a proxy that refused the tunnel are lost",
    from = [[if (r->tunnelled && r->line_status / 100 == 2) buffer_free]],
    to = [[if (r->tunnelled) buffer_free]],
  },
  {
    file = "src/reply.c", specs = "proxy", why = "a proxy's answer to CONNECT is a reply",
    from = [[  r->tunnelled = code == 0;]],
    to = [[  r->tunnelled = false;]],
  },

  -- == transfer.c: how an exchange ends ==============================================
  {
    file = "src/exchange.c", specs = "connections",
    why = "the end of a transfer waits for a name lookup",
    from = [[  EASY_TRY(x->easy, CURLOPT_QUICK_EXIT, 1L);
]],
    to = "",
  },
  {
    file = "src/exchange.c", specs = "transfer",
    why = "a reply that was cut in its headers is one with an empty body",
    from = [[(r->status < 200 || !r->head_ended || r->tunnelled)]],
    to = [[(r->status < 200 || r->tunnelled)]],
  },
  {
    file = "src/reply.c", specs = "transfer",
    why = "an error whose headers break off has no status",
    from = [[(r->head_ended ? r->status >= 200 : r->status >= 300)]],
    to = [[(r->head_ended && r->status >= 200)]],
  },
  {
    file = "src/reply.c", specs = "transfer",
    why = "a success whose headers break off has a status",
    from = [[(r->head_ended ? r->status >= 200 : r->status >= 300)]],
    to = [[r->status >= 200]],
  },
  {
    file = "src/exchange.c", specs = "transfer", why = "a success whose body was cut is a reply",
    from = [[(reply_has_status(&x->reply) && x->reply.status >= 300)]],
    to = [[reply_has_status(&x->reply)]],
  },
  {
    file = "src/exchange.c", specs = "transfer", why = "an error whose body was cut is none",
    from = [[x->failure == NULL || (reply_has_status(&x->reply)]],
    to = [[x->failure == NULL || (false]],
  },
  {
    file = "src/exchange.c", specs = "proxy", why = "a proxy's 429 refuses for ever",
    from = [[  if (x->tunnel_status == 429) return OUTCOME_PROXY_LIMIT;
]],
    to = "",
  },
  {
    file = "src/exchange.c", specs = "proxy", why = "a proxy's 408 refuses for ever",
    from = [[x->tunnel_status == 408 || ]],
    to = "",
  },
  {
    file = "src/exchange.c", specs = "proxy", why = "a proxy's 500 and above refuses for ever",
    from = [[x->tunnel_status >= 500]],
    to = [[x->tunnel_status > 599]],
  },
  {
    file = "src/exchange.c", specs = "descriptors", why = "a lack of descriptors is not named",
    from = [[  return lacked_descriptor(x, code) ? OUTCOME_DESCRIPTORS : (int)code;]],
    to = [[  return (int)code;]],
  },
  {
    file = "src/exchange.c", specs = "transfer", why = "max_body is not named in the error",
    from = [[if (ended == OUTCOME_BODY_TOO_LARGE || ended == CURLE_FILESIZE_EXCEEDED)]],
    to = [[if (ended == CURLE_FILESIZE_EXCEEDED)]],
  },
  {
    file = "src/exchange.c", specs = "proxy", why = "the proxy's status is not named in the error",
    from = [[ended <= OUTCOME_PROXY_REFUSED && ended >= OUTCOME_PROXY_FAILED]],
    to = [[ended < OUTCOME_PROXY_REFUSED && ended > OUTCOME_PROXY_FAILED]],
  },

  -- == transfer.c: what Lua calls ====================================================
  {
    file = "src/transfer.c", specs = "transfer", lua = "lua5.1",
    why = "the body is freed while it is copied",
    from = [[  t->reading++;
  lua_pushlstring(L, bytes, length);
  t->reading--;
]],
    to = "  lua_pushlstring(L, bytes, length);\n",
  },
  {
    file = "src/transfer.c", specs = "transfer", lua = "lua5.1",
    why = "close frees what is being copied",
    from = [[  if (t->reading == 0) reply_free(&t->exchange.reply);
]],
    to = [[  reply_free(&t->exchange.reply);
]],
  },
  {
    file = "src/transfer.c", specs = "transfer", why = "a closed transfer has a body",
    from = [[  if (t->closed) return closed(L);
  const buffer *body]],
    to = [[  const buffer *body]],
  },
  {
    file = "src/transfer.c", specs = "transfer", why = "a transfer in flight has a status",
    from = [[  if (is_in_flight(t)) luaL_error(]],
    to = [[  if (t->closed) luaL_error(]],
  },
  {
    file = "src/reply.c", specs = "transfer",
    why = "a header is found by the beginning of its name",
    from = [[if (ascii_equal(line, name, name_length) && line[name_length] == ':')]],
    to = [[if (ascii_equal(line, name, name_length) && strchr(line, ':') != NULL)]],
  },
  {
    file = "src/reply.c", specs = "transfer", why = "a header's value has blanks at its end",
    from = [[  while (end > p && is_blank(end[-1]))
    end--;
]],
    to = "",
  },
  {
    file = "src/reply.c", specs = "transfer",
    why = "a header's value has a blank at its beginning",
    from = [[  while (p < end && is_blank(*p))
    p++;]],
    to = [[]],
  },
  {
    file = "src/reply.c", specs = "transfer", why = "a carriage return ends a header",
    from = [[strcspn(line, "\n")]],
    to = [[strcspn(line, "\r\n")]],
  },
  {
    file = "src/transfer.c", specs = "transfer", why = "a reply of HTTP/1.0 has no version",
    from = [[  case CURL_HTTP_VERSION_1_0: return "1.0";
]],
    to = "",
  },
  {
    file = "src/transfer.c", specs = "transfer",
    why = "a connection that was refused was used again",
    from = [[c->got_through && c->opened == 0]],
    to = [[c->opened == 0 || !c->got_through]],
  },
  {
    file = "src/transfer.c", specs = "session", why = "no connection is used again",
    from = [[c->got_through && c->opened == 0]],
    to = [[c->got_through && c->opened != 0]],
  },
  {
    file = "src/exchange.c", specs = "transfer", why = "times are in milliseconds",
    from = [[(double)microseconds / 1e6]],
    to = [[(double)microseconds / 1e-6]],
  },
  {
    file = "src/exchange.c", specs = "transfer", why = "bytes are not counted",
    from = [[  x->timing.bytes = (double)bytes;
]],
    to = "",
  },
  {
    file = "src/transfer.c", specs = "transfer", why = "a closed transfer says that it is done",
    from = [[t->closed ? "closed" : "done"]],
    to = [["done"]],
  },

  -- == session.c =====================================================================
  {
    file = "src/engine.c", specs = "session",
    why = "a forked process ends the transfer of its parent",
    from = [[  const bool is_ours = x->engine->pid == getpid();]],
    to = [[  const bool is_ours = true;]],
  },
  {
    file = "src/engine.c", specs = "session",
    why = "a forked process speaks on its parent's connections",
    from = [[  if (e->multi != NULL && e->pid != getpid()) engine_shut(e, OUTCOME_FORKED, "");]],
    to = [[  (void)e;]],
  },
  {
    file = "src/engine.c", specs = "session",
    why = "a forked process keeps its parent's connections",
    from = [[    connections_leave(&e->connections);
]],
    to = "",
  },
  {
    file = "src/session.c", specs = "session", why = "a long wait is converted out of range",
    from = [[fmin(milliseconds, INT_MAX)]],
    to = [[fmin(milliseconds, 1e18)]],
  },
  {
    file = "src/session.c", specs = "session", why = "a wait below 0 is one without end",
    from = [[milliseconds > 0 ? (int)fmin(milliseconds, INT_MAX) : 0]],
    to = [[(int)fmin(milliseconds, INT_MAX)]],
  },
  {
    file = "src/session.c", specs = "session",
    why = "a session that is closed meanwhile starts a transfer",
    from = [[  if (s->closed) return closed(L); /* by a finalizer, meanwhile */
]],
    to = "",
  },
  {
    file = "src/engine.c", specs = "session", why = "with nothing in flight poll waits",
    from = [[  if (e->running == 0) return;]],
    to = [[  if (e->multi == NULL) return;]],
  },
  {
    file = "src/engine.c", specs = "session", why = "transfers are not counted down",
    from = [[  e->running--;
]],
    to = "",
  },
  {
    file = "src/engine.c", specs = "session",
    why = "the list of transfers is cut where one leaves it",
    from = [[  if (x->next != NULL) x->next->previous = x->previous;
]],
    to = "",
  },
  {
    file = "src/engine.c", specs = "session",
    why = "a closed session leaves its transfers in flight",
    from = [[  while (e->first != NULL)
    end(e->first, code, detail);]],
    to = [[  while (e->first != NULL && e->first->next != NULL)
    end(e->first, code, detail);]],
  },
  {
    file = "src/session.c", specs = "session", why = "a session can be used when it was closed",
    from = [[  s->closed = true;
]],
    to = "",
  },
  {
    file = "src/engine.c", specs = "connections",
    why = "a connection that timed out is used again",
    from = [[  connections_retire_idle(&e->connections);
}

/* Records what]],
    to = [[}

/* Records what]],
  },
  {
    file = "src/engine.c", specs = "connections", why = "a connection without a reply is kept",
    from = [[code == CURLE_OPERATION_TIMEDOUT && got_through]],
    to = [[code == CURLE_OPERATION_TIMEDOUT && !got_through]],
  },
  {
    file = "src/engine.c", specs = "connections",
    why = "an address that was silent is tried first again",
    from = [[    connections_note_silence(&e->connections, &x->connecting);
]],
    to = [[    ;
]],
  },
  {
    file = "src/engine.c", specs = "connections",
    why = "a transfer that passed over addresses does not try them",
    from = [[    if (begin_anew(e, x, code)) continue;
]],
    to = "",
  },
  {
    file = "src/session.c", specs = "connections", why = "retire_idle changes nothing",
    from = [[  connections_retire_idle(&s->engine.connections);
]],
    to = [[]],
  },
  {
    file = "src/engine.c", specs = "descriptors",
    why = "a program that the host starts inherits libcurl's sockets",
    from = [[  make_close_on_exec(numbers[1]);
]],
    to = "",
  },
  {
    file = "src/engine.c", specs = "descriptors",
    why = "libcurl's sockets take the numbers of standard streams",
    from = [[  const unsigned filled = fill_streams();]],
    to = [[  const unsigned filled = 0;]],
  },
  {
    file = "src/session.c", specs = "session", why = "max_body may be 0",
    from = [[bytes >= 1 && bytes <= (lua_Number)(SIZE_MAX / 4)]],
    to = [[bytes >= 0 && bytes <= (lua_Number)(SIZE_MAX / 4)]],
  },
  {
    file = "src/session.c", specs = "connections",
    why = "a busy connection gets as old as it likes",
    from = [[s->engine.connections.max_age = get_max_age(L, 1);]],
    to = [[s->engine.connections.max_age = get_max_age(L, 1) * 1000;]],
  },
  {
    file = "src/session.c", specs = "session connections", why = "http_version means the other",
    from = [[is_two ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1]],
    to = [[is_two ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS]],
  },
  {
    file = "src/engine.c", specs = "connections",
    why = "a connection is shared, though one from before is in flight",
    from = [[    oldest = x->connecting.started;
]],
    to = [[    (void)t;
]],
  },

  -- == connections.c =================================================================
  {
    file = "src/connections.c", specs = "connections",
    why = "a retired connection is used at once",
    from = [[  EASY_TRY(easy, CURLOPT_FRESH_CONNECT, 1L);
]],
    to = "  (void)easy;\n",
  },
  {
    file = "src/connections.c", specs = "connections",
    why = "a retired connection is used after two seconds",
    from = [[    EASY_TRY(easy, CURLOPT_MAXAGE_CONN, (long)seconds - 1);]],
    to = [[    EASY_TRY(easy, CURLOPT_MAXAGE_CONN, (long)seconds + 1);]],
  },
  {
    file = "src/connections.c", specs = "connections",
    why = "a retired connection is used where libcurl cannot tell",
    from = [[|| seconds < 2)]],
    to = [[|| seconds < 0)]],
  },
  {
    file = "src/connections.c", specs = "connections", why = "no connection is used again for long",
    from = [[|| seconds < 2)]],
    to = [[|| seconds < 100)]],
  },
  {
    file = "src/connections.c", specs = "connections",
    why = "a retired connection is used again from the start",
    from = [[else if (seconds <= IDLE_MAX)]],
    to = [[else if (seconds > IDLE_MAX)]],
  },
  {
    file = "src/connections.c", specs = "connections",
    why = "a time-out costs as many connections as requests follow",
    from = [[  c->fresh_left--;
]],
    to = "",
  },
  {
    file = "src/connections.c", specs = "connections",
    why = "an idle connection gets as old as it likes",
    from = [[(long)c->max_age);
]],
    to = "0L);\n",
  },
  {
    file = "src/connections.c", specs = "descriptors",
    why = "a program that the host starts inherits sockets",
    from = [[type | SOCK_CLOEXEC]],
    to = [[type]],
  },
  {
    file = "src/connections.c", specs = "descriptors",
    why = "a socket takes the number of a standard stream",
    from = [[  return descriptor_above_streams(fd);]],
    to = [[  return fd;]],
  },
  {
    file = "src/connections.c", specs = "transfer connections", why = "an address has no port",
    from = [["%s:%ld";]],
    to = [["%s";]],
  },

  -- == poller.c ======================================================================
  {
    file = "src/poller.c", specs = "descriptors",
    why = "a program that the host starts inherits the epoll set",
    from = [[epoll_create1(EPOLL_CLOEXEC)]],
    to = [[epoll_create1(0)]],
  },
  {
    file = "src/poller.c", specs = "descriptors",
    why = "a program that the host starts inherits the timer",
    from = [[TFD_NONBLOCK | TFD_CLOEXEC]],
    to = [[TFD_NONBLOCK]],
  },
  {
    file = "src/poller.c", specs = "session", why = "a signal ends all transfers",
    from = [[ready < 0 && errno != EINTR]],
    to = [[ready < 0]],
  },
  {
    file = "src/poller.c", specs = "session", why = "a wait goes on beyond a time limit",
    from = [[  return left <= 0                             ? 0]],
    to = [[  return left <= 0                             ? milliseconds]],
  },
  {
    file = "src/poller.c", specs = "session",
    why = "a wait goes on beyond a time limit that is yet to come",
    from = [[(int)((left + 999) / 1000)]],
    to = [[milliseconds]],
  },
  {
    file = "src/poller.c", specs = "session", why = "a long wait overflows an int",
    from = [[milliseconds * INT64_C(1000)]],
    to = [[milliseconds * 1000]],
  },
  {
    file = "src/poller.c", specs = "session", why = "the descriptor is not woken for a time limit",
    from = [[  return p->watched ? arm(p) : 0;]],
    to = [[  return 0;]],
  },
  {
    file = "src/poller.c", specs = "transfer",
    why = "what libcurl wants to be called for at once is never due",
    from = [[  p->due = milliseconds < 0 ? 0]],
    to = [[  p->due = milliseconds <= 0 ? 0]],
  },
  {
    file = "src/poller.c", specs = "transfer", why = "sockets are not watched for writing",
    from = [[  if (what & CURL_POLL_OUT) event.events |= EPOLLOUT;
]],
    to = "",
  },
  {
    file = "src/poller.c", specs = "session descriptors",
    why = "descriptors of the host are taken for ours",
    from = [[now.it_interval.tv_nsec == tag.tv_nsec;]],
    to = [[now.it_interval.tv_nsec >= 0;]],
  },
  {
    file = "src/poller.c", specs = "descriptors", why = "descriptors of the host are closed",
    equivalent = "the seconds of two tags are equal once in four million pairs",
    from = [[    if (is_our_set(p)) close(p->epoll);]],
    to = [[    close(p->epoll);]],
  },
  {
    file = "src/poller.c", specs = "descriptors", why = "a lost timer closes what is at its number",
    from = [[  if (poller_is_intact(p)) {
    if]],
    to = [[  if (p->open) {
    if]],
  },

  -- == body.c ========================================================================
  {
    file = "src/buffer.c", specs = "transfer",
    why = "a body of exactly max_body beyond 4096 bytes never ends",
    from = [[b->max + 1 : capacity * 2]],
    to = [[b->max : capacity * 2]],
  },
  {
    file = "src/buffer.c", specs = "transfer", why = "a body of exactly max_body is refused",
    from = [[return length <= b->max - b->length;]],
    to = [[return length < b->max - b->length;]],
  },
  {
    file = "src/buffer.c", specs = "transfer", why = "a body may be longer than max_body",
    from = [[return length <= b->max - b->length;]],
    to = [[return length <= b->max;]],
  },
  {
    file = "src/buffer.c", specs = "transfer", why = "a body is overwritten by its next piece",
    from = [[memcpy(room, data, length);]],
    to = [[memcpy(b->data, data, length);]],
  },

  -- == console.c =====================================================================
  {
    file = "cli/src/console.c", specs = "cli",
    why = "the second Ctrl-C does not end a process that hangs",
    from = [[  signal(number, SIG_DFL);]],
    to = [[  (void)number;]],
  },
  {
    file = "cli/src/console.c", specs = "cli", why = "Ctrl-C is not told",
    from = [[  interrupted = 1;
]],
    to = "",
  },
  {
    file = "cli/src/console.c", specs = "cli",
    why = "a program that starts meanwhile inherits the terminal",
    from = [[open("/dev/tty", O_RDWR | O_CLOEXEC)]],
    to = [[open("/dev/tty", O_RDWR)]],
  },
  {
    file = "cli/src/console.c", specs = "cli", why = "the key that was typed stays on the stack",
    from = [[  wipe(line, sizeof line);
]],
    to = "",
  },
  {
    file = "cli/src/console.c", specs = "cli", why = "the key is seen while it is typed",
    from = [[  if (question->is_secret) quiet.c_lflag &= ~(tcflag_t)ECHO;
]],
    to = "",
  },
  {
    file = "cli/src/console.c", specs = "cli", why = "the terminal has no echo afterwards",
    from = [[  tcsetattr(fd, TCSAFLUSH, &before);
]],
    to = "",
  },
  {
    file = "cli/src/console.c", specs = "cli",
    why = "a signal ends the process without echo on the terminal",
    from = [[if (before->actions[i].sa_handler != SIG_IGN) sigaction(endings[i], &action, NULL);]],
    to = [[if (before->actions[i].sa_handler == SIG_IGN) sigaction(endings[i], &action, NULL);]],
  },
  {
    file = "cli/src/console.c", specs = "cli", why = "a signal while the key is asked for is lost",
    from = [[if (!answered && ending) raise(ending);]],
    to = ";",
  },
  {
    file = "cli/src/console.c", specs = "cli", why = "a wide character has one column",
    from = [[columns += width > 0 ? width : 0;]],
    to = [[columns += width > 0 ? 1 : 0;]],
  },

  -- == object.c, url.c, core.c, outcome.c ============================================
  {
    file = "src/object.c", specs = "object", why = "a method reads another userdata as its own",
    from = [[const bool is_one = lua_rawequal(L, -1, lua_upvalueindex(1));]],
    to = [[const bool is_one = true;]],
  },
  {
    file = "src/object.c", specs = "object",
    why = "a method reads any userdata that has no metatable",
    from = [[if (lua_touserdata(L, 1) == NULL || !lua_getmetatable(L, 1)) return false;]],
    to = [[if (!lua_getmetatable(L, 1)) return lua_touserdata(L, 1) == NULL;]],
  },
  {
    file = "src/object.c", specs = "object", why = "the metatable, and __gc in it, is in reach",
    from = [[  lua_setfield(L, -2, "__metatable");
]],
    to = "  lua_pop(L, 1);\n",
  },
  {
    file = "src/object.c", specs = "object", why = "__name is missing before Lua 5.3",
    from = [[  lua_setfield(L, -2, "__name");
]],
    to = [[  lua_pop(L, 1);
  if (LUA_VERSION_NUM >= 503) lua_pushstring(L, "x"), lua_setfield(L, -2, "__name");
]],
  },
  {
    file = "src/url.c", specs = "core", why = "a URL without a port has none",
    from = [[&u->part, CURLU_DEFAULT_PORT)]],
    to = [[&u->part, 0)]],
  },
  {
    file = "src/url.c", specs = "core", why = "a URL ends at a NUL",
    from = [[strlen(text) != length ||
      ]],
    to = [[length > 100000 ||
      ]],
  },
  {
    file = "src/url.c", specs = "core", why = "only schemes that libcurl speaks are URLs",
    from = [[text, CURLU_NON_SUPPORT_SCHEME)]],
    to = [[text, 0)]],
  },
  {
    file = "src/core.c", specs = "core", why = "the epoch is no date",
    from = [[if (t != (time_t)-1)]],
    to = [[if (t > 0)]],
  },
  {
    file = "src/core.c", specs = "core", why = "what is before the epoch is no date",
    from = [[if (t != (time_t)-1)]],
    to = [[if (t >= 0)]],
  },
  {
    file = "src/core.c", specs = "core", why = "what is no date is one",
    from = [[if (t != (time_t)-1)]],
    to = [[if (t != (time_t)-3)]],
  },
  {
    file = "src/connections.c", specs = "exclusive",
    why = "a second sending is not aborted, which only a shared connection leads to",
    equivalent = "the second guard: libcurl retries no request on a connection of its own",
    from = [[t->is_exclusive && t->sendings > 1 ?]],
    to = [[false ?]],
  },
  {
    file = "src/connections.c", specs = "exclusive",
    why = "a request that was sent is taken for unsent",
    from = [[  return t->sendings > 0;]],
    to = [[  return t->sendings > 1;]],
  },
  {
    file = "src/exchange.c", specs = "exclusive", why = "an exclusive request shares a connection",
    from = [[  return SET(CURLOPT_FRESH_CONNECT, 1L) &&]],
    to = [[  return]],
  },
  {
    file = "src/exchange.c", specs = "exclusive", why = "an exclusive request uses HTTP/2",
    from = [[(long)CURL_HTTP_VERSION_1_1]],
    to = [[(long)CURL_HTTP_VERSION_2TLS]],
  },
  {
    file = "src/exchange.c", specs = "exclusive", why = "a cancelled request is taken for unsent",
    from = [[  x->was_sent = connections_was_sent(usable ? x->easy : NULL, &x->connecting);]],
    to = [[]],
  },
}
