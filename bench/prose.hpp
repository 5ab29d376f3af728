#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace weir::bench
{

/// Text that compresses about as English does: words of a list, as often as Zipf's law says, in sentences, with a
/// number here and there. The same seed makes the same text.
class prose
{
public:
    explicit prose(std::uint64_t seed);

    /// Sentences, cut off after so many bytes.
    std::string text(std::size_t bytes);

    /// Any number below `limit`.
    std::uint64_t number(std::uint64_t limit)
    {
        return std::uniform_int_distribution<std::uint64_t>(0, limit - 1)(bits_);
    }

private:
    std::string word();

    std::mt19937_64 bits_;
    std::vector<std::string_view> words_;
    std::discrete_distribution<std::size_t> rank_;
    std::vector<std::size_t> followers_; // of each word: the one that most often comes after it
    std::size_t last_ = 0;
};

/// An OpenAI chat call of 1.5 KB.
std::string chat_request(prose& from, bool stream);

/// What such a call is answered with: 1.2 KB.
std::string chat_response(prose& from);

} // namespace weir::bench
