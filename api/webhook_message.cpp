#include "api/webhook_message.hpp"

#include "api/helicone_request.hpp"
#include "api/read_json.hpp"
#include "api/webhook_types.hpp"
#include "api/write_json.hpp"
#include "storage/requests.hpp"

#include <boost/json/value.hpp>

namespace weir::api
{
namespace
{

/// Longer bodies are not sent along.
constexpr std::size_t most_body_bytes = 10 * 1024;

raw_json sent_body(std::string text, std::string const& request_id)
{
    if (text.size() > most_body_bytes)
        text = "The body is larger than 10 KiB: GET /v1/request/" + request_id + "?includeBody=true has it.";
    return stored_body(std::move(text));
}

bool includes_data(storage::webhook const& to)
{
    boost::json::value parsed;
    webhook_config config;
    if (parse_json(to.config, parsed, "config") || read_json(parsed, config)) return true;
    return config.includeData;
}

void add_data(helicone_request const& shown, storage::request_record const& row, request_links const& links,
              webhook_payload& to)
{
    to.request_response_url = links.to_bodies(row.request_id);
    to.model = row.model;
    to.provider = shape_of<provider_name>.words[static_cast<std::size_t>(shown.provider)];
    auto& facts = to.metadata.emplace();
    facts.cost = shown.cost;
    facts.promptTokens = shown.prompt_tokens;
    facts.completionTokens = shown.completion_tokens;
    facts.totalTokens = shown.total_tokens;
    facts.latencyMs = shown.delay_ms.value.value_or(0);
}

} // namespace

storage::result<std::string> webhook_message(storage::connection& db, storage::webhook const& to, storage::row_id of,
                                             request_links const& links)
{
    auto const row = storage::find_request(db, to.organization, of);
    if (!row) return row.error();
    auto kept = storage::find_bodies(db, of);
    if (!kept && kept.error() != storage::errc::not_found) return kept.error();

    auto const shown = helicone_request_of(*row);
    webhook_payload said;
    said.request_id = shown.request_id;
    if (kept) {
        said.request_body = sent_body(std::move(kept->request), said.request_id);
        said.response_body = sent_body(std::move(kept->response), said.request_id);
    }
    said.user_id = shown.request_user_id.value;
    if (includes_data(to)) add_data(shown, row->record, links, said);
    return to_json(said);
}

} // namespace weir::api
