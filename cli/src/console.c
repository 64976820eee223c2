/*
** console: process and terminal functions for the command `sigmamind`, as the Lua module
** sigmamind.console. It is separate from the core because signal handlers belong to the process: a
** program that only uses the client must not load them.
*/

/* For wcwidth, a POSIX extension; on macOS _DARWIN_C_SOURCE, for names that the first one hides. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#define _DARWIN_C_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/stat.h>
#ifdef __APPLE__
#include <xlocale.h>
#endif

#include <lauxlib.h>
#include <lua.h>

#include "wipe.h"

#define SECRET_MAX 1024
#define LOCALE     "sigmamind.locale"

/* All Lua states share this and `ending`, and nothing else: a signal handler belongs to the
** process, and its only argument is the signal. */
static volatile sig_atomic_t interrupted;

/* The signal ends a wait early; with SA_RESTART a write continues and loses nothing. A second
** signal ends the process, in case it hangs. */
static void on_interrupt(int number) {
  interrupted = 1;
  signal(number, SIG_DFL);
}

static void catch_interrupt(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_interrupt;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
}

/* Opens /dev/null for each closed standard stream, whose number the next file or socket would get.
** Standard output becomes read-only, so that writing fails; output to standard error is lost. */
static void open_standard(void) {
  for (int fd = 0; fd <= 2; fd++)
    if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
      (void)open("/dev/null", fd == 2 ? O_WRONLY : O_RDONLY);
}

/* console.open(): makes interrupted() report Ctrl-C, and writing without a reader fail. */
static int l_open(lua_State *L) {
  (void)L;
  open_standard();
  catch_interrupt();
  signal(SIGPIPE, SIG_IGN);
  return 0;
}

/* console.interrupted() -> whether the user pressed Ctrl-C */
static int l_interrupted(lua_State *L) {
  lua_pushboolean(L, interrupted);
  return 1;
}

/* console.is_terminal(fd) -> boolean */
static int l_is_terminal(lua_State *L) {
  lua_pushboolean(L, isatty((int)luaL_checkinteger(L, 1)));
  return 1;
}

/* console.is_pipe(fd) -> whether it is a pipe or a socket */
static int l_is_pipe(lua_State *L) {
  struct stat status;
  const bool is_open = fstat((int)luaL_checkinteger(L, 1), &status) == 0;
  lua_pushboolean(L, is_open && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode)));
  return 1;
}

