#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

namespace weir::storage
{

struct watched_range;

/// A file's bytes in memory, for reading, and room behind them for what it grows by. Those who ask for the same file
/// share it, so that its pages count once. What the disk cannot read, or was cut off, reads as zeros instead of ending
/// the process by SIGBUS; has_failed() says so from then on.
class file_mapping
{
public:
    /// For the bytes of an open file up to `needed`; null when the system refuses. Any thread.
    static std::shared_ptr<file_mapping const> of(int file, std::size_t needed);

    file_mapping(file_mapping const&) = delete;
    file_mapping& operator=(file_mapping const&) = delete;
    ~file_mapping();

    std::byte const* begin() const { return begin_; }
    std::size_t length() const { return length_; }
    bool has_failed() const;

private:
    file_mapping(int file, std::size_t length);

    std::byte* begin_ = nullptr;
    std::size_t length_;
    watched_range* watched_ = nullptr; ///< null: it could not be mapped or watched, so nobody is given it
};

} // namespace weir::storage
