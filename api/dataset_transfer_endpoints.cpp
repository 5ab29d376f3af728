#include "api/dataset_export.hpp"
#include "api/dataset_import.hpp"
#include "api/dataset_types.hpp"
#include "api/endpoints.hpp"
#include "net/text.hpp"
#include "storage/connection.hpp"
#include "storage/random.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;

/// Datasets of copies of calls, as files.
namespace weir::api
{

struct export_dataset_request {
    std::string datasetId;
    std::optional<export_format> format; ///< jsonl
};
BOOST_DESCRIBE_STRUCT(export_dataset_request, (), (datasetId, format))

struct import_dataset_request {
    std::string datasetId;
    std::optional<export_format> format; ///< jsonl
    raw_body body;
};
BOOST_DESCRIBE_STRUCT(import_dataset_request, (), (datasetId, format, body))

struct imported_rows {
    std::int64_t imported = 0;
};
BOOST_DESCRIBE_STRUCT(imported_rows, (), (imported))

namespace
{

using storage::uuid;

result<null> check(storage::connection& db, storage::organization_id whose, uuid const& dataset)
{
    auto const there = storage::require_dataset(db, whose, dataset);
    if (!there) return or_missing(there.error(), no_dataset);
    return null{};
}

asio::awaitable<result<text_in_pieces>> export_dataset(export_dataset_request asked, services& with)
{
    auto const dataset = uuid::parse(asked.datasetId);
    if (!dataset) co_return not_found(no_dataset);
    auto const query = [whose = with.organization, dataset = *dataset](storage::connection& db) {
        return check(db, whose, dataset);
    };
    auto const there = co_await with.store.read(query);
    if (!there) co_return there.error();
    auto const format = asked.format.value_or(export_format::jsonl);
    dataset_export whole(*dataset, format);
    auto answer = co_await in_steps(std::move(whole), with.store, media_type_of(format));
    co_return answer;
}

result<imported_rows> add_rows(storage::connection& db, storage::organization_id whose, uuid const& dataset,
                               std::vector<row_to_import> const& rows, std::int64_t now_us)
{
    if (auto const there = check(db, whose, dataset); !there) return there.error();
    for (auto const& row : rows) {
        auto const origin = row.origin ? storage::result<uuid>(*row.origin) : storage::random_uuid();
        if (!origin) return origin.error();
        auto const added = storage::add_row(db, dataset, *origin, row.content, now_us);
        if (!added) return added.error();
    }
    return imported_rows{static_cast<std::int64_t>(rows.size())};
}

using shared_rows = std::shared_ptr<std::vector<row_to_import> const>;

/// Reads the text on a thread for queries, so that the lock is taken only for what is good, and for as long as writing
/// it takes.
asio::awaitable<result<shared_rows>> read_on_thread(std::string text, uuid dataset, export_format format,
                                                    services& with)
{
    auto const read = [whose = with.organization, dataset, format,
                       text = std::move(text)](storage::connection& db) -> result<shared_rows> {
        if (auto const there = check(db, whose, dataset); !there) return there.error();
        auto rows = read_rows(text, format);
        if (!rows) return rows.error();
        return std::make_shared<std::vector<row_to_import> const>(std::move(*rows));
    };
    auto rows = co_await with.store.read(read);
    co_return rows;
}

asio::awaitable<result<imported_rows>> import_dataset(import_dataset_request asked, services& with)
{
    auto const dataset = uuid::parse(asked.datasetId);
    if (!dataset) co_return not_found(no_dataset);
    auto const& coding = asked.body.content_encoding;
    if (!coding.empty() && !net::iequals(coding, "identity"))
        co_return invalid("Content-Encoding: must be identity here");
    auto const format = asked.format.value_or(export_format::jsonl);
    auto rows = co_await read_on_thread(std::move(asked.body.bytes), *dataset, format, with);
    if (!rows) co_return rows.error();
    auto const write = [whose = with.organization, dataset = *dataset, rows = *rows, now = with.now_us()](
                           storage::connection& db) { return add_rows(db, whose, dataset, *rows, now); };
    auto done = co_await with.store.write(write);
    co_return done;
}

constexpr endpoint entries[] = {
    get<export_dataset>("/v1/helicone-dataset/{datasetId}/export", "ExportHeliconeDataset",
                        "The rows of a dataset as JSON lines for fine-tuning, or as CSV"),
    changes(post<import_dataset>("/v1/helicone-dataset/{datasetId}/import", "ImportHeliconeDataset",
                                 "Adds rows to a dataset that stand in such a text")),
};
static_assert(each_is_unique(entries));

} // namespace

constinit group const dataset_transfer_endpoints{"Dataset", entries};

} // namespace weir::api
