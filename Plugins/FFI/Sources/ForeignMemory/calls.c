#define _GNU_SOURCE
#include "foreign_memory.h"

#include <dlfcn.h>
#include <errno.h>
#include <ffi.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct fm_prepared {
  ffi_cif cif;
  ffi_type *arguments[];
};

void *fm_type(int code) {
  switch (code) {
    case FM_VOID: return &ffi_type_void;
    case FM_I8: return &ffi_type_sint8;
    case FM_I16: return &ffi_type_sint16;
    case FM_I32: return &ffi_type_sint32;
    case FM_I64: return &ffi_type_sint64;
    case FM_U8: return &ffi_type_uint8;
    case FM_U16: return &ffi_type_uint16;
    case FM_U32: return &ffi_type_uint32;
    case FM_U64: return &ffi_type_uint64;
    case FM_F32: return &ffi_type_float;
    case FM_F64: return &ffi_type_double;
    default: return &ffi_type_pointer;
  }
}

void *fm_structure(void *const *members, size_t count) {
  ffi_type *type = calloc(1, sizeof *type + (count + 1) * sizeof(ffi_type *));
  if (!type) return NULL;
  type->type = FFI_TYPE_STRUCT;
  type->elements = (ffi_type **)(type + 1);
  for (size_t i = 0; i < count; i++) type->elements[i] = members[i];
  return type;
}

int fm_layout(void *structure, size_t *offsets, size_t *size, size_t *alignment) {
  ffi_type *type = structure;
  if (ffi_get_struct_offsets(FFI_DEFAULT_ABI, type, offsets) != FFI_OK) return -1;
  *size = type->size;
  *alignment = type->alignment;
  return 0;
}

fm_prepared *fm_prepare(void *result, void *const *arguments, unsigned count, unsigned fixed, int *status) {
  fm_prepared *prepared = calloc(1, sizeof *prepared + count * sizeof(ffi_type *));
  *status = -1;
  if (!prepared) return NULL;
  for (unsigned i = 0; i < count; i++) prepared->arguments[i] = arguments[i];
  *status = fixed == count
                ? (int)ffi_prep_cif(&prepared->cif, FFI_DEFAULT_ABI, count, result, prepared->arguments)
                : (int)ffi_prep_cif_var(&prepared->cif, FFI_DEFAULT_ABI, fixed, count, result, prepared->arguments);
  if (*status == FFI_OK) return prepared;
  free(prepared);
  return NULL;
}

void fm_unprepare(fm_prepared *prepared) { free(prepared); }

int fm_call(fm_prepared *prepared, void *function, void *result, void **values) {
  errno = 0;
  ffi_call(&prepared->cif, FFI_FN(function), result, values);
  return errno;
}

const char *fm_errno_name(int number) { return strerrorname_np(number); }
const char *fm_signal_name(int number) { return sigabbrev_np(number); }
void *fm_own_function(const char *name) { return dlsym(RTLD_DEFAULT, name); }

void *fm_open(const char *path, const char **problem) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  *problem = library ? NULL : dlerror();
  return library;
}

void *fm_find(void *library, const char *symbol, const char **problem) {
  dlerror();
  void *found = dlsym(library, symbol);
  *problem = dlerror();
  return *problem ? NULL : found;
}
