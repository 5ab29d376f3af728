#include "api/endpoints.hpp"
#include "api/helicone_request.hpp"
#include "api/prompt_input_types.hpp"
#include "api/prompt_types.hpp"
#include "api/request_links.hpp"
#include "net/time_text.hpp"
#include "storage/connection.hpp"
#include "storage/json_text.hpp"
#include "storage/prompt_inputs.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;

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

raw_json body_of(std::string const& text) { return text.empty() ? raw_json{"{}"} : stored_body(text); }

prompt_input_record shown_input(storage::prompt_input const& one, storage::uuid const& version,
                                request_links const& links)
{
    prompt_input_record row;
    row.id = one.id.text();
    row.inputs = linked_inputs(storage::pairs_of_json(one.inputs),
                               {one.source_row, one.source_request, one.content ? &*one.content : nullptr}, links);
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
    for (auto const& one : *found) all.push_back(shown_input(one, *id, links));
    co_return all;
}

constexpr endpoint prompt_input_entries[] = {
    post<query_inputs>("/v1/prompt/version/{promptVersionId}/inputs/query", "GetInputs",
                       "The inputs with which a version was called, newest first"),
};

} // namespace

constinit group const prompt_input_endpoints{"Prompt", prompt_input_entries};

} // namespace weir::api
