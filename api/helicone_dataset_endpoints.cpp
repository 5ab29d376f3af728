#include "api/dataset_types.hpp"
#include "api/endpoints.hpp"
#include "api/helicone_request.hpp"
#include "api/write_json.hpp"
#include "net/time_text.hpp"
#include "storage/connection.hpp"
#include "storage/dataset_rows.hpp"
#include "storage/datasets.hpp"
#include "storage/requests.hpp"

#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace asio = boost::asio;
namespace json = boost::json;

/// Datasets of copies of calls, whose bodies can be edited.
namespace weir::api
{

struct new_helicone_dataset_params {
    std::string datasetName;
    std::vector<std::string> requestIds;
    std::optional<dataset_metadata> meta;
};
BOOST_DESCRIBE_STRUCT(new_helicone_dataset_params, (), (datasetName, requestIds, meta))

struct new_helicone_dataset_request {
    new_helicone_dataset_params body;
};
BOOST_DESCRIBE_STRUCT(new_helicone_dataset_request, (), (body))

struct page_of_rows {
    std::int64_t offset = 0, limit = 0;
};
BOOST_DESCRIBE_STRUCT(page_of_rows, (), (offset, limit))

struct query_rows_request {
    std::string datasetId;
    page_of_rows body;
};
BOOST_DESCRIBE_STRUCT(query_rows_request, (), (datasetId, body))

struct row_link {
    std::string data;
    null error;
};
BOOST_DESCRIBE_STRUCT(row_link, (), (data, error))

struct no_row_link {
    null data;
    std::string error;
};
BOOST_DESCRIBE_STRUCT(no_row_link, (), (data, error))

struct helicone_dataset_row {
    std::string id, origin_request_id, dataset_id, created_at;
    std::variant<row_link, no_row_link> signed_url;
};
BOOST_DESCRIBE_STRUCT(helicone_dataset_row, (), (id, origin_request_id, dataset_id, created_at, signed_url))

struct dataset_ids {
    std::optional<std::vector<std::string>> datasetIds;
};
BOOST_DESCRIBE_STRUCT(dataset_ids, (), (datasetIds))

struct query_helicone_datasets_request {
    dataset_ids body;
};
BOOST_DESCRIBE_STRUCT(query_helicone_datasets_request, (), (body))

struct helicone_dataset {
    nullable<std::string> created_at;
    std::string dataset_type, id;
    nullable<raw_json> meta;
    nullable<std::string> name;
    std::string organization;
    std::int64_t requests_count = 0;
};
BOOST_DESCRIBE_STRUCT(helicone_dataset, (), (created_at, dataset_type, id, meta, name, organization, requests_count))

struct row_bodies_params {
    json::value responseBody, requestBody;
};
BOOST_DESCRIBE_STRUCT(row_bodies_params, (), (responseBody, requestBody))

struct change_row_request {
    std::string datasetId, requestId; ///< requestId: of the row
    row_bodies_params body;
};
BOOST_DESCRIBE_STRUCT(change_row_request, (), (datasetId, requestId, body))

namespace
{

constexpr std::size_t most_copies = 1000;
constexpr std::int64_t most_datasets = 1000, most_helicone_rows = 1000, greatest_dataset_offset = 1'000'000'000;

using storage::uuid;

asio::awaitable<result<made_dataset>> add_helicone_dataset(new_helicone_dataset_request asked, services& with)
{
    auto wish = read_dataset_wish(asked.body.datasetName, "helicone", asked.body.meta);
    if (!wish) co_return wish.error();
    auto made = co_await make_dataset_of_calls(std::move(*wish), std::move(asked.body.requestIds), with);
    co_return made;
}

/// Copies the bodies of a call into a row.
result<void> copy_call(storage::connection& db, storage::organization_id whose, uuid const& dataset, uuid const& call,
                       std::int64_t now_us)
{
    auto const row = storage::find_row(db, whose, call);
    if (!row) return or_missing(row.error(), "Request not found: " + call.text());
    auto kept = storage::find_bodies(db, *row);
    if (!kept && kept.error() == storage::errc::not_found)
        return conflict("no bodies are kept of request " + call.text() + ": nothing was added");
    if (!kept) return kept.error();
    storage::row_bodies const content{stored_body(std::move(kept->request)).text,
                                      stored_body(std::move(kept->response)).text};
    if (auto const added = storage::add_row(db, dataset, call, content, now_us); !added) return added.error();
    return {};
}

/// All of it, or nothing.
result<null> change_helicone_dataset(storage::connection& db, storage::organization_id whose, uuid const& dataset,
                                     std::vector<uuid> const& calls, std::vector<uuid> const& rows, std::int64_t now_us)
{
    if (auto const there = storage::require_dataset(db, whose, dataset); !there)
        return or_missing(there.error(), no_dataset);
    for (auto const& call : calls)
        if (auto const copied = copy_call(db, whose, dataset, call, now_us); !copied) return copied.error();
    for (auto const& row : rows)
        if (auto const removed = storage::remove_row(db, dataset, row); !removed)
            return or_missing(removed.error(), std::string(no_dataset_row) + ": " + row.text());
    return null{};
}

asio::awaitable<result<null>> mutate_helicone_dataset(mutate_dataset_request asked, services& with)
{
    auto const dataset = uuid::parse(asked.datasetId);
    if (!dataset) co_return not_found(no_dataset);
    auto calls = read_ids(asked.body.addRequests, "addRequests", most_copies);
    if (!calls) co_return calls.error();
    auto rows = read_ids(asked.body.removeRequests, "removeRequests");
    if (!rows) co_return rows.error();
    auto const query = [whose = with.organization, dataset = *dataset, calls = std::move(*calls),
                        rows = std::move(*rows), now = with.now_us()](storage::connection& db) {
        return change_helicone_dataset(db, whose, dataset, calls, rows, now);
    };
    auto done = co_await with.store.write(query);
    co_return done;
}

helicone_dataset_row shown_of(storage::dataset_row const& row, std::string const& dataset, request_links const& links)
{
    helicone_dataset_row shown;
    shown.id = row.id.text();
    shown.origin_request_id = row.origin_request_id.text();
    shown.dataset_id = dataset;
    shown.created_at = net::time_text(row.created_us);
    if (auto link = links.to_dataset_row(row.id))
        shown.signed_url = row_link{std::move(*link), {}};
    else
        shown.signed_url = no_row_link{{}, "links are not signed here"};
    return shown;
}

/// Asks for something of a dataset's rows. A deleted one has none.
template <class T, class Ask>
storage::result<T> of_rows(storage::connection& db, storage::organization_id whose, uuid const& dataset, Ask ask)
{
    auto const state = storage::state_of_dataset(db, whose, dataset);
    if (!state) return state.error();
    if (*state == storage::dataset_state::deleted) return T{};
    return ask();
}

asio::awaitable<result<std::vector<helicone_dataset_row>>> query_rows(query_rows_request asked, services& with)
{
    auto const dataset = uuid::parse(asked.datasetId);
    if (!dataset) co_return not_found(no_dataset);
    auto const page = asked.body;
    if (page.limit < 0 || page.limit > most_helicone_rows)
        co_return invalid("limit: must be 0 to " + std::to_string(most_helicone_rows));
    if (page.offset < 0 || page.offset > greatest_dataset_offset)
        co_return invalid("offset: must be 0 to " + std::to_string(greatest_dataset_offset));
    auto const query = [whose = with.organization, dataset = *dataset, page](storage::connection& db) {
        return of_rows<std::vector<storage::dataset_row>>(
            db, whose, dataset, [&] { return storage::list_rows(db, dataset, page.offset, page.limit); });
    };
    auto const found = co_await with.store.read(query);
    if (!found) co_return or_missing(found.error(), no_dataset);
    request_links const links(with);
    std::vector<helicone_dataset_row> shown;
    for (auto const& row : *found) shown.push_back(shown_of(row, dataset->text(), links));
    co_return shown;
}

asio::awaitable<result<std::int64_t>> count_rows(dataset_request asked, services& with)
{
    auto const dataset = uuid::parse(asked.datasetId);
    if (!dataset) co_return not_found(no_dataset);
    auto const query = [whose = with.organization, dataset = *dataset](storage::connection& db) {
        return of_rows<std::int64_t>(db, whose, dataset, [&] { return storage::count_rows(db, dataset); });
    };
    auto const count = co_await with.store.read(query);
    if (!count) co_return or_missing(count.error(), no_dataset);
    co_return *count;
}

asio::awaitable<result<std::vector<helicone_dataset>>> query_helicone_datasets(query_helicone_datasets_request asked,
                                                                               services& with)
{
    auto ids = read_ids(asked.body.datasetIds.value_or(std::vector<std::string>()), "datasetIds",
                        static_cast<std::size_t>(most_datasets));
    if (!ids) co_return ids.error();
    auto const query = [whose = with.organization, ids = std::move(*ids)](storage::connection& db) {
        return storage::list_helicone_datasets(db, whose, ids, most_datasets);
    };
    auto const found = co_await with.store.read(query);
    if (!found) co_return found.error();
    std::vector<helicone_dataset> shown;
    for (auto const& one : *found) {
        auto& to = shown.emplace_back();
        to.created_at = net::time_text(one.created_us);
        to.dataset_type = one.type;
        to.id = one.id.text();
        if (one.metadata) to.meta = raw_json{*one.metadata};
        to.name = one.name;
        to.organization = one.organization_public_id;
        to.requests_count = one.copies;
    }
    co_return shown;
}

asio::awaitable<result<null>> change_row(change_row_request asked, services& with)
{
    auto const dataset = uuid::parse(asked.datasetId), row = uuid::parse(asked.requestId);
    if (!dataset) co_return not_found(no_dataset);
    if (!row) co_return not_found(no_dataset_row);
    storage::row_bodies content{to_json(asked.body.requestBody), to_json(asked.body.responseBody)};
    auto const query = [whose = with.organization, dataset = *dataset, row = *row,
                        content = std::move(content)](storage::connection& db) -> result<null> {
        if (auto const there = storage::require_dataset(db, whose, dataset); !there)
            return or_missing(there.error(), no_dataset);
        if (auto const changed = storage::change_row(db, dataset, row, content); !changed)
            return or_missing(changed.error(), no_dataset_row);
        return null{};
    };
    auto done = co_await with.store.write(query);
    co_return done;
}

asio::awaitable<result<null>> delete_dataset(dataset_request asked, services& with)
{
    constexpr std::string_view none = "Failed to delete dataset or dataset not found";
    auto const dataset = uuid::parse(asked.datasetId);
    if (!dataset) co_return not_found(none);
    auto const query = [whose = with.organization, dataset = *dataset, now = with.now_us()](storage::connection& db) {
        return storage::delete_dataset(db, whose, dataset, now);
    };
    auto const done = co_await with.store.write(query);
    if (!done) co_return or_missing(done.error(), none);
    co_return null{};
}

constexpr endpoint helicone_dataset_entries[] = {
    changes(post<add_helicone_dataset>("/v1/helicone-dataset", "AddHeliconeDataset",
                                       "Makes a dataset for copies of calls")),
    changes(post<mutate_helicone_dataset>("/v1/helicone-dataset/{datasetId}/mutate", "MutateHeliconeDataset",
                                          "Adds copies of calls to a dataset and removes rows")),
    post<query_rows>("/v1/helicone-dataset/{datasetId}/query", "QueryHeliconeDatasetRows",
                     "The rows of a dataset, newest first"),
    post<count_rows>("/v1/helicone-dataset/{datasetId}/count", "CountHeliconeDatasetRows",
                     "How many rows a dataset has"),
    post<query_helicone_datasets>("/v1/helicone-dataset/query", "QueryHeliconeDataset",
                                  "Datasets for copies of calls, newest first"),
    changes(post<change_row>("/v1/helicone-dataset/{datasetId}/request/{requestId}", "UpdateHeliconeDatasetRequest",
                             "Overwrites the bodies of a row")),
    changes(
        post<delete_dataset>("/v1/helicone-dataset/{datasetId}/delete", "DeleteHeliconeDataset", "Deletes a dataset")),
};
static_assert(each_is_unique(helicone_dataset_entries));

} // namespace

constinit group const helicone_dataset_endpoints{"Dataset", helicone_dataset_entries};

} // namespace weir::api
