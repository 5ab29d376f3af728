#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Content codings the other way round, for tests.
namespace weir::test
{

enum class wrapping { gzip, zlib, none };
std::string deflated(std::string_view text, wrapping in);
/// One element for each of `parts`, flushed; the last with the stream's end.
std::vector<std::string> deflated_in_flushes(std::vector<std::string> const& parts, wrapping in);
std::string zstd(std::string_view text);
std::string brotli(std::string_view text);

} // namespace weir::test
