#include "gateway/prompts_taken.hpp"

#include "gateway/formats/chat_request.hpp"
#include "net/text.hpp"
#include "prompts/tags.hpp"
#include "prompts/template.hpp"
#include "storage/assets.hpp"
#include "storage/ids.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace weir::gateway
{

namespace
{

/// Puts the tags of images in the place of inputs that are images of the call.
void name_images(boost::json::value const& request, storage::row_id row, boost::json::object& inputs)
{
    auto const images = storage::image_texts(request);
    for (auto& input : inputs) {
        auto const* const text = input.value().if_string();
        auto const found = text ? std::ranges::find(images, std::string_view(*text)) : images.end();
        if (found == images.end()) continue;
        auto const n = static_cast<std::size_t>(found - images.begin());
        input.value() = prompts::asset_markup(storage::asset_id(row, n).text());
    }
}

} // namespace

std::shared_ptr<storage::prompt_capture const> take_prompt(formats::call_view const& call, call_headers const& headers,
                                                           storage::request_record& row)
{
    constexpr auto most = storage::most_prompt_id_characters;
    if (net::character_count(row.prompt_id) > most) {
        if (row.warning.empty())
            row.warning =
                "Helicone-Prompt-Id is longer than " + std::to_string(most) + " characters: no prompt was kept";
        return nullptr;
    }
    boost::json::value made;
    auto const& request = formats::chat_request(call, made);
    if (!prompts::can_be_written(request)) {
        if (row.warning.empty())
            row.warning = "the request has a number that is too large to be written again: no prompt was kept";
        return nullptr;
    }
    auto taken = prompts::capture(request);
    for (auto const& [key, value] : headers.prompt_inputs) taken.inputs.emplace(key, value); // the body's stay
    if (!taken.inputs.empty()) name_images(*call.request, row.id, taken.inputs);
    auto out = std::make_shared<storage::prompt_capture>();
    static_cast<storage::prompt_template&>(*out) = storage::template_of(taken.content);
    for (auto const& input : taken.inputs) {
        if (net::character_count({input.key().data(), input.key().size()}) <= most)
            out->input_keys.emplace_back(input.key());
        else if (row.warning.empty())
            row.warning = "the key of a prompt's input is longer than " + std::to_string(most) +
                          " characters: it is not among the keys of its version";
    }
    out->inputs = boost::json::serialize(taken.inputs);
    if (!out->input_keys.empty()) out->auto_inputs = prompts::text_of(taken.auto_inputs); // else nothing is kept
    return out;
}

} // namespace weir::gateway
