#include "mock/words.hpp"

#include <algorithm>

namespace weir::mock
{
namespace
{

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::vector<std::size_t> word_ends(std::string_view text)
{
    std::vector<std::size_t> ends;
    for (std::size_t i = 1; i <= text.size(); ++i)
        if (!is_space(text[i - 1]) && (i == text.size() || is_space(text[i]))) ends.push_back(i);
    if (ends.empty()) ends.push_back(text.size());
    ends.back() = text.size(); // white space at the end belongs to the last word
    return ends;
}

} // namespace

std::uint64_t count_words(std::string_view text)
{
    std::uint64_t count = 0;
    bool in_word = false;
    for (char const c : text) {
        auto const space = is_space(c);
        if (!space && !in_word) ++count;
        in_word = !space;
    }
    return count;
}

std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes)
{
    if (text.size() <= max_bytes) return text;
    auto end = max_bytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return text.substr(0, end);
}

answer_text::answer_text(std::string text, knobs const& asked)
    : text_(std::move(text))
    , ends_(word_ends(text_))
    , words_(std::max<std::uint64_t>(ends_.size(), asked.chunks))
    , chunks_(asked.chunks ? asked.chunks : ends_.size())
{
    filler_ = " ";
    while (filler_.size() < std::max<std::uint64_t>(asked.filler_bytes, 2))
        filler_ += "mocks"[(filler_.size() - 1) % 5];
}

std::string answer_text::chunk(std::uint64_t index) const
{
    auto first = words_ * index / chunks_;
    auto const last = words_ * (index + 1) / chunks_;
    std::string result;
    if (first < ends_.size()) {
        auto const begin = first == 0 ? 0 : ends_[first - 1];
        auto const end_word = std::min<std::uint64_t>(last, ends_.size());
        result = text_.substr(begin, ends_[end_word - 1] - begin);
        first = end_word;
    }
    for (; first < last; ++first) result += filler_;
    return result;
}

std::string answer_text::whole() const
{
    auto result = text_;
    for (std::uint64_t i = ends_.size(); i < words_; ++i) result += filler_;
    return result;
}

std::vector<std::string> fragments(std::string_view text, std::size_t bytes)
{
    std::vector<std::string> result;
    while (!text.empty()) {
        auto piece = utf8_prefix(text, bytes);
        if (piece.empty()) piece = text.substr(0, bytes);
        result.emplace_back(piece);
        text.remove_prefix(piece.size());
    }
    return result;
}

} // namespace weir::mock
