#include "api/prompt_input_types.hpp"

#include "api/read_json.hpp"
#include "api/request_links.hpp"
#include "prompts/tags.hpp"
#include "storage/assets.hpp"
#include "storage/ids.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace weir::api
{

std::vector<boost::json::value> stored_values(std::string_view array)
{
    boost::json::value parsed;
    if (parse_json(array, parsed, "array") || !parsed.is_array()) return {};
    return {parsed.as_array().begin(), parsed.as_array().end()};
}

text_pairs linked_inputs(text_pairs inputs, source_call const& from, request_links const& links)
{
    auto const has_tag = [](auto const& input) { return prompts::next_asset(input.second).has_value(); };
    if (std::ranges::none_of(inputs, has_tag)) return inputs;
    auto const images = from.content ? storage::find_assets(*from.content) : std::vector<storage::asset>();
    auto const link_to = [&](std::string_view asset) -> std::string {
        auto const id = storage::uuid::parse(asset);
        for (std::size_t n = 0; id && n < images.size(); ++n)
            if (storage::asset_id(from.row, n) == *id)
                return images[n].url.empty() ? links.to_asset(from.request, n).value_or("") : images[n].url;
        return {};
    };
    for (auto& [key, value] : inputs) value = prompts::with_assets(value, link_to);
    return inputs;
}

} // namespace weir::api
