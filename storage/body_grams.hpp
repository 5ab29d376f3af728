#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::storage
{

/// Runs of three bytes of folded text, as the index of bodies knows them: each by a number of 20 bits. Some share one.
class gram_set
{
public:
    gram_set();

    /// Adds those of a text, case ignored.
    void add(std::string_view text);

    /// As words for a full-text index, in the order of their numbers; at most `most`. The set is empty afterwards.
    std::string take_words(std::size_t most = SIZE_MAX);

private:
    std::string folded_;
    std::vector<std::uint64_t> bits_;
};

/// Adds what every text has that is as the LIKE pattern says.
void add_grams_of_pattern(std::string_view pattern, gram_set& to);

} // namespace weir::storage
