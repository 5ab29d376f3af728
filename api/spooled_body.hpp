#pragma once

#include "storage/errors.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace weir::api
{

/// Bytes in a file without a name, for bodies that are too long to be held: they take no memory of weir's, and are gone
/// with this. Written by one thread, then read by any.
class spooled_body
{
public:
    /// An empty one on the file system of `folder`. errc::io when no file can be made there.
    static storage::result<std::shared_ptr<spooled_body>> make(std::string const& folder);

    spooled_body(spooled_body const&) = delete;
    spooled_body& operator=(spooled_body const&) = delete;
    ~spooled_body();

    /// errc::full when the disk is, errc::io when it cannot be written; then nothing of it may be read.
    storage::result<void> append(std::string_view bytes);

    /// All that was appended, as long as this lives; nothing may be appended afterwards. errc::io when that cannot be.
    storage::result<std::string_view> text();

private:
    explicit spooled_body(int file)
        : file_(file)
    {
    }

    int file_;
    std::size_t size_ = 0;
    void* mapped_ = nullptr;
};

} // namespace weir::api
