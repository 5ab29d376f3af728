#pragma once

#include <string_view>

namespace weir::storage
{

/// Whether all of `text` is as SQL's LIKE pattern says: `%` is any run of characters, `_` one character, `\` takes the
/// next one literally. Both are UTF-8; `ignore_case` compares the lower-case forms of single characters, in any script.
/// Takes time in proportion to the product of the lengths at worst, and no memory.
bool is_like(std::string_view text, std::string_view pattern, bool ignore_case);

} // namespace weir::storage
