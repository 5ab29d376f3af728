#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace weir::storage
{

/// What a long comparison asks now and then whether it shall end early.
struct interruption {
    int (*asked)(void*) = nullptr; ///< other than 0: end
    void* with = nullptr;

    bool wanted() const { return asked && asked(with) != 0; }
};

/// Whether all of `text` is as SQL's LIKE pattern says: `%` is any run of characters, `_` one character, `\` takes the
/// next one literally. Both are UTF-8; `ignore_case` compares the lower-case forms of single characters, in any script.
/// Takes time in proportion to the product of the lengths at worst, and no memory; none when it was interrupted.
std::optional<bool> is_like(std::string_view text, std::string_view pattern, bool ignore_case,
                            interruption const& early = {});

/// Appends a text as `is_like` sees it when case is ignored: what is a part of the one is a part of the other.
void append_folded(std::string_view text, std::string& to);

} // namespace weir::storage
