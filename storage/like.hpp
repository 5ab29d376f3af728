#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace weir::storage
{

/// What a long comparison asks now and then whether it shall end early.
struct interruption {
    int (*asked)(void*) = nullptr; ///< other than 0: end
    void* with = nullptr;

    bool wanted() const { return asked && asked(with) != 0; }
};

/// Whether all of `text` is as SQL's LIKE pattern says: `%` is any run of characters, `_` one character, `\` takes the
/// next one literally. Both are UTF-8; `ignore_case` compares the lower-case forms of single characters, in any script.
/// Takes time in proportion to the product of the lengths at worst, and no memory; none when it was interrupted.
std::optional<bool> is_like(std::string_view text, std::string_view pattern, bool ignore_case,
                            interruption const& early = {});

/// A pattern that many texts are compared with: one of a literal between, behind or before '%' alone is looked for byte
/// by byte.
class like_pattern
{
public:
    like_pattern(std::string pattern, bool ignore_case);

    /// As is_like says.
    std::optional<bool> fits(std::string_view text, interruption const& early) const;

    /// The first place of some bytes at which a text may begin, or go on, that stands there and fits; npos where none
    /// does.
    std::size_t find_within(std::string_view bytes) const;

private:
    bool has_literal(std::string_view text) const;
    std::size_t find_literal(std::string_view bytes) const;
    std::size_t find_literal_in_lanes(std::string_view bytes) const;
    bool is_literal_at(char const* text) const;

    std::string pattern_;
    bool ignore_case_;
    bool is_literal_ = false;                          ///< but for '%' at its ends
    bool begins_anyhow_ = false, ends_anyhow_ = false; ///< with '%'
    bool may_be_other_bytes_ = false;                  ///< a character beyond ASCII may be one of the literal's
    std::string literal_{};
    std::array<unsigned char, 256> folded_{}; ///< of each byte
    std::array<unsigned char, 256> skip_{};   ///< how far the next place is when that byte is last (Horspool's)
};

/// Appends a text as `is_like` sees it when case is ignored: what is a part of the one is a part of the other.
void append_folded(std::string_view text, std::string& to);

} // namespace weir::storage
