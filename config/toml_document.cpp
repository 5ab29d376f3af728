#include "config/toml_document.hpp"

#include "config/toml_library.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace weir::config
{

namespace json = boost::json;

namespace
{

json::value json_of(toml::node const& node)
{
    if (auto const* table = node.as_table()) {
        json::object out;
        for (auto const& [name, value] : *table) out[std::string(name.str())] = json_of(value);
        return out;
    }
    if (auto const* array = node.as_array()) {
        json::array out;
        for (auto const& value : *array) out.push_back(json_of(value));
        return out;
    }
    if (auto const* text = node.as_string()) return json::string(text->get());
    if (auto const* number = node.as_integer()) return number->get();
    if (auto const* number = node.as_floating_point()) return number->get();
    if (auto const* flag = node.as_boolean()) return flag->get();
    std::ostringstream time;
    node.visit([&time](auto const& value) {
        if constexpr (toml::is_date<decltype(value)> || toml::is_time<decltype(value)> ||
                      toml::is_date_time<decltype(value)>)
            time << value;
    });
    return json::string(time.str());
}

} // namespace

std::optional<json::object> read_toml(std::string const& file, std::string& problem)
{
    std::error_code ignored;
    std::ifstream in;
    if (!std::filesystem::is_directory(file, ignored)) in.open(file, std::ios::binary);
    std::string const text(std::istreambuf_iterator<char>(in), {});
    if (!in.is_open() || in.bad()) {
        problem = file + ": cannot be read";
        return std::nullopt;
    }
    auto const parsed = toml::parse(text, file);
    if (!parsed) {
        problem = file + ":" + std::to_string(parsed.error().source().begin.line) +
                  ": not valid TOML: " + std::string(parsed.error().description());
        return std::nullopt;
    }
    return json_of(parsed.table()).as_object();
}

} // namespace weir::config
