#include "gateway/multipart.hpp"

#include <cstdint>
#include <cstdlib>

namespace
{

std::string describe(std::string_view body, std::size_t piece)
{
    weir::gateway::multipart_digest digest("b", 200);
    for (std::size_t i = 0; i < body.size(); i += piece) digest.add(body.substr(i, piece));
    return digest.describe();
}

} // namespace

/// A form means the same whatever the pieces it comes in.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size < 2 || size > 16'000) return 0; // beyond it, how an endless head ends depends on the pieces
    std::string_view const body{reinterpret_cast<char const*>(data) + 1, size - 1};
    if (describe(body, body.size()) != describe(body, 1U + data[0])) std::abort();
    return 0;
}
