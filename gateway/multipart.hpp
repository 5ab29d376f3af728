#pragma once

#include "gateway/digest.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::gateway
{

/// Observes a multipart body (RFC 7578) as it passes, in pieces of any size: keeps the fields' values, and of files the
/// name, type, size and SHA-256. Memory is bounded whatever the body is.
class multipart_digest
{
public:
    /// `boundary`: without the leading dashes. `most_text`: bytes of field values kept in all.
    multipart_digest(std::string_view boundary, std::size_t most_text);

    void add(std::string_view piece);

    /// Keeps no further bytes of values, as if `most_text` were reached.
    void keep_no_more() { most_text_ = kept_text_; }

    /// A JSON object with a member for each name: a text for a field, an object {filename, content_type, size, sha256}
    /// for a file, an array where a name repeats.
    std::string describe();

    /// Whether a field's value was cut to `most_text`.
    bool is_truncated() const { return truncated_; }
    /// Bytes of names and field values that are kept.
    std::size_t text_bytes() const { return kept_text_ + kept_names_; }

private:
    static constexpr std::size_t most_head = 16 * 1024, most_parts = 1000, most_name = 512;

    struct part {
        std::string name, filename, content_type, value;
        bool is_file = false;
        std::uint64_t size = 0;
        std::optional<sha256> hash;
        std::string hash_hex;
    };
    enum class stage : unsigned char { preamble, head, body, after_boundary, done };

    std::size_t step(std::string_view bytes);
    void begin_part(std::string_view head);
    std::string kept(std::string_view name);
    void end_part();
    void add_content(std::string_view bytes);

    std::string const delimiter_; ///< CRLF, two dashes, the boundary
    std::size_t most_text_;
    stage stage_ = stage::preamble;
    std::string held_; ///< bytes whose meaning needs more to come
    std::vector<part> parts_;
    std::size_t kept_text_ = 0, kept_names_ = 0;
    bool truncated_ = false;
};

} // namespace weir::gateway
