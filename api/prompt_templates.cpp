#include "api/prompt_templates.hpp"

#include "api/prompt_types.hpp"
#include "net/text.hpp"
#include "prompts/template.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <utility>

namespace json = boost::json;

namespace weir::api
{
namespace
{

constexpr auto most_characters = storage::most_prompt_id_characters;

} // namespace

result<std::vector<std::string>> read_input_keys(json::value const& content, std::string_view field)
{
    auto keys = prompts::input_keys(content);
    if (keys.size() > most_input_keys)
        return invalid(std::string(field) + ": has more than " + std::to_string(most_input_keys) + " inputs");
    for (auto const& key : keys) {
        if (net::character_count(key) > most_characters)
            return invalid(std::string(field) + ": the key of an input is longer than " +
                           std::to_string(most_characters) + " characters");
        if (key.find('\0') != key.npos)
            return invalid(std::string(field) + ": the key of an input contains a NUL character");
    }
    return keys;
}

std::optional<failure> problem_with_prompt_id(std::string_view field, std::string_view id)
{
    auto const name = std::string(field);
    if (net::trimmed(id).empty()) return invalid(name + ": is empty");
    if (net::character_count(id) > most_characters)
        return invalid(name + ": is longer than " + std::to_string(most_characters) + " characters");
    if (id.find('\0') != id.npos) return invalid(name + ": contains a NUL character");
    return std::nullopt;
}

storage::result<storage::prompt_version> filled(storage::prompt_version version, prompt_inputs const& inputs,
                                                std::string const& auto_inputs)
{
    json::object given;
    for (auto const& [key, value] : inputs) given.insert_or_assign(key, value);
    auto const automatic = stored_json(auto_inputs);
    auto const* known = automatic.if_array();
    auto const& array = known ? *known : json::array();
    auto const content = stored_json(version.content);
    if (prompts::filled_size(content, given, array) > most_prompt_bytes)
        return make_error_code(storage::errc::too_large);
    version.content = json::serialize(prompts::fill(content, given, array));
    return version;
}

} // namespace weir::api
