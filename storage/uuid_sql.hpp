#pragma once

/// The SQL expression for the text, lower-case 8-4-4-4-12, of a UUID that is kept as its bytes. A macro, since the
/// tables of columns are put together by the compiler.
#define WEIR_UUID_TEXT(id)                                                                                             \
    "lower(substr(hex(" id "),1,8)||'-'||substr(hex(" id "),9,4)||'-'||substr(hex(" id "),13,4)||'-'||substr(hex(" id  \
    "),17,4)||'-'||substr(hex(" id "),21))"
