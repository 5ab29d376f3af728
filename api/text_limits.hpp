#pragma once

#include "api/failure.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace weir::api
{

/// What is wrong with a text that is to be stored or looked for: longer than so many bytes, or with a NUL, which no
/// text in the store has. `field` names it by its path.
inline std::optional<failure> problem_with_text(std::string_view field, std::string_view text, std::size_t longest)
{
    if (text.size() > longest)
        return invalid(std::string(field) + ": is longer than " + std::to_string(longest) + " bytes");
    if (text.find('\0') != text.npos) return invalid(std::string(field) + ": contains a NUL character");
    return std::nullopt;
}

} // namespace weir::api
