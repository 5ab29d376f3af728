#pragma once

#include "mock/knobs.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace weir::mock
{

/// Compresses a body piece by piece, each so that it can be decoded as soon as it is there.
class encoder
{
public:
    /// `none` and `gzip_label_only` pass everything through unchanged.
    explicit encoder(encoding how);
    ~encoder();
    encoder(encoder const&) = delete;
    encoder& operator=(encoder const&) = delete;

    std::string encode(std::string piece);

    /// What is left to be sent when the body is complete.
    std::string finish();

private:
    struct state;
    std::unique_ptr<state> state_;
};

/// The value of Content-Encoding that the head shows; empty for none.
std::string_view content_encoding(encoding how);

} // namespace weir::mock
