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
/// RFC 9535 that names one place.
class json_path
{
public:
    /// None when the text is no such path.
    static std::optional<json_path> parse(std::string_view text);

    /// The value there; null when there is none.
    boost::json::value const* find(boost::json::value const& in) const;

private:
    std::vector<std::variant<std::string, std::ptrdiff_t>> steps_;
};

} // namespace weir::evaluation
