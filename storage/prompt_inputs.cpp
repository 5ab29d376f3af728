#include "storage/prompt_inputs.hpp"

#include "prompts/stored_json.hpp"
#include "prompts/tags.hpp"
#include "storage/assets.hpp"
#include "storage/collect.hpp"
#include "storage/ids.hpp"
#include "storage/json_text.hpp"
#include "storage/requests.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <map>
#include <optional>
#include <utility>

namespace weir::storage
{

namespace json = boost::json;

namespace
{

#define WEIR_SELECT_INPUTS                                                                                             \
    "SELECT id,source_request_id,inputs,auto_inputs,created_us,coalesce(source_row_id,0) FROM prompt_input "           \
    "WHERE prompt_version_id=?1 AND organization_id=?2 AND source_request_id IS NOT NULL ORDER BY "

result<std::vector<prompt_input>> read_inputs(connection& db, organization_id organization, uuid const& version,
                                              input_query const& query)
{
    auto found = query.at_random ? db.query(WEIR_SELECT_INPUTS "random() LIMIT ?3", version, organization, query.most)
                                 : db.query(WEIR_SELECT_INPUTS "created_us DESC,number DESC LIMIT ?3", version,
                                            organization, query.most);
    return collect(std::move(found), [](rows const& row) {
        return prompt_input{.id = row.get<uuid>(0),
                            .source_request = row.get<uuid>(1),
                            .inputs = row.get<std::string>(2),
                            .auto_inputs = row.get<std::string>(3),
                            .created_us = row.get<std::int64_t>(4),
                            .source_row = row.get<row_id>(5)};
    });
}

/// Finds images of an organisation's calls by their ids, as those calls have them. Looks into so many calls, and gives
/// so many bytes, as one request may reasonably have; after that nothing.
class image_finder
{
public:
    image_finder(connection& db, organization_id organization)
        : db_(db)
        , organization_(organization)
    {
    }

    /// Empty when there is none; none when there would be too much.
    result<std::optional<std::string>> find(std::string_view id)
    {
        auto const asset = uuid::parse(id);
        auto const row = asset ? row_id_of(*asset) : std::nullopt;
        if (!row) return std::optional(std::string());
        if (!known_.contains(*row)) {
            if (known_.size() >= most_calls) return std::optional<std::string>();
            auto found = images_of(*row);
            if (!found) return found.error();
            known_[*row] = std::move(*found);
        }
        auto const& images = known_[*row];
        for (std::size_t n = 0; n < images.size(); ++n) {
            if (asset_id(*row, n) != *asset) continue;
            if (images[n].size() > room_) return std::optional<std::string>();
            room_ -= images[n].size();
            return std::optional(images[n]);
        }
        return std::optional(std::string());
    }

private:
    static constexpr std::size_t most_calls = 20, most_bytes = 16 * 1024 * 1024;

    result<std::vector<std::string>> images_of(row_id row)
    {
        auto const is_theirs =
            is_any(db_.query("SELECT 1 FROM request WHERE id=?1 AND organization_id=?2", row, organization_));
        if (!is_theirs) return is_theirs.error();
        if (!*is_theirs) return std::vector<std::string>();
        auto const kept = find_bodies(db_, row);
        if (!kept && kept.error() == errc::not_found) return std::vector<std::string>();
        if (!kept) return kept.error();
        boost::system::error_code error;
        auto const request = prompts::parse_stored(kept->request, error); // as deep as capture reads
        return error ? std::vector<std::string>() : image_texts(request);
    }

    connection& db_;
    organization_id const organization_;
    std::map<row_id, std::vector<std::string>> known_;
    std::size_t room_ = most_bytes;
};

} // namespace

result<std::vector<prompt_input>> query_inputs(connection& db, organization_id organization, uuid const& version,
                                               input_query const& query)
{
    auto all = read_inputs(db, organization, version, query);
    if (!all) return all.error();
    std::size_t bytes = 0;
    for (auto& one : *all) {
        auto kept = find_bodies(db, one.source_row);
        if (!kept && kept.error() != errc::not_found) return kept.error();
        if (kept) one.content = std::move(*kept);
        bytes += one.inputs.size() + one.auto_inputs.size();
        if (one.content) bytes += one.content->request.size() + one.content->response.size();
        if (bytes > query.most_bytes) return make_error_code(errc::too_large);
    }
    return all;
}

result<std::string> inputs_with_images(connection& db, organization_id organization, std::string inputs)
{
    if (inputs.find("<helicone-asset-id") == inputs.npos) return inputs;
    boost::system::error_code failed;
    image_finder images(db, organization);
    auto const image_of = [&](std::string_view id) {
        auto const image = images.find(id);
        if (!image) failed = image.error();
        if (!image) return std::string();
        return *image ? **image : prompts::asset_markup(id);
    };
    json::object filled;
    for (auto const& [key, value] : pairs_of_json(inputs)) filled[key] = prompts::with_assets(value, image_of);
    if (failed) return failed;
    return json::serialize(filled);
}

result<std::string> newest_auto_inputs(connection& db, uuid const& version)
{
    auto const found = first_value<std::string>(
        db.query("SELECT auto_inputs FROM prompt_input WHERE prompt_version_id=?1 AND source_request_id IS NOT NULL "
                 "ORDER BY created_us DESC,number DESC LIMIT 1",
                 version));
    if (!found && found.error() == errc::not_found) return std::string("[]");
    return found;
}

} // namespace weir::storage
