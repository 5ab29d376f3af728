#pragma once

#include "mock/knobs.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::mock
{

/// The number of runs of characters that are not ASCII white space. This is what the mock calls a token.
std::uint64_t count_words(std::string_view text);

/// `text` up to `max_bytes`, not ending within a UTF-8 character.
std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes);

/// The text of an answer, cut into the chunks of a stream.
///
/// A chunk is a run of whole words, each with the white space before it, so that all chunks in order are the text.
/// With the knob `chunks` above the number of words, made-up words follow until there is one for each chunk; they are
/// made when asked for, so that a stream of any length takes no memory.
class answer_text
{
public:
    answer_text(std::string text, knobs const& asked);

    std::uint64_t words() const { return words_; }

    std::uint64_t chunks() const { return chunks_; }

    /// Chunk `index`, counted from 0.
    std::string chunk(std::uint64_t index) const;

    /// All chunks in one.
    std::string whole() const;

private:
    std::string text_;
    std::vector<std::size_t> ends_; // of each word within text_
    std::uint64_t words_;
    std::uint64_t chunks_;
    std::string filler_;
};

/// `text` in pieces of about `bytes` bytes that do not end within a UTF-8 character.
std::vector<std::string> fragments(std::string_view text, std::size_t bytes);

} // namespace weir::mock
