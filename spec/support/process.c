/* process: POSIX functions for the specs. Built for each Lua by `make specs`. */

#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700 /* for posix_openpt */
#endif
#define _DARWIN_C_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <lauxlib.h>
#include <lua.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

/* fork() -> 0 in the child, its process id in the parent */
static int l_fork(lua_State *L) {
  lua_pushinteger(L, fork());
  return 1;
}

/* exit(ok): ends the process at once, with nothing flushed, closed or collected. Uses exec, because
** valgrind would report memory that a forked child abandons on purpose as leaks. */
static int l_exit(lua_State *L) {
  execl("/bin/sh", "sh", "-c", lua_toboolean(L, 1) ? "exit 0" : "exit 1", (char *)NULL);
  _exit(1);
}

/* wait(pid) -> exit code, or -1 if it did not exit by itself */
static int l_wait(lua_State *L) {
  int status;
  const pid_t ended = waitpid((pid_t)luaL_checkinteger(L, 1), &status, 0);
  lua_pushinteger(L, ended > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1);
  return 1;
}

/* limit_descriptors(count) -> whether the max number of this process's descriptors was set */
static int l_limit_descriptors(lua_State *L) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = (rlim_t)luaL_checkinteger(L, 1);
  lua_pushboolean(L, setrlimit(RLIMIT_NOFILE, &limit) == 0);
  return 1;
}

/* close(descriptor) */
static int l_close(lua_State *L) {
  lua_pushinteger(L, close((int)luaL_checkinteger(L, 1)));
  return 1;
}

/* without_getrandom() -> whether the system call getrandom fails with ENOSYS from now on, as on an
** old kernel or under a seccomp filter */
static int l_without_getrandom(lua_State *L) {
  int done = 0;
#ifdef SYS_getrandom
  struct sock_filter rules[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getrandom, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof rules / sizeof *rules, rules};
  done = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
#endif
  lua_pushboolean(L, done);
  return 1;
}

/* without_files(fn) -> the results of fn(), which must not raise, and cannot open files */
static int l_without_files(lua_State *L) {
  struct rlimit own, none;
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_settop(L, 1);
  getrlimit(RLIMIT_NOFILE, &own);
  none = own;
  none.rlim_cur = 0;
  setrlimit(RLIMIT_NOFILE, &none);
  lua_call(L, 0, LUA_MULTRET);
  setrlimit(RLIMIT_NOFILE, &own);
  return lua_gettop(L);
}

/* A sanitizer makes stack frames larger. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FRAMES 4
#else
#define FRAMES 1
#endif

static void *call(void *state) {
  lua_State *L = state;
  lua_pushboolean(L, lua_pcall(L, 0, 0, 0) == 0);
  return NULL;
}

/* in_thread(kilobytes, fn) -> true | false, error: calls fn() in a thread with a stack of this
** size, while this thread waits. A stack overflow ends the process. */
static int l_in_thread(lua_State *L) {
  pthread_attr_t attributes;
  pthread_t thread;
  const size_t size = (size_t)luaL_checkinteger(L, 1) * 1024 * FRAMES;
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, 2);
  pthread_attr_init(&attributes);
  int cause = pthread_attr_setstacksize(&attributes, size);
  if (cause == 0) cause = pthread_create(&thread, &attributes, call, L);
  pthread_attr_destroy(&attributes);
  if (cause != 0) return luaL_error(L, "no thread: %d", cause);
  pthread_join(thread, NULL);
  if (lua_toboolean(L, -1)) return 1;
  lua_insert(L, -2);
  return 2;
}

/* The max number of reads while a command runs on its terminal. */
#define LOOKS 2000
#define LOOK  10000 /* microseconds */

/* Runs a command in the shell, on a new terminal; *master is the caller's end of it. */
static pid_t start_on_terminal(const char *command, int *master) {
  *master = posix_openpt(O_RDWR | O_NOCTTY);
  if (*master < 0 || grantpt(*master) != 0 || unlockpt(*master) != 0) return -1;
  const pid_t pid = fork();
  if (pid != 0) return pid;
  setsid();
  const int terminal = open(ptsname(*master), O_RDWR);
  for (int fd = 0; fd <= 2; fd++)
    dup2(terminal, fd);
  close(*master);
  execl("/bin/sh", "sh", "-c", command, (char *)NULL);
  _exit(127);
}

/* Appends the available output to the text of *used bytes. */
static void read_more(int fd, char *text, size_t size, size_t *used) {
  fd_set readable;
  struct timeval patience = {0, LOOK};
  FD_ZERO(&readable);
  FD_SET(fd, &readable);
  if (select(fd + 1, &readable, NULL, NULL, &patience) <= 0 || *used + 1 >= size) return;
  const ssize_t got = read(fd, text + *used, size - *used - 1);
  *used += got > 0 ? (size_t)got : 0;
  text[*used] = '\0';
}

/* on_terminal(command, question, answer) -> code, echo, output: runs a command on a terminal, and
** types the answer once it prints the question; an answer that is a number is a signal, sent
** instead. `code` is the exit code, minus the signal that ended it, or nil if it did not end;
** `echo` is whether the terminal echoes in the end. */
static int l_on_terminal(lua_State *L) {
  const char *question = luaL_checkstring(L, 2);
  char seen[4096] = "";
  size_t used = 0;
  int master, status = 0;
  bool is_answered = false;
  struct termios modes;
  const pid_t pid = start_on_terminal(luaL_checkstring(L, 1), &master);
  if (pid < 0) return luaL_error(L, "no terminal");
  const int kept = open(ptsname(master), O_RDWR | O_NOCTTY); /* its modes outlive the command */
  pid_t ended = 0;
  for (int i = 0; i < LOOKS && ended == 0; i++) {
    read_more(master, seen, sizeof seen, &used);
    if (!is_answered && strstr(seen, question) != NULL) {
      is_answered = true;
      if (lua_type(L, 3) == LUA_TNUMBER)
        kill(pid, (int)lua_tointeger(L, 3));
      else
        (void)!write(master, lua_tostring(L, 3), strlen(lua_tostring(L, 3)));
    }
    ended = waitpid(pid, &status, WNOHANG);
  }
  if (ended == 0) {
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    lua_pushnil(L);
  } else {
    size_t before; /* the rest may come in several pieces */
    do {
      before = used;
      read_more(master, seen, sizeof seen, &used);
    } while (used > before);
    lua_pushinteger(L, WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
  }
  lua_pushboolean(L, tcgetattr(kept, &modes) == 0 && (modes.c_lflag & ECHO) != 0);
  lua_pushstring(L, seen);
  close(kept);
  close(master);
  return 3;
}

int luaopen_process(lua_State *L) {
  lua_newtable(L);
  lua_pushcfunction(L, l_fork);
  lua_setfield(L, -2, "fork");
  lua_pushcfunction(L, l_exit);
  lua_setfield(L, -2, "exit");
  lua_pushcfunction(L, l_close);
  lua_setfield(L, -2, "close");
  lua_pushcfunction(L, l_limit_descriptors);
  lua_setfield(L, -2, "limit_descriptors");
  lua_pushcfunction(L, l_wait);
  lua_setfield(L, -2, "wait");
  lua_pushcfunction(L, l_on_terminal);
  lua_setfield(L, -2, "on_terminal");
  lua_pushcfunction(L, l_without_getrandom);
  lua_setfield(L, -2, "without_getrandom");
  lua_pushcfunction(L, l_without_files);
  lua_setfield(L, -2, "without_files");
  lua_pushcfunction(L, l_in_thread);
  lua_setfield(L, -2, "in_thread");
  return 1;
}
