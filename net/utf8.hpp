#pragma once

#include <cstddef>
#include <string_view>

namespace weir::net
{

/// The length of the well-formed UTF-8 sequence (RFC 3629) with which a text that is not empty begins; 0 when it begins
/// with none.
std::size_t utf8_length(std::string_view text);

} // namespace weir::net
