#include "api/prompt_types.hpp"

#include "net/time_text.hpp"
#include "prompts/stored_json.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <utility>

namespace json = boost::json;

namespace weir::api
{
namespace
{

nullable<std::string> id_text(std::optional<storage::uuid> const& id)
{
    if (!id) return std::nullopt;
    return id->text();
}

} // namespace

json::value stored_json(std::string const& text)
{
    boost::system::error_code error;
    return prompts::parse_stored(text, error);
}

free_object stored_object(std::string const& text)
{
    free_object all;
    auto const parsed = stored_json(text);
    if (auto const* object = parsed.if_object())
        for (auto const& member : *object) all.emplace_back(std::string(member.key()), member.value());
    return all;
}

std::string text_of(free_object const& from, json::object more)
{
    json::object all;
    for (auto const& [key, value] : from) all.insert_or_assign(key, value);
    for (auto& member : more) all.insert_or_assign(member.key(), std::move(member.value()));
    return json::serialize(all);
}

prompts_result shown(storage::prompt&& one)
{
    prompts_result row;
    row.id = one.id.text();
    row.user_defined_id = std::move(one.user_defined_id);
    row.description = std::move(one.description);
    row.pretty_name = std::move(one.pretty_name);
    row.created_at = net::time_text(one.created_us);
    row.major_version = one.major_version;
    row.metadata = stored_object(one.metadata);
    return row;
}

prompt_result shown(storage::prompt_overview&& one)
{
    prompt_result row;
    row.id = one.id.text();
    row.user_defined_id = std::move(one.user_defined_id);
    row.description = std::move(one.description);
    row.pretty_name = std::move(one.pretty_name);
    row.major_version = one.major_version;
    row.latest_version_id = one.latest_version.text();
    row.latest_model_used = std::move(one.latest_model);
    row.created_at = net::time_text(one.created_us);
    if (one.last_used_us) row.last_used = net::time_text(*one.last_used_us);
    for (auto const& id : one.versions) row.versions.push_back(id.text());
    row.metadata = stored_object(one.metadata);
    return row;
}

prompt_version_result shown(storage::prompt_version&& one)
{
    prompt_version_result row;
    row.id = one.id.text();
    row.minor_version = one.minor;
    row.major_version = one.major;
    row.prompt_v2 = one.prompt.text();
    row.model = std::move(one.model);
    row.helicone_template.text = std::move(one.content);
    row.created_at = net::time_text(one.created_us);
    row.metadata = stored_object(one.metadata);
    row.parent_prompt_version = id_text(one.parent);
    row.experiment_id = id_text(one.experiment);
    row.updated_at = net::time_text(one.updated_us);
    return row;
}

} // namespace weir::api
