#include "storage/group_fields.hpp"

#include "storage/filter_columns.hpp"

#include <algorithm>
#include <iterator>

namespace weir::storage
{
namespace
{

/// What filters compare and dashboards add up. But for some, a field is the value of a filter's column.
constexpr grouped all_fields[] = {
    {fields::organization},
    {fields::created, false, true},
    {fields::ended, false, true},
    {fields::latency},
    {fields::first_token},
    {fields::status},
    {fields::cost},
    {fields::prompt_tokens},
    {fields::completion_tokens},
    {fields::total_tokens},
    {fields::cache_read_tokens},
    {fields::cache_write_tokens},
    {"(r.completion_tokens+r.prompt_tokens)"},
    {"(r.status=-4)"},
    {fields::assets},
    {fields::provider, true},
    {fields::model, true},
    {fields::user, true},
    {fields::session, true},
    {"r.request_model", true},
    {"r.response_model", true},
    {"coalesce(r.model_override,r.response_model,r.request_model)", true},
    {"r.model_override", true},
    {"r.path", true},
    {"r.target_url", true},
    {"r.prompt_id", true},
    {"r.provider_auth_hash", true},
};

constexpr std::string_view property_prefix = "properties.";

} // namespace

std::span<grouped const> grouped_fields() { return all_fields; }

std::string const& grouped_rows_query()
{
    static std::string const made = [] {
        std::string text = "SELECT r.id";
        for (auto const& each : all_fields) (text += ',') += each.field;
        return text + ",r.properties FROM request AS r WHERE r.id IN (SELECT value FROM json_each(?1)) ORDER BY r.id";
    }();
    return made;
}

field_name grouped_field(filter_condition const& what)
{
    auto const* column = find_filter_column(what.table, what.column);
    if (!column || column->pass != filter_pass::rows) return {};
    auto value = column->value;
    if (value == "coalesce(r.user_id,'')") value = fields::user;
    if (value == "(r.ended_us-r.created_us)") value = fields::latency;
    auto const* const found = std::ranges::find(all_fields, value, &grouped::field);
    return found == std::end(all_fields) ? field_name() : found->field;
}

std::string property_field(std::string_view name) { return std::string(property_prefix).append(name); }

std::optional<std::string_view> property_of_field(field_name field)
{
    if (!field.starts_with(property_prefix)) return std::nullopt;
    return field.substr(property_prefix.size());
}

} // namespace weir::storage
