#pragma once

#include "storage/errors.hpp"
#include "storage/ids.hpp"
#include "storage/request_record.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Bodies are stored in blocks, each with those of several calls, compressed as one: calls resemble each other, so a
/// block takes little more than half of what its bodies would take each for itself, and less time to make.
///
/// A block is the byte 2 and four sections: a directory, then all requests, all responses and all raw streams, so that
/// who looks for something in one kind of body unpacks that kind alone. A section is the length (8 bytes,
/// little-endian, as all numbers here) of what follows: a byte that says its form (0: as it is, 1: a zstd frame), and
/// its content. The directory has, for each call, its row id (8 bytes) and the lengths of its request, response and raw
/// stream (4 each).
///
/// Blocks made before are one such form and content alone, of a directory in which the texts stand behind each entry.
namespace weir::storage
{

enum class body_part : std::uint8_t { request, response, raw_stream };
inline constexpr std::size_t body_part_count = 3;

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

    bool empty() const { return calls_ == 0; }
    /// Whether another call would make the block larger than is good for reading a single one.
    bool is_full() const;

    /// The block's key: the greatest row id in it. Once all rows up to some id are gone, so may be the blocks up to it.
    row_id id() const { return greatest_; }

    /// The block, which is begun anew by this. Valid until the next call.
    std::string_view pack();

private:
    struct context;
    std::unique_ptr<context> context_;
    std::string directory_;
    std::array<std::string, body_part_count> texts_;
    std::string packed_;
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

    /// Reads a block's directory; the rest is unpacked as it is asked for, until when the block must stay as it is.
    /// Errors: damaged.
    result<void> open(std::string_view block);

    /// The calls of the block opened last.
    std::span<row_id const> calls() const { return calls_; }
    /// A text of one of them, which the next opening ends. Errors: as `find`.
    result<std::string_view> text(row_id id, body_part which);

private:
    result<void> open_sections(std::string_view block);
    result<void> open_whole(std::string_view block);

    struct context;
    struct section {
        std::string_view packed;
        std::string plain;
        std::optional<std::string_view> text; ///< once it is unpacked
    };
    struct place {
        std::uint64_t at = 0, size = 0;
    };

    std::unique_ptr<context> context_;
    std::string directory_;
    std::array<section, body_part_count> sections_;
    std::vector<row_id> calls_;
    std::vector<std::array<place, body_part_count>> places_; ///< of each call's texts in the sections
};

} // namespace weir::storage
