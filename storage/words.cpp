#include "storage/words.hpp"

#include "storage/like.hpp"

#include <algorithm>
#include <utility>

namespace weir::storage
{
namespace
{

/// How many bytes from here on part words: punctuation and blanks, of ASCII and the commonest of Unicode.
std::size_t separator_at(std::string_view text)
{
    auto const byte = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0; };
    auto const first = byte(0);
    bool const is_alphanumeric =
        (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') || (first >= '0' && first <= '9');
    if (first < 0x80) return is_alphanumeric ? 0 : 1;
    if (first == 0xC2 && byte(1) <= 0xBF) return 2;                    // up to U+00BF
    if (first == 0xE2 && byte(1) == 0x80) return 3;                    // U+2000 to U+203F
    if (first == 0xE3 && byte(1) == 0x80 && byte(2) <= 0x9F) return 3; // U+3000 to U+301F
    return 0;
}

bool is_word_like(std::string const& word, std::string const& sought, bool is_last)
{
    // Scripts that do not part words have them anywhere in a run.
    bool const is_ascii = std::ranges::all_of(sought, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (!is_ascii) return word.find(sought) != word.npos;
    return is_last ? word.starts_with(sought) : word == sought;
}

} // namespace

std::vector<std::string> words_of(std::string_view text)
{
    std::string folded;
    append_folded(text, folded);
    std::vector<std::string> words;
    std::string_view rest = folded;
    std::string word;
    while (!rest.empty()) {
        auto const gap = separator_at(rest);
        if (gap == 0) word += rest.front();
        if (gap != 0 && !word.empty()) words.push_back(std::exchange(word, {}));
        rest.remove_prefix(std::max<std::size_t>(1, std::min(gap, rest.size())));
    }
    if (!word.empty()) words.push_back(std::move(word));
    return words;
}

bool has_words(std::vector<std::string> const& words, std::vector<std::string> const& sought)
{
    for (std::size_t i = 0; i < sought.size(); ++i) {
        bool const is_last = i + 1 == sought.size();
        if (std::ranges::none_of(words, [&](auto const& word) { return is_word_like(word, sought[i], is_last); }))
            return false;
    }
    return true;
}

} // namespace weir::storage
