/* object: what every object of the core shares, its class and its way to fail. */
#ifndef SIGMAMIND_OBJECT_H
#define SIGMAMIND_OBJECT_H

#include "compat.h"

/* Pushes nil, message, kind, and returns 3: `return failure(L, "closed", "page is closed")`. The
** kinds are those of the Lua layer's error objects. */
int failure(lua_State *L, const char *kind, const char *message);

typedef struct object_type {
  const char *name;
  const luaL_Reg *methods; /* besides close; NULL: there are none */
  lua_CFunction close;     /* also __close; may be called again */
  lua_CFunction gc; /* frees what C holds, even of an object whose making failed half way; NULL */
  lua_CFunction tostring;
  const char *fields;  /* the names of its fields, for messages; NULL: it has none */
  lua_CFunction field; /* (object, name) -> value | nothing, for a name that is no field; NULL */
} object_type;

/* Makes the type's metatable. Its functions have it as their first upvalue, and behind it the
** values on top of the stack. [-upvalues] */
void object_register(lua_State *L, const object_type *type, int upvalues);

/* The object that a method was called on; raises when it is another value. */
void *object_self(lua_State *L, const char *name);

/* Makes the metatable of the new userdata on top of the stack that of the type. [0] */
void object_set_type(lua_State *L, const char *name);

#endif
