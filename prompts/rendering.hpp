#pragma once

#include <boost/system/result.hpp>

#include <cstddef>
#include <string>
#include <utility>

namespace weir::prompts
{

/// Why a template cannot be rendered. The text names the construct and is meant for whoever wrote the template.
struct template_error {
    std::string what;
    std::size_t line = 0; ///< counts from 1; 0: none in particular

    template_error() = default; // boost::system::result asks for it
    template_error(std::string w, std::size_t l)
        : what(std::move(w))
        , line(l)
    {
    }

    /// "line 3: `macro` is not supported".
    std::string text() const { return line == 0 ? what : "line " + std::to_string(line) + ": " + what; }
};

template <class T>
using rendering = boost::system::result<T, template_error>;

/// What rendering may still use. One is meant for all texts of a request together, so that many small templates come to
/// no more than one large one.
struct render_budget {
    std::size_t work = std::size_t{32} * 1024 * 1024;  ///< bytes looked at or made; a step costs as much as 16
    std::size_t output = std::size_t{8} * 1024 * 1024; ///< bytes of finished text
};

/// A part of a template of which nothing is but text and plain variables.
struct template_piece {
    std::string text; ///< as it is put out, or the variable's name
    bool is_variable = false;
};

/// Takes from what is left; false when that is not enough, and then nothing is left.
inline bool spend(std::size_t& left, std::size_t amount)
{
    if (amount > left) {
        left = 0;
        return false;
    }
    left -= amount;
    return true;
}

} // namespace weir::prompts
