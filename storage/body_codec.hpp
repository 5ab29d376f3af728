#pragma once

#include "storage/errors.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace weir::storage
{

/// How a body stands in the store: one byte that names the form, then the text as it is or as a zstd frame. For one
/// thread at a time.
class body_codec
{
public:
    body_codec();
    ~body_codec();
    body_codec(body_codec&&) noexcept;
    body_codec& operator=(body_codec&&) noexcept;

    /// The stored form. Valid until the next call.
    std::string_view encode(std::string_view text);

    /// The text of a stored form; errc::damaged when it is none.
    result<std::string> decode(std::string_view stored);

private:
    struct contexts;
    std::unique_ptr<contexts> contexts_;
};

} // namespace weir::storage
