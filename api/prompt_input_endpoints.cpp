#include "api/endpoints.hpp"
#include "api/helicone_request.hpp"
#include "api/prompt_input_types.hpp"
#include "api/prompt_types.hpp"
#include "api/request_links.hpp"
#include "net/time_text.hpp"
#include "prompts/tags.hpp"
#include "storage/assets.hpp"
#include "storage/connection.hpp"
#include "storage/json_text.hpp"
#include "storage/prompt_inputs.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
namespace json = boost::json;

/// The inputs with which a version of a prompt was called.
namespace weir::api
{

struct query_inputs_params {
    std::int64_t limit = 0;
    std::optional<bool> random; ///< newest first
};
BOOST_DESCRIBE_STRUCT(query_inputs_params, (), (limit, random))

struct query_inputs_request {
    std::string promptVersionId;
    query_inputs_params body;
};
BOOST_DESCRIBE_STRUCT(query_inputs_request, (), (promptVersionId, body))

namespace
{

constexpr std::int64_t greatest_limit = 1000;

/// Where images of a call are fetched, by their ids.
class image_links
{
public:
    image_links(storage::prompt_input const& of, request_links const& links)
        : of_(of)
        , links_(links)
        , assets_(of.content ? storage::find_assets(*of.content) : std::vector<storage::asset>())
    {
    }

    /// The text with links in place of its images; of one that is not there nothing is left.
    std::string linked(std::string_view text) const
    {
        std::string out;
        std::size_t copied = 0;
        for (auto tag = prompts::next_asset(text); tag; tag = prompts::next_asset(text, copied)) {
            auto const begin = static_cast<std::size_t>(tag->whole.data() - text.data());
            out.append(text.substr(copied, begin - copied)).append(link_to(tag->id));
            copied = begin + tag->whole.size();
        }
        return out.append(text.substr(copied));
    }

private:
    std::string link_to(std::string_view asset) const
    {
        auto const id = storage::uuid::parse(asset);
        for (std::size_t n = 0; id && n < assets_.size(); ++n)
            if (storage::asset_id(of_.source_row, n) == *id)
                return assets_[n].url.empty() ? links_.to_asset(of_.source_request, n).value_or("") : assets_[n].url;
        return {};
    }

    storage::prompt_input const& of_;
    request_links const& links_;
    std::vector<storage::asset> assets_;
};

/// The inputs as JSON, with links in place of images.
std::string linked_inputs(storage::prompt_input const& one, request_links const& links)
{
    if (one.inputs.find("<helicone-asset-id") == std::string::npos) return one.inputs;
    image_links const images(one, links);
    json::object linked;
    for (auto const& [key, value] : stored_object(one.inputs))
        if (auto const* text = value.if_string()) linked[key] = images.linked({text->data(), text->size()});
    return json::serialize(linked);
}

raw_json body_of(std::string const& text) { return text.empty() ? raw_json{"{}"} : stored_body(text); }

prompt_input_record shown(storage::prompt_input const& one, storage::uuid const& version, request_links const& links)
{
    prompt_input_record row;
    row.id = one.id.text();
    row.inputs = storage::pairs_of_json(linked_inputs(one, links));
    row.source_request = one.source_request.text();
    row.prompt_version = version.text();
    row.created_at = net::time_text(one.created_us);
    row.request_body = body_of(one.content ? one.content->request : std::string());
    row.response_body = body_of(one.content ? one.content->response : std::string());
    row.auto_prompt_inputs = stored_values(one.auto_inputs);
    return row;
}

storage::result<std::vector<storage::prompt_input>> find_inputs(storage::connection& db, storage::organization_id whose,
                                                                storage::uuid const& version,
                                                                storage::input_query const& wanted)
{
    if (auto const known = storage::find_version(db, whose, version); !known) return known.error();
    return storage::query_inputs(db, whose, version, wanted);
}

asio::awaitable<result<std::vector<prompt_input_record>>> query_inputs(query_inputs_request asked, services& with)
{
    auto const limit = asked.body.limit;
    if (limit < 0 || limit > greatest_limit) co_return invalid("limit: must be 0 to 1000");
    auto const id = storage::uuid::parse(asked.promptVersionId);
    if (!id) co_return not_found("Prompt version not found");
    storage::input_query const wanted{
        .at_random = asked.body.random.value_or(false), .most = limit, .most_bytes = most_prompt_bytes};
    auto const query = [whose = with.organization, id = *id, wanted](storage::connection& db) {
        return find_inputs(db, whose, id, wanted);
    };
    auto const found = co_await with.store.read(query);
    if (!found && found.error() == storage::errc::not_found) co_return not_found("Prompt version not found");
    if (!found && found.error() == storage::errc::too_large)
        co_return invalid("limit: the inputs and bodies are larger than 64 MiB together; ask for fewer");
    if (!found) co_return found.error();
    request_links const links(with);
    std::vector<prompt_input_record> all;
    for (auto const& one : *found) all.push_back(shown(one, *id, links));
    co_return all;
}

constexpr endpoint entries[] = {
    post<query_inputs>("/v1/prompt/version/{promptVersionId}/inputs/query", "GetInputs",
                       "The inputs with which a version was called, newest first"),
};

} // namespace

constinit group const prompt_input_endpoints{"Prompt", entries};

} // namespace weir::api
