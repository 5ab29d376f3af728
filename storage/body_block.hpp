#pragma once

#include "storage/errors.hpp"
#include "storage/ids.hpp"
#include "storage/request_record.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Bodies are stored in blocks, each with those of several calls, compressed as one: calls resemble each other, so a
/// block takes little more than half of what its bodies would take each for itself, and less time to make.
///
/// A block is one byte that says its form (0: as it is, 1: a zstd frame), then, for each call, its row id (8 bytes,
/// little-endian), the lengths of request, response and raw stream (4 bytes each), and these texts.
namespace weir::storage
{

/// Makes blocks. One thread.
class body_packer
{
public:
    body_packer();
    ~body_packer();
    body_packer(body_packer&&) noexcept;
    body_packer& operator=(body_packer&&) noexcept;

    /// Takes a copy. Bodies longer than 4 GiB are cut there.
    void add(row_id id, bodies const& of);

    bool empty() const { return plain_.empty(); }
    /// Whether another call would make the block larger than is good for reading a single one.
    bool is_full() const;

    /// The block's key: the greatest row id in it. Once all rows up to some id are gone, so may be the blocks up to it.
    row_id id() const { return greatest_; }

    /// The block, which is begun anew by this. Valid until the next call.
    std::string_view pack();

private:
    struct context;
    std::unique_ptr<context> context_;
    std::string plain_, packed_;
    std::size_t calls_ = 0;
    row_id greatest_{};
};

/// Reads blocks. One thread.
class body_unpacker
{
public:
    body_unpacker();
    ~body_unpacker();
    body_unpacker(body_unpacker&&) noexcept;
    body_unpacker& operator=(body_unpacker&&) noexcept;

    /// The bodies of one call. Errors: not_found, damaged.
    result<bodies> find(std::string_view block, row_id id);

    /// Unpacks a block, for `at`. Errors: damaged.
    result<void> open(std::string_view block);
    /// The bodies of one call of the block opened last, as views that the next opening ends. Errors: as `find`.
    struct views {
        std::string_view request, response, raw_stream;
    };
    result<views> at(row_id id) const;

    /// All of its calls, likewise.
    struct call {
        row_id id;
        views texts;
    };
    std::span<call const> calls() const { return calls_; }

private:
    result<void> unpack(std::string_view block);
    result<void> list_calls();

    struct context;
    std::unique_ptr<context> context_;
    std::string plain_;
    std::vector<call> calls_; ///< of `plain_`
};

} // namespace weir::storage
