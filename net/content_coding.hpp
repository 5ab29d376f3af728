#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace weir::net
{

/// Undoes a Content-Encoding (gzip, deflate, br, zstd, or several applied in turn), piece by piece. For copies, off the
/// network threads.
class content_decoder
{
public:
    virtual ~content_decoder() = default;

    /// Decodes the next piece, appending to `out`. False when the bytes are not what they should be, or when `out`
    /// would pass `limit`; what could be decoded stands in `out`.
    virtual bool decode(std::string_view piece, std::string& out, std::size_t limit) = 0;

    /// Whether what came so far is all of it, and nothing else.
    virtual bool is_complete() const = 0;

    /// For a Content-Encoding value; none when weir does not know it.
    static std::unique_ptr<content_decoder> make(std::string_view content_encoding);
};

} // namespace weir::net
