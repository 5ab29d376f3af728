#pragma once

#include <boost/json/value.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weir::evaluation
{

/// A path to one value: `$`, then `.name`, `['name']` or `[n]`, where a negative n counts from the end. The part of
/// RFC 9535 that names one place; and where that is allowed, wildcards: `.*` and `[*]`.
class json_path
{
public:
    enum class wildcards : unsigned char { refused, allowed };

    /// None when the text is no such path.
    static std::optional<json_path> parse(std::string_view text, wildcards how = wildcards::refused);

    /// The value there, of several the first; null when there is none.
    boost::json::value const* find(boost::json::value const& in) const;

    /// All values there, in order, but at most `most`.
    std::vector<boost::json::value const*> find_all(boost::json::value const& in, std::size_t most) const;

private:
    struct each {
    };
    using step = std::variant<std::string, std::ptrdiff_t, each>;
    static std::optional<step> next_step(std::string_view& text, wildcards how);
    void collect(boost::json::value const& at, std::size_t from, std::size_t most,
                 std::vector<boost::json::value const*>& to) const;

    std::vector<step> steps_;
};

} // namespace weir::evaluation
