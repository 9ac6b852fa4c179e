#include "cffi.h"

#include <ffi.h>
#include <stdlib.h>
#include <string.h>

struct cffi_signature {
  ffi_cif cif;
  int32_t result;
  ffi_type *arguments[];
};

struct cffi_thunk {
  ffi_closure *closure;
  void *function;
  const cffi_signature *signature;
  cffi_handler handler;
  void *context;
};

static ffi_type *bytes_members[] = {&ffi_type_pointer, &ffi_type_uint64, NULL};
// Complete, so that libffi has nothing to write here.
static ffi_type bytes_type = {.size = 16, .alignment = 8, .type = FFI_TYPE_STRUCT, .elements = bytes_members};

static ffi_type *type_of(int32_t code) {
  switch (code) {
    case CFFI_I32: return &ffi_type_sint32;
    case CFFI_U32: return &ffi_type_uint32;
    case CFFI_I64: return &ffi_type_sint64;
    case CFFI_U64: return &ffi_type_uint64;
    case CFFI_F64: return &ffi_type_double;
    case CFFI_POINTER: return &ffi_type_pointer;
    case CFFI_BYTES: return &bytes_type;
    default: return NULL;
  }
}

cffi_signature *cffi_signature_new(int32_t result, const int32_t *arguments, uint32_t count, const char **problem) {
  // Results are words; a struct or a number with a fraction would come elsewhere.
  ffi_type *result_type = result == CFFI_VOID ? &ffi_type_void : type_of(result);
  if (!result_type || result == CFFI_BYTES || result == CFFI_F64) {
    *problem = "no such result";
    return NULL;
  }
  if (count > CFFI_MOST_ARGUMENTS) {
    *problem = "too many arguments";
    return NULL;
  }
  cffi_signature *signature = calloc(1, sizeof *signature + (count + 1) * sizeof(ffi_type *));
  if (!signature) {
    *problem = "no memory";
    return NULL;
  }
  signature->result = result;
  for (uint32_t i = 0; i < count; i++) {
    signature->arguments[i] = type_of(arguments[i]);
    if (!signature->arguments[i]) {
      // libffi takes a void argument and calls with garbage.
      *problem = "no such argument";
      free(signature);
      return NULL;
    }
  }
  if (ffi_prep_cif(&signature->cif, FFI_DEFAULT_ABI, count, result_type, signature->arguments) != FFI_OK) {
    *problem = "libffi does not take the signature";
    free(signature);
    return NULL;
  }
  return signature;
}

void cffi_signature_free(cffi_signature *signature) { free(signature); }

static uint64_t widened(int32_t type, ffi_arg value) {
  switch (type) {
    case CFFI_VOID: return 0;
    case CFFI_I32: return (uint64_t)(int64_t)(int32_t)value;
    case CFFI_U32: return (uint32_t)value;
    default: return value;
  }
}

uint64_t cffi_call(const cffi_signature *signature, const void *function, void **values) {
  ffi_arg result = 0;
  ffi_call((ffi_cif *)&signature->cif, FFI_FN(function), &result, values);
  return widened(signature->result, result);
}

static void enter(ffi_cif *cif, void *result, void **arguments, void *user) {
  (void)cif;
  cffi_thunk *thunk = user;
  uint64_t value = 0;
  thunk->handler(thunk->context, &value, arguments);
  if (thunk->signature->result != CFFI_VOID) *(ffi_arg *)result = widened(thunk->signature->result, value);
}

cffi_thunk *cffi_thunk_new(const cffi_signature *signature, cffi_handler handler, void *context, const char **problem) {
  cffi_thunk *thunk = calloc(1, sizeof *thunk);
  if (!thunk) {
    *problem = "no memory";
    return NULL;
  }
  void *function = NULL;

  thunk->closure = ffi_closure_alloc(sizeof(ffi_closure), &function);
  if (!thunk->closure || !function) {
    *problem = "the system allows no code that is made at run time";
    if (thunk->closure) ffi_closure_free(thunk->closure);
    free(thunk);
    return NULL;
  }
  thunk->function = function;
  thunk->signature = signature;
  thunk->handler = handler;
  thunk->context = context;
  if (ffi_prep_closure_loc(thunk->closure, (ffi_cif *)&signature->cif, enter, thunk, function) != FFI_OK) {
    *problem = "libffi makes no function of the signature";
    cffi_thunk_free(thunk);
    return NULL;
  }
  return thunk;
}

const void *cffi_thunk_function(const cffi_thunk *thunk) { return thunk->function; }

void cffi_thunk_free(cffi_thunk *thunk) {
  ffi_closure_free(thunk->closure);
  free(thunk);
}
