// libffi for the host: calls of functions whose signature is data, and functions that are made at run time. For code that
// looks at plugins; what runs tasks calls hooks as the C functions that they are.
#ifndef CFFI_H
#define CFFI_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

enum {
  CFFI_VOID, CFFI_I32, CFFI_U32, CFFI_I64, CFFI_U64, CFFI_F64, CFFI_POINTER,
  CFFI_BYTES,   // a struct of a pointer and a size_t, by value
};
#define CFFI_MOST_ARGUMENTS 32u

// What a function takes and gives. It lives until it is freed, after all its thunks.
typedef struct cffi_signature cffi_signature;
// NULL: `problem` says why.
cffi_signature *_Nullable cffi_signature_new(int32_t result, const int32_t *_Nullable arguments, uint32_t count,
                                             const char *_Nullable *_Nonnull problem);
void cffi_signature_free(cffi_signature *signature);

// values[i] points at argument i. The result with its sign, in 64 bits; 0 for void.
uint64_t cffi_call(const cffi_signature *signature, const void *function, void *_Nullable *_Nullable values);

// What a thunk does: arguments[i] points at argument i; the result goes to `result`, 0 before. On any thread.
typedef void (*cffi_handler)(void *_Nullable context, uint64_t *result, void *_Nullable *_Nullable arguments);
typedef struct cffi_thunk cffi_thunk;
// A function with this signature that calls `handler`. NULL: `problem` says why; so it is where the system allows no code that
// is made at run time. The first one maps memory that is writable and executable.
cffi_thunk *_Nullable cffi_thunk_new(const cffi_signature *signature, cffi_handler handler, void *_Nullable context,
                                     const char *_Nullable *_Nonnull problem);
const void *cffi_thunk_function(const cffi_thunk *thunk);
// Nobody may have its function any more.
void cffi_thunk_free(cffi_thunk *thunk);

#pragma clang assume_nonnull end

#endif
