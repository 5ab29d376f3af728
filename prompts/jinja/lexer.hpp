#pragma once

#include "prompts/rendering.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace weir::prompts::jinja
{

enum class token_kind : std::uint8_t {
    text,         ///< as it stands, white space that tags take away gone
    begin_output, ///< {{
    end_output,   ///< }}
    begin_block,  ///< {%
    end_block,    ///< %}
    name,
    integer,
    real,
    string, ///< with its quotes
    symbol,
    end, ///< always the last
};

/// The text is a view of the source.
struct token {
    token_kind kind{};
    std::string_view text;
    std::size_t line = 0;
};

/// Comments are left out, and what is raw is text.
rendering<std::vector<token>> tokens_of(std::string_view source);

} // namespace weir::prompts::jinja
