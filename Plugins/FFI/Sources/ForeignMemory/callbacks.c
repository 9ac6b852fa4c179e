#include "foreign_memory.h"

// A NaN comes behind all numbers, so that the order is one.
#define COMPARE(name, type)                                                  \
  static int up_##name(const type *a, const type *b) {                       \
    return *a < *b ? -1 : *a > *b ? 1 : (*a != *a) - (*b != *b);             \
  }                                                                          \
  static int down_##name(const type *a, const type *b) {                     \
    return *a > *b ? -1 : *a < *b ? 1 : (*a != *a) - (*b != *b);             \
  }

COMPARE(i8, int8_t)
COMPARE(i16, int16_t)
COMPARE(i32, int32_t)
COMPARE(i64, int64_t)
COMPARE(u8, uint8_t)
COMPARE(u16, uint16_t)
COMPARE(u32, uint32_t)
COMPARE(u64, uint64_t)
COMPARE(f32, float)
COMPARE(f64, double)

#define CHOOSE(name) (void *)(descending ? down_##name : up_##name)

void *fm_compare(int code, int descending) {
  switch (code) {
    case FM_I8: return CHOOSE(i8);
    case FM_I16: return CHOOSE(i16);
    case FM_I32: return CHOOSE(i32);
    case FM_I64: return CHOOSE(i64);
    case FM_U8: return CHOOSE(u8);
    case FM_U16: return CHOOSE(u16);
    case FM_U32: return CHOOSE(u32);
    case FM_U64: return CHOOSE(u64);
    case FM_F32: return CHOOSE(f32);
    case FM_F64: return CHOOSE(f64);
    default: return 0;
  }
}

static long zero(void) { return 0; }

// Arguments in registers may be left where they are.
void *fm_zero(void) { return (void *)zero; }
