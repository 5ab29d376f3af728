#pragma once

#include "prompts/rendering.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

/// What expressions of templates come to, and how Python would show, compare and order it.
namespace weir::prompts::jinja
{

namespace json = boost::json;

inline std::string_view view(json::string const& text) { return {text.data(), text.size()}; }
inline json::string_view view(std::string_view text) { return {text.data(), text.size()}; }

/// JSON that does not change, or nothing: what is undefined. Copies share it.
class value
{
public:
    value() = default;
    value(json::value made)
        : is_(std::make_shared<json::value const>(std::move(made)))
    {
    }

    /// What somebody else keeps for as long.
    static value borrowed(json::value const& from) { return value(std::shared_ptr<void>(), from); }
    /// A part of this, which keeps all of it.
    value part(json::value const& within) const { return value(is_, within); }

    bool is_undefined() const { return !is_; }
    /// Null when undefined.
    json::value const& get() const;
    json::string const* text() const { return get().if_string(); }
    json::array const* list() const { return get().if_array(); }
    json::object const* dict() const { return get().if_object(); }

private:
    value(std::shared_ptr<void const> keeper, json::value const& of)
        : is_(std::move(keeper), &of)
    {
    }

    std::shared_ptr<json::value const> is_;
};

/// Whether it counts as true.
bool is_true(value const& of);

/// As `{{ … }}` puts it out: texts as they are, nothing for what is undefined, all else as Python writes it.
std::string text_of(value const& of);
/// As Python's repr() writes it.
void append_repr(json::value const& of, std::string& out);

std::optional<std::int64_t> integer_of(json::value const& of); ///< of true and false, too
std::optional<double> number_of(json::value const& of);
/// 1.0, 1e+16: as Python writes it.
std::string real_text(double number);

/// Numbers are compared by value.
bool equal(json::value const& a, json::value const& b);
/// Less than 0, 0 or more; none for what has no order: other than two numbers, two texts or two lists of these.
std::optional<int> compared(json::value const& a, json::value const& b);

/// Bytes that a value takes, roughly, and how deep it nests; counting ends beyond `most`.
struct weight {
    std::size_t bytes = 0, depth = 0;
};
weight weigh(json::value const& of, std::size_t most);

/// Characters of UTF-8; broken bytes count as one each.
std::size_t characters(std::string_view text);
/// The bytes of the character that begins at `at`.
std::string_view character_at(std::string_view text, std::size_t at);
/// Where the character of that number begins: the end of the text when there are fewer.
std::size_t offset_of(std::string_view text, std::size_t character);
/// std::string_view::find() takes the product of both sizes for what is made to be searched slowly.
std::size_t find_text(std::string_view text, std::string_view part, std::size_t from = 0);

} // namespace weir::prompts::jinja