/* console.width(fd) -> columns of the terminal; nothing if it is none, or does not report them */
static int l_width(lua_State *L) {
  struct winsize size;
  if (ioctl((int)luaL_checkinteger(L, 1), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 0;
  lua_pushinteger(L, size.ws_col);
  return 1;
}

/* == Prompting for a secret ========================================================= */

/* Signals that end or stop the process by default: the terminal must have its echo back before. */
static const int endings[] = {SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
#define ENDINGS (sizeof endings / sizeof *endings)

/* Like `interrupted`, for those signals; 0: none arrived. */
static volatile sig_atomic_t ending;

static void on_ending(int number) {
  ending = number;
}

typedef struct {
  sigset_t mask;
  struct sigaction actions[ENDINGS];
} Signals;

/* Blocks SIGINT and the endings, so that they are delivered only in a pselect with the mask
** `before`. */
static void hold_signals(Signals *before) {
  sigset_t held;
  struct sigaction action;
  sigemptyset(&held);
  sigaddset(&held, SIGINT);
  for (size_t i = 0; i < ENDINGS; i++)
    sigaddset(&held, endings[i]);
  sigprocmask(SIG_BLOCK, &held, &before->mask);
  memset(&action, 0, sizeof action);
  action.sa_handler = on_ending;
  sigemptyset(&action.sa_mask);
  ending = 0;
  for (size_t i = 0; i < ENDINGS; i++) {
    sigaction(endings[i], NULL, &before->actions[i]);
    if (before->actions[i].sa_handler != SIG_IGN) sigaction(endings[i], &action, NULL);
  }
}

static void release_signals(const Signals *before) {
  for (size_t i = 0; i < ENDINGS; i++)
    sigaction(endings[i], &before->actions[i], NULL);
  sigprocmask(SIG_SETMASK, &before->mask, NULL);
}

/* Waits until a line can be read. False: a signal arrived, perhaps before this call. */
static bool wait_for_line(int fd, const sigset_t *mask) {
  while (!interrupted && !ending) {
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(fd, &readable);
    if (pselect(fd + 1, &readable, NULL, NULL, NULL, mask) > 0) return true;
    if (errno != EINTR) return false;
  }
  return false;
}

/* Reads a line of up to SECRET_MAX - 1 bytes, without its end. False: none was read. */
static bool read_line(int fd, const sigset_t *mask, char *line, size_t *length) {
  for (*length = 0; *length < SECRET_MAX; (*length)++) {
    char c;
    if (!wait_for_line(fd, mask) || read(fd, &c, 1) != 1) return false;
    if (c == '\n') return !interrupted;
    line[*length] = c;
  }
  return false;
}

typedef struct {
  const char *text;
  size_t length;
  bool is_secret; /* whether the answer is not echoed */
} Question;

/* Prompts once. False: no answer. */
static bool prompt(int fd, const Question *question, char *line, size_t *length) {
  struct termios before, quiet;
  Signals signals;
  if (tcgetattr(fd, &before) != 0) return false;
  quiet = before;
  if (question->is_secret) quiet.c_lflag &= ~(tcflag_t)ECHO;
  hold_signals(&signals);
  tcsetattr(fd, TCSAFLUSH, &quiet);
  const bool asked = write(fd, question->text, question->length) >= 0;
  const bool answered = asked && read_line(fd, &signals.mask, line, length);
  tcsetattr(fd, TCSAFLUSH, &before);
  if (asked && (question->is_secret || !answered)) (void)!write(fd, "\n", 1);
  release_signals(&signals);
  return answered;
}

/* console.ask(question [, is_echoed]) -> the line typed on the terminal, by default without echo;
** nothing without a terminal, or after Ctrl-C. What was typed before the question is dropped. */
static int l_ask(lua_State *L) {
  size_t length;
  Question question;
  question.text = luaL_checklstring(L, 1, &question.length);
  question.is_secret = !lua_toboolean(L, 2);
  char line[SECRET_MAX];
  const int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
  if (fd < 0) return 0;
  bool answered = false, again = fd < FD_SETSIZE;
  while (again) {
    answered = prompt(fd, &question, line, &length);
    again = !answered && ending == SIGTSTP;
    if (!answered && ending) raise(ending); /* with its default action, now that echo is back */
  }
  close(fd);
  if (answered) lua_pushlstring(L, line, length);
  wipe(line, sizeof line);
  return answered;
}

/* The code point at *p, which is moved past it. An invalid byte counts as a character. */
static uint32_t next_character(const unsigned char **p) {
  static const unsigned char leads[] = {0xC0, 0xE0, 0xF0};
  const unsigned char lead = *(*p)++;
  int more = 0;
  while (more < 3 && lead >= leads[more])
    more++;
  uint32_t code = more == 0 ? lead : lead & (0x3Fu >> more);
  for (; more > 0 && (**p & 0xC0) == 0x80; more--)
    code = code << 6 | (*(*p)++ & 0x3Fu);
  return code;
}

/* == Columns ======================================================================== */

/* Pushes a UTF-8 locale for this Lua state, which leaves the process's locale alone. 0: not needed
** yet; LC_GLOBAL_LOCALE, which must not be freed: after its collection. [+1] */
static void push_locale(lua_State *L) {
  locale_t *utf8 = lua_newuserdata(L, sizeof *utf8);
  *utf8 = (locale_t)0;
  luaL_getmetatable(L, LOCALE);
  lua_setmetatable(L, -2);
}

static int l_free_locale(lua_State *L) {
  locale_t *utf8 = luaL_checkudata(L, 1, LOCALE);
  if (*utf8 != (locale_t)0 && *utf8 != LC_GLOBAL_LOCALE) freelocale(*utf8);
  *utf8 = LC_GLOBAL_LOCALE;
  return 0;
}

/* console.columns(text) -> the columns that a UTF-8 text takes on a terminal */
static int l_columns(lua_State *L) {
  locale_t *utf8 = lua_touserdata(L, lua_upvalueindex(1));
  size_t length;
  const unsigned char *p = (const unsigned char *)luaL_checklstring(L, 1, &length);
  const unsigned char *end = p + length;
  if (*utf8 == (locale_t)0) *utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
  const locale_t own = uselocale(*utf8); /* no change if it is 0, on a system without C.UTF-8 */
  lua_Integer columns = 0;
  while (p < end) {
    const int width = wcwidth((wchar_t)next_character(&p));
    columns += width > 0 ? width : 0;
  }
  uselocale(own);
  lua_pushinteger(L, columns);
  return 1;
}

__attribute__((visibility("default"))) int luaopen_sigmamind_console(lua_State *L);

int luaopen_sigmamind_console(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"open", l_open},
      {"interrupted", l_interrupted},
      {"is_terminal", l_is_terminal},
      {"is_pipe", l_is_pipe},
      {"width", l_width},
      {"ask", l_ask},
      {NULL, NULL},
  };
  luaL_newmetatable(L, LOCALE);
  lua_pushcfunction(L, l_free_locale);
  lua_setfield(L, -2, "__gc");
  lua_pop(L, 1);
  lua_newtable(L);
  for (const luaL_Reg *f = functions; f->name != NULL; f++) {
    lua_pushcfunction(L, f->func);
    lua_setfield(L, -2, f->name);
  }
  push_locale(L);
  lua_pushcclosure(L, l_columns, 1);
  lua_setfield(L, -2, "columns");
  return 1;
}
