#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::gateway
{

/// Content codings the other way round, for tests.
enum class wrapping { gzip, zlib, none };
std::string deflated(std::string_view text, wrapping in);
/// One element for each of `parts`, the last with the stream's end.
std::vector<std::string> deflated_in_flushes(std::vector<std::string> const& parts, wrapping in);
std::string zstd(std::string_view text);
/// As uncompressed meta-blocks, or, for a text of one byte repeated, compressed well: libbrotlidec has no encoder.
std::string brotli(std::string_view text);

} // namespace weir::gateway
