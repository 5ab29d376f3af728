#pragma once

#include <string>
#include <string_view>

namespace weir::net
{

/// HMAC-SHA-256 in lower-case hexadecimal.
std::string hmac_sha256(std::string_view key, std::string_view text);

} // namespace weir::net
