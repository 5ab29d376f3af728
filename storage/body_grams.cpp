#include "storage/body_grams.hpp"

#include "storage/like.hpp"

#include <algorithm>
#include <bit>

namespace weir::storage
{
namespace
{

constexpr unsigned gram_bits = 20, word_bits = 64;
constexpr std::size_t gram_length = 3;

/// A text has a few thousand of the 16 million runs that there could be.
std::uint32_t number_of(char const* gram)
{
    auto const byte = [gram](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(gram[i])}; };
    constexpr std::uint32_t golden_ratio = 0x9E3779B1;
    return (byte(0) | byte(1) << 8U | byte(2) << 16U) * golden_ratio >> (32 - gram_bits);
}

void append_word(std::size_t number, std::string& to)
{
    constexpr char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
    constexpr unsigned digit_bits = 5;
    for (unsigned shift = 0; shift < gram_bits; shift += digit_bits) to += digits[number >> shift & 31U];
    to += ' ';
}

} // namespace

gram_set::gram_set()
    : bits_((std::size_t{1} << gram_bits) / word_bits)
{
}

void gram_set::add(std::string_view text)
{
    folded_.clear();
    append_folded(text, folded_);
    for (std::size_t i = 0; i + gram_length <= folded_.size(); ++i) {
        auto const number = number_of(folded_.data() + i);
        bits_[number / word_bits] |= std::uint64_t{1} << (number % word_bits);
    }
}

std::string gram_set::take_words(std::size_t most)
{
    std::string words;
    for (std::size_t at = 0; at < bits_.size(); ++at)
        for (auto& left = bits_[at]; left != 0 && most > 0; left &= left - 1, --most)
            append_word(at * word_bits + static_cast<std::size_t>(std::countr_zero(left)), words);
    std::ranges::fill(bits_, 0);
    return words;
}

void add_grams_of_pattern(std::string_view pattern, gram_set& to)
{
    std::string run;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == '%' || pattern[i] == '_') {
            to.add(run);
            run.clear();
            continue;
        }
        if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
        run += pattern[i];
    }
    to.add(run);
}

} // namespace weir::storage
