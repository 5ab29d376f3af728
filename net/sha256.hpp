#pragma once

#include <array>
#include <string_view>

namespace weir::net
{

/// SHA-256 (FIPS 180-4) of some bytes. Any thread.
std::array<unsigned char, 32> sha256(std::string_view bytes);

} // namespace weir::net
