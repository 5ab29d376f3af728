#include "api/promptlayer/template_changes.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <charconv>
#include <map>

namespace json = boost::json;

namespace weir::api::promptlayer
{
namespace
{

using problem = std::optional<failure>;

std::optional<std::size_t> index_of(std::string_view text)
{
    std::size_t index = 0;
    auto const read = std::from_chars(text.data(), text.data() + text.size(), index);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
    return index;
}

/// Merges what is given into an element; where that is no object, it takes its place.
void merge(json::value const& given, json::value& into)
{
    if (!given.is_object() || !into.is_object()) {
        into = given;
        return;
    }
    for (auto const& member : given.get_object()) into.get_object()[member.key()] = member.value();
}

problem change_by_index(std::string const& field, json::object const& given, json::array& all)
{
    std::map<std::size_t, json::value const*> by_index;
    for (auto const& member : given) {
        auto const index = index_of(member.key());
        if (!index) return unprocessable(field + ": its members must be indices");
        by_index[*index] = &member.value();
    }
    std::vector<std::size_t> removed;
    for (auto const& [index, change] : by_index) {
        if (index > all.size())
            return unprocessable(field + "." + std::to_string(index) + ": there are " + std::to_string(all.size()));
        if (change->is_null() && index < all.size())
            removed.push_back(index);
        else if (index == all.size())
            all.push_back(*change);
        else
            merge(*change, all[index]);
    }
    std::for_each(removed.rbegin(), removed.rend(),
                  [&all](std::size_t index) { all.erase(all.begin() + static_cast<std::ptrdiff_t>(index)); });
    return std::nullopt;
}

problem change_list(std::string const& field, std::optional<json::value> const& given, json::object& blueprint,
                    std::string_view type)
{
    if (!given) return std::nullopt;
    if (std::string_view(blueprint.at("type").as_string()) != type)
        return unprocessable(field + ": this is no template of type " + std::string(type));
    bool const may_lack = field == "tools" || field == "functions";
    if (given->is_null() && may_lack) {
        blueprint.erase(field);
        return std::nullopt;
    }
    if (given->is_array()) {
        blueprint[field] = *given;
        return std::nullopt;
    }
    if (!given->is_object()) return unprocessable(field + ": must be an array, or an object by index");
    auto& now = blueprint[field];
    if (!now.is_array()) now = json::array();
    return change_by_index(field, given->get_object(), now.get_array());
}

/// The parameters of the model, which is there after this.
json::object& parameters_of(std::optional<json::value>& metadata)
{
    if (!metadata || !metadata->is_object()) metadata.emplace(json::object());
    auto& model = metadata->get_object()["model"];
    if (!model.is_object()) model = json::object();
    auto& parameters = model.get_object()["parameters"];
    if (!parameters.is_object()) parameters = json::object();
    return parameters.get_object();
}

void put(json::string_view name, json::value const& value, json::object& to)
{
    if (value.is_null())
        to.erase(name);
    else
        to[name] = value;
}

} // namespace

std::optional<failure> apply(template_changes const& changes, json::object& blueprint,
                             std::optional<json::value>& metadata)
{
    if (auto bad = change_list("messages", changes.messages, blueprint, "chat")) return bad;
    if (auto bad = change_list("tools", changes.tools, blueprint, "chat")) return bad;
    if (auto bad = change_list("functions", changes.functions, blueprint, "chat")) return bad;
    if (auto bad = change_list("content", changes.content, blueprint, "completion")) return bad;
    if (changes.model_parameters && changes.model_parameters->is_null()) {
        parameters_of(metadata).clear();
    } else if (changes.model_parameters) {
        if (!changes.model_parameters->is_object()) return unprocessable("model_parameters: must be an object");
        auto& parameters = parameters_of(metadata);
        for (auto const& one : changes.model_parameters->get_object()) put(one.key(), one.value(), parameters);
    }
    if (changes.response_format) put("response_format", *changes.response_format, parameters_of(metadata));
    return std::nullopt;
}

} // namespace weir::api::promptlayer
